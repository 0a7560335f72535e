import HTTP1
import Testing
import WebSocket

@Suite("RFC 6455 §4.1 Client Requirements")
struct Section04_1_ClientHandshake {
    private func handshake(
        subprotocols: [String] = [], deflate: DeflateParameters? = nil, fields: Fields = [:]
    ) -> ClientHandshake {
        ClientHandshake(
            "/ws?groups=a", host: "hub:8001", key: Array("the sample nonce".utf8),
            subprotocols: subprotocols, deflate: deflate, fields: fields)
    }

    @Test("the request says all that is required")
    func request() {
        var octets: [UInt8] = []
        handshake(subprotocols: ["a", "b"], deflate: .init(), fields: ["Origin": "http://x"])
            .request.append(to: &octets)
        #expect(
            String(decoding: octets, as: UTF8.self) == """
                GET /ws?groups=a HTTP/1.1\r
                Host: hub:8001\r
                Upgrade: websocket\r
                Connection: Upgrade\r
                Sec-WebSocket-Key: \(Example.key)\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Protocol: a, b\r
                Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r
                Origin: http://x\r
                \r

                """)
    }

    /// An answer that keeps all rules, with some of its fields changed.
    private func answer(
        _ changes: [String: [String]] = [:], status: Status = .switchingProtocols
    ) throws -> ResponseHead {
        var lines = [
            "Upgrade": ["websocket"], "Connection": ["Upgrade"],
            "Sec-WebSocket-Accept": [Example.accept],
        ]
        lines.merge(changes) { $1 }
        var fields = Fields()
        for (name, values) in lines {
            for value in values { fields.append(name, value) }
        }
        return try ResponseHead(status: status, fields: fields, answering: .get)
    }

    @Test(
        "what a server may answer",
        arguments: [
            [:], ["Upgrade": ["WebSocket"]], ["Connection": ["keep-alive, upgrade"]],
            ["Server": ["other"]],
        ] as [[String: [String]]])
    func taken(_ changes: [String: [String]]) throws {
        let agreement = try handshake().verify(answer(changes), sha1: Example.sha1)
        #expect(agreement == HandshakeAgreement())
    }

    struct Broken: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var changes: [String: [String]]
        var failure: ClientHandshake.Failure

        init(_ name: String, _ changes: [String: [String]], _ failure: ClientHandshake.Failure) {
            testDescription = name
            self.changes = changes
            self.failure = failure
        }
    }

    @Test(
        "what fails the connection",
        arguments: [
            Broken("rule 2: no Upgrade", ["Upgrade": []], .upgradeMissing),
            Broken("rule 2: another", ["Upgrade": ["h2c"]], .upgradeMissing),
            Broken("rule 3: no Connection", ["Connection": []], .connectionMissing),
            Broken("rule 3: another", ["Connection": ["close"]], .connectionMissing),
            Broken("rule 4: no Accept", ["Sec-WebSocket-Accept": []], .acceptWrong),
            Broken("rule 4: the key", ["Sec-WebSocket-Accept": [Example.key]], .acceptWrong),
            Broken(
                "§11.3.3 twice", ["Sec-WebSocket-Accept": [Example.accept, Example.accept]],
                .acceptWrong),
            Broken(
                "rule 5: an extension not offered", ["Sec-WebSocket-Extensions": ["x-foo"]],
                .extensionNotOffered),
            Broken(
                "rule 5: an extension that is none",
                ["Sec-WebSocket-Extensions": ["permessage-deflate;"]], .extensionNotOffered),
            Broken(
                "rule 5: two", ["Sec-WebSocket-Extensions": ["permessage-deflate", "x-foo"]],
                .extensionNotOffered),
            Broken(
                "rule 6: a subprotocol not offered", ["Sec-WebSocket-Protocol": ["b"]],
                .subprotocolNotOffered),
            Broken(
                "rule 6: in other letters", ["Sec-WebSocket-Protocol": ["A"]],
                .subprotocolNotOffered),
            Broken(
                "§11.3.4 two", ["Sec-WebSocket-Protocol": ["a", "a"]], .subprotocolNotOffered),
        ])
    func broken(_ row: Broken) throws {
        let handshake = handshake(subprotocols: ["a"], deflate: .init())
        let answer = try answer(row.changes)
        #expect(throws: row.failure) { try handshake.verify(answer, sha1: Example.sha1) }
    }

    @Test("rule 1: any other status is left to HTTP", arguments: [200, 302, 401, 426, 503])
    func status(_ code: UInt16) throws {
        let status = Status(rawValue: code)
        let answer = try answer(status: status)
        #expect(throws: ClientHandshake.Failure.notSwitched(status)) {
            try handshake().verify(answer, sha1: Example.sha1)
        }
    }

    @Test("what was agreed on")
    func agreed() throws {
        let agreement = try handshake(subprotocols: ["a", "b"], deflate: .init()).verify(
            answer([
                "Sec-WebSocket-Protocol": ["b"],
                "Sec-WebSocket-Extensions": ["permessage-deflate; client_max_window_bits=9"],
            ]), sha1: Example.sha1)
        #expect(agreement.subprotocol == "b")
        #expect(agreement.deflate == DeflateParameters(client: .init(maxWindowBits: 9)))
    }

    @Test("not to offer compression is to take none")
    func uncompressed() throws {
        let answer = try answer(["Sec-WebSocket-Extensions": ["permessage-deflate"]])
        #expect(throws: ClientHandshake.Failure.extensionNotOffered) {
            try handshake().verify(answer, sha1: Example.sha1)
        }
    }

    @Test("a key of another length is the caller's mistake")
    func key() async {
        await #expect(processExitsWith: .failure) {
            _ = ClientHandshake("/", host: "hub", key: [1, 2, 3])
        }
    }
}
