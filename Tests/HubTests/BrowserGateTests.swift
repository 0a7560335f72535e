import HTTP1
import Testing

@testable import Hub

/// RFC 6454, RFC 6455 §10.2, and names that were pointed at this machine.
@Suite("Which pages may ask, and by which names the hub is called")
struct BrowserGateTests {
    private static let gate = BrowserGate(
        hosts: ["Hub.Example"], origins: ["https://App.example", "http://app.example:8080"],
        ports: [8001, 443])

    /// The status of a refusal; `nil` where there is none.
    private func refusal(host: String, origin: String?, isOpen: Bool = false) throws -> UInt16? {
        var fields: Fields = ["Host": host]
        if let origin { fields.append("Origin", origin) }
        let head = try RequestHead(
            method: .get, target: RequestTarget("/", method: .get), fields: fields)
        do {
            try Self.gate.check(head, isOpen: isOpen)
            return nil
        } catch {
            return error.status.rawValue
        }
    }

    @Test(
        "a page of the hub may ask it, and one that is listed",
        arguments: [
            // The same host and port, in any case; the scheme may be another behind a proxy.
            ("hub.example", "https://hub.example"), ("hub.example", "http://HUB.example"),
            ("HUB.EXAMPLE:8001", "http://hub.example:8001"),
            ("localhost:8001", "http://localhost:8001"),
            // A port that is left out is the scheme's (RFC 6454 §4), on either side.
            ("hub.example:443", "https://hub.example"), ("hub.example:80", "http://hub.example"),
            ("hub.example:9", "https://hub.example"), ("hub.example", "https://hub.example:443"),
            // Another port at which the hub serves.
            ("hub.example:9", "http://hub.example:8001"), ("[::1]:9", "http://[::1]:8001"),
            ("127.0.0.1:8765", "http://127.0.0.1:8001"),
            ("[::1]:8001", "http://[::1]:8001"), ("[2001:DB8::1]", "https://[2001:db8::1]"),
            // Listed, whatever the hub is called.
            ("x", "https://app.example"), ("x", "HTTPS://APP.EXAMPLE"),
            ("x", "http://app.example:8080"),
        ] as [(String, String)])
    func allowed(_ host: String, _ origin: String) throws {
        #expect(try refusal(host: host, origin: origin) == nil)
    }

    @Test(
        "no other may",
        arguments: [
            ("hub.example", "https://evil.example"), ("hub.example", "null"), ("hub.example", ""),
            ("hub.example", "hub.example"), ("hub.example", "https://hub.example."),
            ("hub.example.", "https://hub.example"), ("hub.example", "https://hub.example/"),
            ("hub.example", "https://x.hub.example"), ("hub.example", "https://hub.example.evil"),
            ("x.hub.example", "https://hub.example"), ("hub.example", "https://evilhub.example"),
            // Another port of the same host is another origin.
            ("hub.example:8001", "http://hub.example:8002"),
            ("hub.example:8001", "http://hub.example"),
            ("hub.example", "https://hub.example:44"), ("hub.example", "https://hub.example:"),
            ("[::1]:8001", "http://[::1]:8002"), ("[::1]:8001", "http://[::2]:8001"),
            // What stands before an @ is a user, and what looks like a port is not one.
            ("localhost:8001", "http://localhost:8001@evil.example"),
            ("hub.example", "https://hub.example@evil.example"),
            ("hub.example", "https://evil.example#hub.example"),
            // A listed name at another port or with another scheme.
            ("x", "http://app.example"), ("x", "https://app.example:444"),
            ("x", "https://app.example.evil"), ("x", "https://app.example https://x"),
        ] as [(String, String)])
    func refused(_ host: String, _ origin: String) throws {
        #expect(try refusal(host: host, origin: origin) == 403)
    }

    @Test("who is no page has no origin", arguments: ["hub.example", "evil.example", "x"])
    func none(_ host: String) throws {
        #expect(try refusal(host: host, origin: nil) == nil)
    }

    @Test(
        "an open hub answers to its own names, and to what no stranger can point here",
        arguments: [
            ("localhost", true), ("localhost:8001", true), ("LOCALHOST", true), ("hub", true),
            ("a.localhost", true), ("127.0.0.1:8001", true), ("192.0.2.7", true),
            ("[::1]:8001", true),
            ("hub.example", true), ("HUB.EXAMPLE:8001", true),
            ("evil.example", false), ("evil.example:8001", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false), ("127.0.0.1.nip.io:8001", false),
            ("localhost.", false), ("hub.example.", false), ("x.hub.example", false),
            ("0x7f.1.a", false), ("evillocalhost.x", false),
        ] as [(String, Bool)])
    func names(_ host: String, _ isOurs: Bool) throws {
        #expect(try refusal(host: host, origin: nil, isOpen: true) == (isOurs ? nil : 421))
        // Where credentials are asked for a name opens nothing.
        #expect(try refusal(host: host, origin: nil, isOpen: false) == nil)
    }

    @Test("the name is looked at before the page")
    func order() throws {
        #expect(
            try refusal(host: "evil.example", origin: "http://evil.example", isOpen: true) == 421)
    }

    @Test("what lets a page read an answer is for listed ones, and never a wildcard")
    func sharing() throws {
        func fields(_ origin: String?, _ method: HTTP1.Method = .get, _ more: Fields = [:]) throws
            -> Fields
        {
            var fields: Fields = ["Host": "hub.example"]
            if let origin { fields.append("Origin", origin) }
            for (name, value) in more { fields.append(name, value) }
            return Self.gate.fields(
                for: try RequestHead(
                    method: method, target: RequestTarget("/", method: method), fields: fields))
        }
        for origin in [nil, "null", "https://evil.example", "https://hub.example", "*"] {
            #expect(try fields(origin).isEmpty)
        }
        let read = try fields("https://APP.example")
        #expect(read["Access-Control-Allow-Origin"] == "https://APP.example")
        #expect(read["Vary"] == "Origin")
        #expect(!read.contains("Access-Control-Allow-Credentials"))
        #expect(!read.contains("Access-Control-Allow-Methods"))
        #expect(try !fields("https://app.example", .options).contains("Access-Control-Max-Age"))
        let asked = try fields(
            "https://app.example", .options, ["Access-Control-Request-Method": "PUT"])
        #expect(asked["Access-Control-Allow-Methods"]?.contains("PUT") == true)
        #expect(asked["Access-Control-Allow-Headers"]?.contains("Authorization") == true)
        #expect(asked["Access-Control-Max-Age"] == "600")
    }
}
