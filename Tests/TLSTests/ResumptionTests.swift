import COpenSSL
import Testing

@testable import TLS

@Suite("Sessions that are resumed (RFC 8446 §2.2)")
struct ResumptionTests {
    private let authority = TestAuthority("Test CA")
    private let acceptor: Acceptor
    private let connector: Connector

    init() throws {
        acceptor = try Acceptor([authority.issue("hub", "DNS:hub.test").credentials])
        connector = try Connector(trust: .authorities(authority.authorities))
    }

    /// A connection that has said something to and fro; the client's end and its agreement.
    private func connect(
        _ session: Session? = nil, with acceptor: Acceptor? = nil
    ) throws -> (client: Endpoint, isResumed: Bool) {
        var pair = Pair(acceptor ?? self.acceptor, connector, resuming: session)
        pair.client.send("hello")
        pair.run()
        #expect(pair.toServer.text == "hello")
        let agreement = try #require(pair.client.agreement)
        #expect(pair.server.agreement == agreement)
        return (pair.client, agreement.isResumed)
    }

    @Test("each connection gives a ticket for the next, and shows its certificate all the same")
    func resumes() throws {
        let first = try connect()
        #expect(!first.isResumed)
        var client = first.client
        for _ in 1...3 {
            let next = try connect(client.takeSession())
            #expect(next.isResumed)
            #expect(next.client.peerCertificate?.commonName == "hub")
            client = next.client
        }
    }

    @Test("TLS 1.2 has tickets too (RFC 5077)")
    func older() throws {
        for context in acceptor.contexts {
            let most = Int(TLS1_2_VERSION)
            unsafe SSL_CTX_ctrl(context.pointer, SSL_CTRL_SET_MAX_PROTO_VERSION, most, nil)
        }
        let first = try connect().client
        #expect(first.agreement?.version == "TLSv1.2")
        let second = try connect(first.takeSession())
        #expect(second.isResumed)
        // A session is good for more than one connection there, and no new one need be given.
        #expect(
            try connect(second.client.takeSession() ?? first.takeSession()).client.isEstablished)
    }

    @Test("a session is given out once")
    func once() throws {
        let client = try connect().client
        #expect(client.takeSession() != nil && client.takeSession() == nil)
    }

    @Test("one of a connection that was cut is as good")
    func cut() throws {
        var session: Session?
        do {
            let client = try connect().client
            session = client.takeSession()
        }
        #expect(try connect(session).isResumed)
    }

    @Test("a server that does not know it does a full handshake, and checks it in full")
    func forgotten() throws {
        let session = try #require(try connect().client.takeSession())
        let reloaded = try Acceptor([authority.issue("hub", "DNS:hub.test").credentials])
        #expect(!(try connect(session, with: reloaded).isResumed))
        let again = try #require(try connect().client.takeSession())
        let stranger = TestAuthority("Other CA").issue("hub", "DNS:hub.test")
        var pair = try Pair(Acceptor([stranger.credentials]), connector, resuming: again)
        pair.run()
        #expect(pair.clientFailure?.kind == .certificate(.unknownAuthority))
    }

    @Test("nothing is kept of a server that was refused")
    func refused() throws {
        let other = try Connector(trust: .authorities(TestAuthority("Other CA").authorities))
        var pair = Pair(acceptor, other)
        pair.run()
        #expect(pair.clientFailure != nil && pair.client.takeSession() == nil)
    }
}
