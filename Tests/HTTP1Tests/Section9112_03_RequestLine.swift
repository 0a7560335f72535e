import Bytes
import HTTP1
import Testing

/// RFC 9112 §3 and RFC 3986 §3 to §6, whose rules for a target it takes over.
@Suite("RFC 9112 §3 Request Line")
struct Section9112_03_RequestLine {
    @Test(
        "a request line",
        arguments: [
            WireCase("§3 lower-case method", head("get / HTTP/1.1"), .methodNotImplemented),
            WireCase("§3.1 unknown method", head("BREW / HTTP/1.1"), .methodNotImplemented),
            WireCase("§3.2.3 CONNECT", head("CONNECT a:1 HTTP/1.1"), .methodNotImplemented),
            WireCase("§3.1 TRACE", head("TRACE / HTTP/1.1"), .methodNotImplemented),
            WireCase("§3.1 no token", head("GE(T / HTTP/1.1"), .malformedStartLine),
            WireCase("§3 two spaces", head("GET  / HTTP/1.1"), .malformedStartLine),
            WireCase("§3 two spaces after", head("GET /  HTTP/1.1"), .malformedStartLine),
            WireCase("§3 space at the end", head("GET / HTTP/1.1 "), .malformedStartLine),
            WireCase("§3 a tab", head("GET\t/ HTTP/1.1"), .malformedStartLine),
            WireCase("§3 no target", head("GET HTTP/1.1"), .malformedStartLine),
            WireCase("§3 method alone", head("GET"), .malformedStartLine),
            WireCase("§3 space first", head(" GET / HTTP/1.1"), .malformedStartLine),
            WireCase("HTTP/0.9", head("GET /"), .malformedStartLine),
            WireCase("§2.3 HTTP/2 preface", head("PRI * HTTP/2.0"), .versionNotSupported),
            WireCase("§2.3 major 0", head("GET / HTTP/0.9"), .versionNotSupported),
            WireCase("§2.3 lower case", head("GET / http/1.1"), .malformedStartLine),
            WireCase("§2.3 two digits", head("GET / HTTP/1.10"), .malformedStartLine),
            WireCase("§2.3 no minor", head("GET / HTTP/1"), .malformedStartLine),
            WireCase("§2.3 no dot", head("GET / HTTP/1x1"), .malformedStartLine),
            WireCase("RFC 9110 §2.5 higher minor", head("GET / HTTP/1.9"), "GET /"),
            WireCase("§3.2.3 authority-form", head("GET hub:80 HTTP/1.1"), .malformedTarget),
            WireCase("§3.2.4 asterisk-form", head("OPTIONS * HTTP/1.1"), "OPTIONS *"),
            WireCase("§3.2.4 GET *", head("GET * HTTP/1.1"), .malformedTarget),
            WireCase("§3.2.4 OPTIONS **", head("OPTIONS ** HTTP/1.1"), .malformedTarget),
        ]
            + Method.allCases.map { method in
                WireCase(
                    "§3.1 \(method)", head("\(method.rawValue) / HTTP/1.1"), "\(method.rawValue) /")
            })
    func requestLine(_ row: WireCase) {
        #expect(RequestReading([row.octets]).summary == row.result)
    }

    @Test(
        "a path is decoded once, and has no dot segments",
        arguments: [
            ("/", "/", []),
            ("/tasks/", "/tasks/", ["tasks"]),
            ("//a//b", "//a//b", ["a", "b"]),
            ("/a%20b", "/a b", ["a b"]),
            ("/%74asks", "/tasks", ["tasks"]),
            ("/%C3%B1", "/ñ", ["ñ"]),
            ("/%2541", "/%41", ["%41"]),
            ("/a/./b", "/a/b", ["a", "b"]),
            ("/a/../b", "/b", ["b"]),
            ("/a/%2e%2E/b", "/b", ["b"]),
            ("/a/.", "/a/", ["a"]),
            ("/a/b/..", "/a/", ["a"]),
            ("/..", "/", []),
            ("/../../etc", "/etc", ["etc"]),
            ("/...", "/...", ["..."]),
            ("/.a/b.", "/.a/b.", [".a", "b."]),
            ("/stock:*@$&'(),;=+!~", "/stock:*@$&'(),;=+!~", ["stock:*@$&'(),;=+!~"]),
            ("/a%3Fb", "/a?b", ["a?b"]),
            ("/a|[b]", "/a|[b]", ["a|[b]"]),
            ("http://hub", "/", []),
            ("HTTPS://hub:443/a/../b?c", "/b", ["b"]),
            ("http://hub?c", "/", []),
        ])
    func path(_ raw: String, _ path: String, _ segments: [String]) throws {
        let target = try RequestTarget(raw)
        #expect(target.path == path)
        #expect(target.segments == segments)
        #expect(target.raw == raw)
    }

    @Test(
        "what could be read in two ways is no target",
        arguments: [
            "", "a", "hub:80", "*", "ftp://hub/", "http:/hub/", "http:", "/%", "/%4", "/%4g",
            "/%zz", "/a%2Fb", "/a%2fb", "/a%00b", "/a%0Ab", "/a%7Fb", "/%FF", "/%C0%AF",
            "/%ED%A0%80", "/a b", "/a\tb", "/a\"b", "/a<b", "/a\\b", "/a#b", "/a?b#c", "/ñ", "/a^b",
            "/?a=%", "/?a=%0", "/?a=%00", "/?a=%FF", "/?a= b", "/?a=ñ", "/?a\"",
        ])
    func refused(_ raw: String) {
        #expect(throws: Violation.malformedTarget) { try RequestTarget(raw) }
    }

    @Test(
        "§3.2.2 the authority of an absolute-form",
        arguments: ["http://", "http:///a", "http://a@hub/", "http://hub:x/", "http://h b/"])
    func badAuthority(_ raw: String) {
        #expect(throws: Violation.hostMalformed) { try RequestTarget(raw) }
    }

    @Test("§3.2.2 an absolute-form takes the place of Host")
    func absoluteForm() throws {
        let head = try #require(
            RequestReading("GET http://one:8001/a HTTP/1.1\r\nHost: two\r\n\r\n").requests.first?
                .head)
        #expect(head.host == "one:8001")
        #expect(head.target.form == .absolute)
        #expect(head.target.authority == "one:8001")
        let missing = RequestReading("GET http://one:8001/a HTTP/1.1\r\n\r\n")
        #expect(missing.violation == .hostMissing)
    }

    @Test(
        "a query is decoded as forms are",
        arguments: [
            ("/", []),
            ("/?", []),
            ("/?a", ["a="]),
            ("/?a=1&b=2", ["a=1", "b=2"]),
            ("/?a=1&a=2", ["a=1", "a=2"]),
            ("/?&&a=1&", ["a=1"]),
            ("/?=1", ["=1"]),
            ("/?a=b=c", ["a=b=c"]),
            ("/?a=x+y%20z", ["a=x y z"]),
            ("/?a=10%2B00", ["a=10+00"]),
            ("/?a%3Db=%26", ["a=b=&"]),
            ("/?%C3%B1=%F0%9F%94%94", ["ñ=🔔"]),
            ("/?groups=stock:*,notifications:**", ["groups=stock:*,notifications:**"]),
            ("/?a=[1]{2}|^`\\", ["a=[1]{2}|^`\\"]),
            ("/?a=/b?c", ["a=/b?c"]),
            ("/?a=b%0Ac", ["a=b\nc"]),
        ])
    func query(_ raw: String, _ pairs: [String]) throws {
        let target = try RequestTarget(raw)
        #expect(target.query.map { "\($0.name)=\($0.value)" } == pairs)
    }

    @Test("the first pair of a name is its value")
    func queryValue() throws {
        let target = try RequestTarget("/?since=now&since=earliest")
        #expect(target.queryValue("since") == "now")
        #expect(target.queryValue("Since") == nil)
    }

    @Test(
        "§3.2 Host",
        arguments: [
            ("Host: hub", nil), ("Host: hub:8001", nil), ("host:hub", nil), ("HOST: hub:", nil),
            ("Host: 127.0.0.1:8001", nil), ("Host: [::1]", nil), ("Host: [::1]:8001", nil),
            ("Host: a_b.example", nil), ("Host:\t hub \t", nil),
            ("X: y", .hostMissing),
            ("Host: hub\r\nHost: hub", .hostRepeated),
            ("Host: hub\r\nhost: other", .hostRepeated),
            ("Host:", .hostMalformed), ("Host: ", .hostMalformed), ("Host: a b", .hostMalformed),
            ("Host: a/b", .hostMalformed), ("Host: a,b", nil), ("Host: a@b", .hostMalformed),
            ("Host: hub:http", .hostMalformed), ("Host: hub:123456", .hostMalformed),
            ("Host: :80", .hostMalformed), ("Host: [::1", .hostMalformed),
            ("Host: []", .hostMalformed), ("Host: [::1]x", .hostMalformed),
            ("Host: [g]", .hostMalformed), ("Host: a:1:2", .hostMalformed),
        ] as [(String, Violation?)])
    func host(_ fields: String, _ violation: Violation?) {
        #expect(RequestReading("GET / HTTP/1.1\r\n\(fields)\r\n\r\n").violation == violation)
    }

    @Test("§3.2 HTTP/1.0 needs no Host")
    func noHost() {
        #expect(RequestReading("GET / HTTP/1.0\r\n\r\n").summary == ["GET /"])
    }
}

private func head(_ line: String) -> String { line + "\r\nHost: hub\r\n\r\n" }
