import Testing

@testable import TLS

@Suite("What a server shows and asks for")
struct AcceptorTests {
    private let authority = TestAuthority("Test CA")

    @Test(
        "RFC 6066 §3: the certificate of the host that was asked for, or the first",
        arguments: [
            ("one.test", "one"), ("two.test", "two"), ("x.three.test", "three"),
            ("nobody.test", "one"), ("127.0.0.1", "one"),
        ])
    func serverName(_ host: String, _ shown: String) throws {
        let acceptor = try Acceptor([
            authority.issue("one", "DNS:one.test").credentials,
            authority.issue("two", "DNS:two.test").credentials,
            authority.issue("three", "DNS:*.three.test").credentials,
        ])
        var pair = try Pair(acceptor, Connector(trust: .anyone), host: host)
        pair.run()
        #expect(pair.client.peerCertificate?.commonName == shown)
        #expect(pair.client.agreement?.applicationProtocol == "http/1.1")
    }

    @Test(
        "RFC 8446 §4.2.3: of two kinds of key for one host the one that the client prefers",
        arguments: ["hub.test", "nobody.test"])
    func kindOfKey(_ host: String) throws {
        let elliptic = try authority.issue("elliptic", "DNS:hub.test").credentials
        let rsa = try authority.issue("rsa", "DNS:hub.test", kind: "RSA").credentials
        let other = try authority.issue("other", "DNS:other.test").credentials
        for (order, shown) in [
            ([rsa, elliptic], "elliptic"), ([elliptic, rsa, other], "elliptic"),
            ([rsa, other], "rsa"),
        ] {
            var pair = try Pair(Acceptor(order), Connector(trust: .anyone), host: host)
            pair.run()
            #expect(pair.client.peerCertificate?.commonName == shown)
        }
    }

    @Test("an endpoint outlives the acceptor that was replaced")
    func replaced() throws {
        var pair = try Pair(
            Acceptor([
                authority.issue("one", "DNS:one.test").credentials,
                authority.issue("two", "DNS:two.test").credentials,
            ]), Connector(trust: .anyone), host: "two.test")
        pair.run()
        #expect(pair.client.peerCertificate?.commonName == "two")
    }

    @Test(
        "client certificates, with the name that each gives",
        arguments: [
            ("URI:spiffe://erp,email:a@erp.test,DNS:erp.test", "spiffe://erp"),
            ("email:a@erp.test,DNS:erp.test", "a@erp.test"), ("DNS:erp.test", "erp.test"),
            ("IP:127.0.0.1", "erp"), (nil, "erp"),
        ] as [(String?, String)])
    func clientName(_ alternatives: String?, _ name: String) throws {
        let acceptor = try Acceptor(
            [authority.issue("hub").credentials], clients: .required(authority.authorities))
        let erp = try authority.issue("erp", alternatives).credentials
        var pair = try Pair(acceptor, Connector(trust: .anyone, credentials: erp))
        pair.run()
        #expect(pair.server.isEstablished)
        #expect(pair.server.peerCertificate?.principalName == name)
    }

    @Test("who shows no certificate, or a stranger's")
    func strangers() throws {
        let hub = try authority.issue("hub").credentials
        let stranger = try TestAuthority("Stranger").issue("erp").credentials
        let required = try Acceptor([hub], clients: .required(authority.authorities))
        let optional = try Acceptor([hub], clients: .optional(authority.authorities))
        let table: [(Acceptor, Credentials?, CertificateFault?)] = [
            (required, nil, .missing), (required, stranger, .unknownAuthority),
            (optional, nil, nil), (optional, stranger, .unknownAuthority),
        ]
        for (acceptor, credentials, fault) in table {
            var pair = try Pair(acceptor, Connector(trust: .anyone, credentials: credentials))
            pair.run()
            #expect(pair.serverFailure?.kind == fault.map { .certificate($0) })
            #expect(pair.server.isEstablished == (fault == nil))
            #expect(pair.server.peerCertificate == nil || fault != nil)
            if fault != nil, case .alert? = pair.clientFailure?.kind {
            } else {
                #expect(fault == nil)
            }
        }
    }
}

@Suite("Certificates and keys as files hold them")
struct CredentialsTests {
    private let authority = TestAuthority("Test CA")

    private func fault(chain: [UInt8], key: [UInt8]) -> CredentialsFault? {
        #expect(throws: CredentialsFault.self) { try Credentials(chain: chain, key: key) }
    }

    @Test("what cannot be used is named, with the file that it stands in")
    func faults() throws {
        let pem = authority.issue("hub", "DNS:hub.test")
        let other = authority.issue("other")
        let cut = Array(pem.certificate.prefix(200)) + Array("\n-----END CERTIFICATE-----\n".utf8)
        #expect(fault(chain: [], key: pem.key) == .noCertificate)
        #expect(fault(chain: pem.key, key: pem.key) == .noCertificate)
        if case .badCertificate? = fault(chain: cut, key: pem.key) {} else { Issue.record("cut") }
        if case .badCertificate? = fault(chain: pem.certificate + cut, key: pem.key) {
        } else {
            Issue.record("a chain of which the second is cut")
        }
        #expect(fault(chain: pem.certificate, key: []) == .noKey)
        #expect(fault(chain: pem.certificate, key: pem.certificate) == .noKey)
        #expect(fault(chain: pem.certificate, key: other.key) == .mismatch)
        #expect(fault(chain: pem.certificate, key: authority.keyUnderPassword()) == .encryptedKey)
        #expect(fault(chain: pem.certificate, key: other.key)?.isOfKey == true)
        #expect(fault(chain: [], key: pem.key)?.isOfKey == false)
        #expect(throws: CredentialsFault.noCertificate) { try Authorities(pem.key) }
    }

    @Test("what a certificate says")
    func contents() throws {
        let pem = authority.issue(
            "hub", "DNS:hub.test,IP:10.0.0.1,email:a@b.test,URI:urn:x", to: 30)
        let certificate = try pem.credentials.certificate
        #expect(
            certificate.names == [
                .host("hub.test"), .address([10, 0, 0, 1]), .email("a@b.test"), .uri("urn:x"),
            ])
        #expect(certificate.commonName == "hub")
        #expect(certificate.notAfter - certificate.notBefore == 31 * Int64(TestAuthority.day))
        #expect(try authority.issue("hub").credentials.certificate.describedNames == ["hub"])
    }
}
