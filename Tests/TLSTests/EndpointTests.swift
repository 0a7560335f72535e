import Testing

@testable import TLS

@Suite("Two endpoints back to back")
struct EndpointTests {
    private let authority = TestAuthority("Test CA")
    private let acceptor: Acceptor
    private let connector: Connector

    init() throws {
        let hub = authority.issue("hub", "DNS:hub.test,DNS:*.hubs.test,IP:127.0.0.1,IP:::1")
        acceptor = try Acceptor([hub.credentials])
        connector = try Connector(trust: .authorities(authority.authorities))
    }

    @Test(
        "what one sends the other receives, however it is split", arguments: [1, 2, 5, 1000, .max])
    func talk(_ pieceBytes: Int) throws {
        var pair = Pair(acceptor, connector)
        pair.client.send("hello")  // kept until the handshake is done
        pair.run(pieceBytes: pieceBytes)
        #expect(pair.toServer.text == "hello")
        pair.server.send("hola")
        pair.server.send("adiós")
        pair.run(pieceBytes: pieceBytes)
        #expect(pair.toClient.text == "holaadiós")
        let agreement = try #require(pair.server.agreement)
        #expect(agreement.version == "TLSv1.3")
        #expect(agreement.applicationProtocol == "http/1.1")
        #expect(pair.client.agreement == agreement)
        #expect(pair.client.peerCertificate?.commonName == "hub")
    }

    @Test("every split of the client's first bytes in two")
    func everySplit() throws {
        let hello = connector.makeEndpoint(for: "hub.test").takeOutput()
        for cut in 0...hello.count {
            let server = acceptor.makeEndpoint()
            var plaintext: [UInt8] = []
            let (first, second) = (hello[..<cut], hello[cut...])
            try server.receive(first.span, into: &plaintext)
            #expect(cut == hello.count || !server.hasOutput)
            try server.receive(second.span, into: &plaintext)
            #expect(server.hasOutput && plaintext.isEmpty)
        }
    }

    @Test(
        "records of every size around the largest",
        arguments: [0, 1, 16_383, 16_384, 16_385, 200_000])
    func records(_ count: Int) throws {
        var pair = Pair(acceptor, connector)
        pair.run()
        let sent = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        pair.server.send(sent.span)
        pair.run(pieceBytes: 4096)
        #expect(pair.toClient == sent)
    }

    @Test("a close is said, and told apart from what is not said")
    func close() {
        var pair = Pair(acceptor, connector)
        pair.run()
        pair.server.send("bye")
        pair.server.close()
        pair.server.send("too late")
        pair.run()
        #expect(pair.toClient.text == "bye")
        #expect(pair.client.state == .peerClosed)
        #expect(pair.server.state == .open)
        pair.client.send("still there")  // RFC 8446 §6.1: the other direction goes on
        pair.client.close()
        pair.run()
        #expect(pair.toServer.text == "still there")
        #expect(pair.server.state == .peerClosed)
    }

    @Test("a close before the handshake ends it without a word")
    func earlyClose() {
        let server = acceptor.makeEndpoint()
        server.close()
        #expect(!server.hasOutput && server.state == .waiting)
    }

    @Test("bytes that were changed on the way are a failure, and an alert says so")
    func tampering() throws {
        var pair = Pair(acceptor, connector)
        pair.run()
        pair.client.send("first")
        pair.client.send("second")
        var records = pair.client.takeOutput()
        records[records.count - 1] ^= 1
        var plaintext: [UInt8] = []
        let failure = #expect(throws: Failure.self) {
            try pair.server.receive(records.span, into: &plaintext)
        }
        #expect(failure?.kind == .violation)
        #expect(plaintext.text == "first")
        #expect(pair.server.hasOutput)
        pair.run()
        #expect(pair.clientFailure?.kind == .alert(20))  // bad_record_mac
        try pair.server.receive(records.span, into: &plaintext)  // dropped from now on
        #expect(plaintext.text == "first")
    }

    @Test(
        "what is no TLS is told at its first octet",
        arguments: [
            ("GET / HTTP/1.1\r\n", true), ("P", true), ("SSH-2.0-x", true), ("\u{1}", false),
            ("get", false),
        ])
    func notTLS(_ text: String, _ isHTTP: Bool) {
        let server = acceptor.makeEndpoint()
        var plaintext: [UInt8] = []
        let failure = #expect(throws: Failure.self) {
            try server.receive(Array(text.utf8).span, into: &plaintext)
        }
        #expect(failure?.kind == .notTLS(isHTTP: isHTTP))
        #expect(!server.hasOutput && plaintext.isEmpty)
    }

    @Test("an idle endpoint keeps nothing to send, and an empty piece is none")
    func idle() throws {
        var pair = Pair(acceptor, connector)
        pair.run()
        #expect(pair.server.takeOutput().isEmpty)
        try pair.server.receive([UInt8]().span, into: &pair.toServer)
        pair.server.send([UInt8]().span)
        #expect(!pair.server.hasOutput)
    }
}

@Suite("Whose certificate is taken")
struct VerificationTests {
    private let authority = TestAuthority("Test CA")

    private func outcome(
        _ pem: TestPEM, host: String, trust: Connector.Trust? = nil
    ) throws -> (Pair, Failure?) {
        let trust = try trust ?? .authorities(authority.authorities)
        var pair = try Pair(Acceptor([pem.credentials]), Connector(trust: trust), host: host)
        pair.run()
        return (pair, pair.clientFailure)
    }

    @Test(
        "a name or address of the certificate",
        arguments: ["hub.test", "HUB.test", "a.hubs.test", "127.0.0.1", "::1"])
    func right(_ host: String) throws {
        let pem = authority.issue("hub", "DNS:hub.test,DNS:*.hubs.test,IP:127.0.0.1,IP:::1")
        let (pair, failure) = try outcome(pem, host: host)
        #expect(failure == nil && pair.client.isEstablished)
    }

    @Test("no other", arguments: ["other.test", "hubs.test", "a.b.hubs.test", "127.0.0.2", "hub"])
    func wrong(_ host: String) throws {
        let pem = authority.issue("hub", "DNS:hub.test,DNS:*.hubs.test,IP:127.0.0.1")
        let (pair, failure) = try outcome(pem, host: host)
        #expect(failure?.kind == .certificate(.wrongName))
        #expect(
            pair.client.peerCertificate?.describedNames == ["hub.test", "*.hubs.test", "127.0.0.1"])
        if case .alert? = pair.serverFailure?.kind {} else { Issue.record("no alert was sent") }
    }

    @Test("one that has run out, or does not hold yet")
    func time() throws {
        let old = authority.issue("hub", "DNS:hub.test", from: -30, to: -1)
        #expect(try outcome(old, host: "hub.test").1?.kind == .certificate(.expired))
        let young = authority.issue("hub", "DNS:hub.test", from: 1, to: 30)
        #expect(try outcome(young, host: "hub.test").1?.kind == .certificate(.notYetValid))
    }

    @Test("one that nobody here knows")
    func unknown() throws {
        let stranger = TestAuthority("Stranger").issue("hub", "DNS:hub.test")
        let (pair, failure) = try outcome(stranger, host: "hub.test")
        #expect(failure?.kind == .certificate(.unknownAuthority))
        #expect(failure?.reason.isEmpty == false)
        #expect(!pair.server.isEstablished)
        #expect(
            try outcome(stranger, host: "hub.test", trust: .system).1?.kind
                == .certificate(.unknownAuthority))
        #expect(try outcome(stranger, host: "other", trust: .anyone).1 == nil)
    }
}
