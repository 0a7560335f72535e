import HTTP1
import Testing
import WebSocket

/// The example of RFC 6455 §1.3, whose digest is known: the tests need no SHA-1.
enum Example {
    static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    static func sha1(_ message: [UInt8]) -> [UInt8] {
        #expect(message == Array("\(key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))
        return [
            0xB3, 0x7A, 0x4F, 0x2C, 0xC0, 0x62, 0x4F, 0x16, 0x90, 0xF6,
            0x46, 0x06, 0xCF, 0x38, 0x59, 0x45, 0xB2, 0xBE, 0xC4, 0xEA,
        ]
    }
}

@Suite("RFC 6455 §4.2 Server-Side Requirements")
struct Section04_2_ServerHandshake {
    /// A request that keeps all rules but for the fields in `changes`; no value takes the field
    /// away, and more than one repeats it.
    private func request(
        _ changes: [String: [String]] = [:], method: HTTP1.Method = .get, version: Version = .http11
    ) throws -> RequestHead {
        var lines = [
            "Host": ["hub"], "Upgrade": ["websocket"], "Connection": ["Upgrade"],
            "Sec-WebSocket-Key": [Example.key], "Sec-WebSocket-Version": ["13"],
        ]
        lines.merge(changes) { $1 }
        var fields = Fields()
        for (name, values) in lines {
            for value in values { fields.append(name, value) }
        }
        return try RequestHead(
            method: method, target: RequestTarget("/ws"), version: version, fields: fields)
    }

    private func evaluate(
        _ head: RequestHead, subprotocols: [String] = [], deflate: DeflateParameters? = nil
    ) -> Result<ServerHandshake.Accepted, ServerHandshake.Refusal> {
        ServerHandshake.evaluate(
            head, subprotocols: subprotocols, deflate: deflate, sha1: Example.sha1)
    }

    @Test("§4.2.2 a request is answered 101, with the proof that it was read")
    func accepted() throws {
        let accepted = try evaluate(request()).get()
        #expect(accepted.response.status == .switchingProtocols)
        #expect(
            accepted.response.fields == [
                "Upgrade": "websocket", "Connection": "Upgrade",
                "Sec-WebSocket-Accept": Example.accept,
            ])
        #expect(accepted.agreement == HandshakeAgreement())
    }

    @Test(
        "§4.2.1 what may be written otherwise",
        arguments: [
            ["Upgrade": ["WebSocket"]], ["Upgrade": ["h2c, websocket"]],
            ["Connection": ["upgrade"]], ["Connection": ["keep-alive, Upgrade"]],
            ["Connection": ["keep-alive", "Upgrade"]], ["Origin": ["http://elsewhere"]],
        ])
    func variants(_ changes: [String: [String]]) throws {
        _ = try evaluate(request(changes)).get()
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var changes: [String: [String]]
        var refusal: ServerHandshake.Refusal

        init(
            _ name: String, _ changes: [String: [String]], _ refusal: ServerHandshake.Refusal
        ) {
            testDescription = name
            self.changes = changes
            self.refusal = refusal
        }
    }

    @Test(
        "§4.2.1 what is refused",
        arguments: [
            Refused("no Upgrade", ["Upgrade": []], .upgradeMissing),
            Refused("another protocol", ["Upgrade": ["h2c"]], .upgradeMissing),
            Refused("no Connection", ["Connection": []], .connectionMissing),
            Refused("another option", ["Connection": ["keep-alive"]], .connectionMissing),
            Refused("no key", ["Sec-WebSocket-Key": []], .keyMissing),
            Refused("no base64", ["Sec-WebSocket-Key": ["dGhlIHNhbXBsZSBub25jZ?=="]], .keyMissing),
            Refused("15 bytes", ["Sec-WebSocket-Key": ["dGhlIHNhbXBsZSBub25j"]], .keyMissing),
            Refused(
                "17 bytes", ["Sec-WebSocket-Key": ["dGhlIHNhbXBsZSBub25jZWU="]], .keyMissing),
            Refused(
                "§11.3.1 two keys", ["Sec-WebSocket-Key": [Example.key, Example.key]], .keyMissing),
            Refused("no version", ["Sec-WebSocket-Version": []], .versionNotSupported),
            Refused("§4.4 version 8", ["Sec-WebSocket-Version": ["8"]], .versionNotSupported),
            Refused("§4.1 version 013", ["Sec-WebSocket-Version": ["013"]], .versionNotSupported),
            Refused(
                "§11.3.5 two versions", ["Sec-WebSocket-Version": ["13", "13"]],
                .versionNotSupported),
            Refused("content", ["Content-Length": ["1"]], .hasContent),
            Refused("chunked content", ["Transfer-Encoding": ["chunked"]], .hasContent),
            Refused(
                "§4.1 a subprotocol twice", ["Sec-WebSocket-Protocol": ["a, b, a"]],
                .subprotocolsMalformed),
            Refused(
                "§4.1 a subprotocol that is no token", ["Sec-WebSocket-Protocol": ["a b"]],
                .subprotocolsMalformed),
            Refused(
                "§9.1 an extension that is none", ["Sec-WebSocket-Extensions": ["a; b=;"]],
                .extensionsMalformed),
        ])
    func refused(_ row: Refused) throws {
        let result = try evaluate(request(row.changes), subprotocols: ["a"], deflate: .init())
        #expect(throws: row.refusal) { try result.get() }
    }

    @Test("§4.2.1 GET, and HTTP/1.1 at least")
    func requestLine() throws {
        #expect(throws: ServerHandshake.Refusal.methodNotGet) {
            try evaluate(request(method: .post)).get()
        }
        #expect(throws: ServerHandshake.Refusal.versionTooOld) {
            try evaluate(request(version: .http10)).get()
        }
    }

    @Test(
        "a refusal says what its status asks for",
        arguments: [
            (.methodNotGet, .methodNotAllowed, ["Allow": "GET"]),
            (.versionTooOld, .badRequest, [:]), (.hasContent, .badRequest, [:]),
            (
                .upgradeMissing, .upgradeRequired,
                ["Upgrade": "websocket", "Connection": "Upgrade"]
            ),
            (.connectionMissing, .badRequest, [:]), (.keyMissing, .badRequest, [:]),
            (
                .versionNotSupported, .upgradeRequired,
                [
                    "Upgrade": "websocket", "Connection": "Upgrade",
                    "Sec-WebSocket-Version": "13",
                ]
            ),
            (.subprotocolsMalformed, .badRequest, [:]), (.extensionsMalformed, .badRequest, [:]),
        ] as [(ServerHandshake.Refusal, Status, Fields)])
    func refusals(_ refusal: ServerHandshake.Refusal, _ status: Status, _ fields: Fields) {
        #expect(refusal.status == status)
        #expect(refusal.fields == fields)
        #expect(!refusal.detail.isEmpty)
    }

    @Test(
        "§4.2.2 the first of the client's subprotocols that the server speaks",
        arguments: [
            (["campana.v1"], "campana.v1"), (["other, campana.v1"], "campana.v1"),
            (["other", "v2", "campana.v1"], "v2"), (["CAMPANA.V1"], nil), (["other"], nil),
        ] as [([String], String?)])
    func subprotocols(_ offered: [String], _ chosen: String?) throws {
        let head = try request(["Sec-WebSocket-Protocol": offered])
        let accepted = try evaluate(head, subprotocols: ["campana.v1", "v2"]).get()
        #expect(accepted.agreement.subprotocol == chosen)
        #expect(accepted.response.fields.first("sec-websocket-protocol") == chosen)
    }

    @Test("§4.2.2 extensions that the server does not know are not named")
    func unknownExtension() throws {
        let head = try request(["Sec-WebSocket-Extensions": ["x-foo; a=1, x-bar"]])
        let accepted = try evaluate(head, deflate: .init()).get()
        #expect(accepted.agreement.deflate == nil)
        #expect(!accepted.response.fields.contains("sec-websocket-extensions"))
    }

    @Test("RFC 7692 §5 the first offer that can be taken is")
    func offers() throws {
        let head = try request([
            "Sec-WebSocket-Extensions": [
                "permessage-deflate; server_max_window_bits=7",
                "permessage-deflate; server_max_window_bits=10, permessage-deflate",
            ]
        ])
        let accepted = try evaluate(head, deflate: .init()).get()
        #expect(accepted.agreement.deflate?.server.maxWindowBits == 10)
        #expect(
            accepted.response.fields.values("sec-websocket-extensions")
                == ["permessage-deflate; server_max_window_bits=10"])
        #expect(try evaluate(head).get().agreement.deflate == nil)
    }
}
