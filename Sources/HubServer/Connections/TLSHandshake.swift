import HTTP1
import Hub
import Reactor
import TLS
import Telemetry
import Transport

/// What a connection with TLS is used for at first: to agree on keys, in bounded time.
final class TLSHandshake: Conversation {
    private let connection: Connection
    private let layer: SecureLayer
    private let peer: PeerAddress
    private(set) var deadline: EventLoop.Instant?
    private var isLate = false

    private var worker: Worker { connection.worker }
    var consumer: Consumer? { nil }
    var outlet: (any Outlet)? { nil }

    init(_ connection: Connection, _ layer: SecureLayer, _ peer: PeerAddress) {
        self.connection = connection
        self.layer = layer
        self.peer = peer
        deadline = connection.worker.loop.now + connection.worker.settings.tlsHandshakeTimeout
        worker.metrics.connections[.handshake].add(1)
        layer.onEstablished = { [unowned self] in established() }
    }

    /// No bytes come before HTTP has taken over.
    func receive(_ input: Span<UInt8>, from offset: inout Int) { offset = input.count }

    func ended() { connection.close() }

    func drained() {}

    func timePassed() {
        isLate = true
        connection.close()
    }

    func drain(slot: Duration) { connection.close() }

    private func established() {
        layer.onEstablished = nil
        worker.metrics.connections[.handshake].add(-1)
        let isResumed = layer.endpoint.agreement?.isResumed ?? false
        worker.metrics.handshakes[isResumed ? .resumed : .full].add()
        connection.beginHTTP()
    }

    func closed() {
        if isLate { connection.note(.slowHandshake) }
        layer.onEstablished = nil
        worker.metrics.connections[.handshake].add(-1)
        let (outcome, failure) = (outcome, layer.failure)
        worker.metrics.handshakes[outcome].add()
        worker.shared.log(
            .debug, "tls handshake failed",
            [
                "peer": .string("\(peer)"), "outcome": .string("\(outcome.text)"),
                "reason": .string(failure?.reason ?? ""),
            ])
    }

    private var outcome: HandshakeOutcome {
        switch layer.failure?.kind {
        case .notTLS?: .notTLS
        case .nothingShared?: .nothingShared
        case .certificate?: .certificateRefused
        case .alert?: .refusedByPeer
        case .violation?: .violation
        case nil: isLate ? .timedOut : .abandoned
        }
    }
}

extension Connection {
    /// Whom the peer's certificate has proved it to be; `nil` for nobody.
    var peerName: String? { stream.peerName }

    /// Takes requests from now on.
    func beginHTTP(isOperator: Bool = false) {
        begin(HTTPConversation(self, isOperator: isOperator))
        worker.metrics.connections[.http].add(1)
    }
}

extension Worker {
    /// What stands over a new socket of an entrance that speaks TLS.
    func makeSecureLayer() -> SecureLayer? {
        guard let certificates = shared.certificates else { return nil }
        return SecureLayer(certificates.acceptor.makeEndpoint()) { [unowned self] in
            var answer: [UInt8] = []
            Problem(
                malformed: .badRequest, "this port speaks TLS; write https:// or wss:// in the URL"
            ).response(instance: "").append(to: &answer, for: .failed, common: commonFields())
            return answer
        }
    }
}
