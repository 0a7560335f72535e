import Bytes
import HTTP1
import Testing

/// RFC 9112 §4, §6.3, §8 and §9, as far as they speak of what a client reads.
@Suite("Responses, read")
struct ResponseParsingTests {
    @Test(
        "a response reads the same however it is split",
        arguments: [
            row("§6.3 a length", "Content-Length: 4\r\n\r\nhola", "200 \"hola\""),
            row("§6.3 until the end", "\r\nhola", "200 \"hola\""),
            row("§6.3 until the end, empty", "\r\n", "200"),
            row(
                "§6.3 chunked", "Transfer-Encoding: chunked\r\n\r\n4\r\nhola\r\n0\r\n\r\n",
                "200 \"hola\""),
            row(
                "§6.3 both", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
                "conflictingFraming"),
            row(
                "§6.3 two lengths", "Content-Length: 4\r\nContent-Length: 4\r\n\r\n",
                "lengthRepeated"),
            row("§6.3 not a length", "Content-Length: x\r\n\r\n", "lengthMalformed"),
            row(
                "§6.1 unknown coding", "Transfer-Encoding: gzip, chunked\r\n\r\n",
                "transferCodingUnknown"),
            row("§6.1 not chunked", "Transfer-Encoding: gzip\r\n\r\n", "transferCodingMalformed"),
            row("§8 cut off", "Content-Length: 4\r\n\r\nhol", "200 \"hol\" …", "responseTruncated"),
            row("§8 cut off in the head", "Content-Le", "responseTruncated"),
            row(
                "§8 cut off in a chunk", "Transfer-Encoding: chunked\r\n\r\n4\r\nho",
                "200 \"ho\" …", "responseTruncated"),
            row("§5.2 folded", "Content-Length:\r\n\t4\r\n\r\nhola", "200 \"hola\""),
            row(
                "§5.1 a space before the colon", "Content-Length : 4\r\n\r\nhola", "malformedField"),
            row(
                "§9.2 more than was asked for", "Content-Length: 0\r\n\r\nH", "200",
                "responseUnexpected"),
            WireCase("§4 no reason", "HTTP/1.1 204 \r\n\r\n", "204"),
            WireCase("§4 no space", "HTTP/1.1 204\r\n\r\n", "malformedStartLine"),
            WireCase("§4 two digits", "HTTP/1.1 20 OK\r\n\r\n", "malformedStartLine"),
            WireCase("§4 four digits", "HTTP/1.1 2000 K\r\n\r\n", "malformedStartLine"),
            WireCase("§4 zero", "HTTP/1.1 099 OK\r\n\r\n", "malformedStartLine"),
            WireCase("§4 control in the reason", "HTTP/1.1 204 \0\r\n\r\n", "malformedStartLine"),
            WireCase("§4 a reason in UTF-8", "HTTP/1.1 204 Sí\r\n\r\n", "204"),
            WireCase("§2.3 version", "HTTP/2.0 204 OK\r\n\r\n", "versionNotSupported"),
            WireCase(
                "§2.2 a folded line first", "HTTP/1.1 204 \r\n X: y\r\n\r\n", "obsoleteFolding"),
            WireCase("§9.2 no response", "", "responseTruncated"),
            WireCase("not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "malformedStartLine"),
            WireCase("§6.3 204", "HTTP/1.1 204 \r\nContent-Length: 4\r\n\r\n", "204"),
            WireCase("§6.3 304", "HTTP/1.1 304 \r\nContent-Length: 4\r\n\r\n", "304"),
            WireCase(
                "§15.2 interim ones",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                    + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                "100", "103", "200"),
            WireCase(
                "§9.3 HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nholaHTTP",
                "200 \"hola\""),
            WireCase(
                "§9.6 close",
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\nHTTP",
                "200"),
        ])
    func wire(_ row: WireCase) {
        for pieces in everySplit(of: row.octets) {
            #expect(
                ResponseReading(pieces).summary == row.result, "split as \(pieces.map(\.count))")
        }
    }

    private static func row(_ name: String, _ rest: String, _ result: String...) -> WireCase {
        var row = WireCase(name, "HTTP/1.1 200 OK\r\n" + rest)
        row.result = result
        return row
    }

    @Test("§6.3 (1) an answer to HEAD has no content, and §9.2 answers come in order")
    func pipelined() {
        let text =
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
            + "HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nhola"
        let reading = ResponseReading(
            [Array(utf8: text)], to: [.head, .post], isClosed: false)
        #expect(reading.summary == ["200", "201 \"hola\""])
        #expect(reading.parser.isIdle)
    }

    @Test("§9.3 whether the connection stays")
    func persistence() {
        func keepAlive(_ text: String) -> Bool? {
            ResponseReading([Array(utf8: text)]).responses.first?.head.keepAlive
        }
        #expect(keepAlive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") == true)
        #expect(keepAlive("HTTP/1.1 200 OK\r\n\r\n") == false)
        #expect(keepAlive("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n") == false)
        #expect(
            keepAlive("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n")
                == true)
    }

    @Test("§7.8 after a 101 the bytes belong to the other protocol")
    func upgrade() {
        let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
        for pieces in everySplit(of: Array(utf8: head) + [0x81, 0x00]) {
            let reading = ResponseReading(pieces)
            #expect(reading.summary == ["101"])
            #expect(reading.rest == [0x81, 0x00])
        }
    }

    @Test("§5.2 what was folded is one value")
    func unfolded() {
        let text = "HTTP/1.1 204 \r\nX: a\r\n b\r\n\tc \r\nY:\r\n z\r\n\r\n"
        let fields = ResponseReading([Array(utf8: text)]).responses.first?.head.fields
        #expect(fields?.first("x") == "a   b  \tc")
        #expect(fields?.first("y") == "z")
    }

    @Test("content until the end is bounded too", arguments: [3, 4])
    func bounded(_ limit: Int) {
        let octets = Array(utf8: "HTTP/1.1 200 OK\r\n\r\nhola")
        for pieces in everySplit(of: octets) {
            let reading = ResponseReading(pieces, limits: Limits(bodyBytes: limit))
            #expect(reading.violation == (limit == 3 ? .contentTooLarge(limit: 3) : nil))
        }
    }

    @Test("after a violation every call says the same, the end as well")
    func failed() {
        var reading = ResponseReading([Array(utf8: "x\r\n")])
        #expect(reading.violation == .malformedStartLine)
        #expect(throws: Violation.malformedStartLine) { try reading.parser.endOfInput() }
    }
}

/// RFC 9112 §3, as far as it speaks of what a client writes; and the way there and back.
@Suite("Requests, written")
struct RequestWritingTests {
    private func text(_ request: Request) -> String {
        var output: [UInt8] = []
        request.append(to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test(
        "RFC 9110 §8.6 a length is named where content is anticipated", arguments: Method.allCases)
    func length(_ method: Method) {
        let length = method.anticipatesContent ? "Content-Length: 0\r\n" : ""
        #expect(
            text(Request(method, "/tasks?a=b", host: "hub:8001"))
                == "\(method.rawValue) /tasks?a=b HTTP/1.1\r\nHost: hub:8001\r\n\(length)\r\n")
    }

    @Test("what cannot stand in a target is encoded")
    func target() {
        #expect(
            text(Request(.get, "/a b\r\n?ñ#\"", host: "hub")).hasPrefix(
                "GET /a%20b%0D%0A?%C3%B1%23%22 HTTP/1.1\r\n"))
        #expect(text(Request(.get, "", host: "hub")).hasPrefix("GET / HTTP/1.1\r\n"))
        #expect(text(Request(.get, "?a", host: "hub")).hasPrefix("GET /?a HTTP/1.1\r\n"))
        #expect(text(Request(.options, "*", host: "hub")).hasPrefix("OPTIONS * HTTP/1.1\r\n"))
        #expect(Request.target(segments: []) == "/")
        #expect(
            Request.target(
                segments: ["tasks", "a/b ñ"], query: ["groups": "a:*,b&c", "since": "now"])
                == "/tasks/a%2Fb%20%C3%B1?groups=a%3A%2A%2Cb%26c&since=now")
    }

    @Test("a parser reads what was written", arguments: [true, false])
    func roundTrip(_ isStreamed: Bool) throws {
        let target = Request.target(segments: ["publish", "a:b"], query: ["q": "1+1 = ñ&%"])
        let content = Array(utf8: "{\"hola\":\"mundo\"}")
        var output: [UInt8] = []
        for _ in 0..<2 {
            Request(
                .post, target, host: "[::1]:8001", fields: ["Content-Type": "application/json"],
                content: isStreamed ? .stream : .bytes(content)
            ).append(to: &output)
            guard isStreamed else { continue }
            ChunkedEncoder.append(content.prefix(5), to: &output)
            ChunkedEncoder.append(content.dropFirst(5), to: &output)
            ChunkedEncoder.appendEnd(to: &output)
        }
        for pieces in everySplit(of: output) {
            let reading = RequestReading(pieces)
            try #require(reading.violation == nil && reading.requests.count == 2)
            for request in reading.requests {
                #expect(request.content == content && request.isWhole)
                #expect(request.head.target.segments == ["publish", "a:b"])
                #expect(request.head.target.queryValue("q") == "1+1 = ñ&%")
                #expect(request.head.host == "[::1]:8001")
                #expect(request.head.fields.contentType?.essence == "application/json")
            }
        }
    }

    @Test(
        "a client reads what a server has written", arguments: Method.allCases,
        [Version.http10, .http11])
    func responseRoundTrip(_ method: Method, _ version: Version) throws {
        let exchange = Exchange(method: method, version: version, keepAlive: true)
        let date = IMFFixdate(secondsSince1970: 0)
        for status in [Status.ok, .noContent, .notModified, .insufficientStorage] {
            var output: [UInt8] = []
            let body = status.forbidsContent ? [] : Array(utf8: "hola")
            Response(status, fields: ["ETag": "\"1\""], body: body).append(
                to: &output, for: exchange, common: CommonFields(date))
            let reading = ResponseReading([output], to: [method], isClosed: false)
            let response = try #require(reading.responses.first)
            #expect(response.isWhole && reading.violation == nil && reading.parser.isIdle)
            #expect(response.text == (method == .head || body.isEmpty ? "" : "hola"))
            #expect(response.head.fields.first("etag") == "\"1\"")
        }
    }
}
