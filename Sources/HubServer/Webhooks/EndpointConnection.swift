import Reactor
import Transport

/// A connection to an endpoint, kept from one request to the next; confined to its loop.
///
/// The loop keeps it while it is open. Whoever has a request under way is its owner; an idle
/// connection ends as soon as the other side says anything.
final class EndpointConnection: EventHandler, TimerHandler {
    /// Hears what comes.
    protocol Owner: AnyObject {
        func received(_ input: Span<UInt8>)
        /// Nothing more comes; why, where it was not the orderly end of the stream.
        func ended(_ reason: String?)
    }

    /// How long a connection without a request is kept: shorter than common servers do, so that
    /// it is seldom the other side that ends it.
    private static let idleTime = Duration.seconds(4)

    private let loop: EventLoop
    private let stream: ByteStream
    /// Why TLS could not be agreed on, or was broken off; `nil` where it was not.
    private let layer: SecureLayer?
    private var registration: Registration?
    private var output: [UInt8] = []
    private var sent = 0
    private var interest = Interest.readable
    private var idleTimer: TimerID?
    private weak var owner: (any Owner)?

    var isOpen: Bool { registration != nil }

    /// Registers with the loop.
    init(
        _ socket: consuming Socket, layer: SecureLayer?, on loop: EventLoop
    ) throws(SystemError) {
        self.loop = loop
        self.layer = layer
        stream = ByteStream(socket, layer: layer)
        registration = try loop.register(self.stream.rawValue, interest, self)
    }

    /// Sends a request; what comes goes to its owner.
    func send(_ request: [UInt8], for owner: any Owner) {
        if let idleTimer { loop.cancel(idleTimer) }
        idleTimer = nil
        self.owner = owner
        output = request
        sent = 0
        flush()
    }

    /// Keeps the connection for another request, for a while.
    func rest() {
        owner = nil
        idleTimer = loop.schedule(at: loop.now + Self.idleTime, self)
    }

    func timePassed(_ timer: TimerID) {
        idleTimer = nil
        close()
    }

    func close() {
        if let idleTimer { loop.cancel(idleTimer) }
        idleTimer = nil
        owner = nil
        guard let registration else { return }
        self.registration = nil
        loop.deregister(registration)
        stream.shutdownWrite()
    }

    func ready(_ readiness: Readiness) {
        if readiness.contains(.writable) { flush() }
        guard isOpen, !readiness.isDisjoint(with: [.readable, .failed, .hungUp]) else { return }
        switch stream.receive(into: loop.readBuffer) {
        case .bytes(let count):
            guard let owner else { return close() }  // nothing was asked for
            loop.readBuffer.withBytes(count) { owner.received($0) }
            if isOpen, stream.isBlocked { flush() }
            if isOpen, stream.hasMore { ready(.readable) }
        case .end: finish(nil)
        case .failed(let error): finish(error.reason)
        case .wouldBlock:
            // A handshake has gone a step further.
            if sent < output.count || stream.isBlocked { flush() }
        }
    }

    private func flush() {
        guard isOpen else { return }
        if stream.isBlocked, case .wouldBlock = stream.flush() {
            return setInterest([.readable, .writable])
        }
        while sent < output.count {
            switch stream.send(output, from: sent) {
            case .bytes(let count): sent += count
            case .wouldBlock: return setInterest([.readable, .writable])
            // What the other side has said before it went is read first.
            case .failed: return setInterest(.readable)
            }
        }
        if case .wouldBlock = stream.flush() { return setInterest([.readable, .writable]) }
        setInterest(.readable)
    }

    private func setInterest(_ wanted: Interest) {
        guard let registration, wanted != interest else { return }
        interest = wanted
        loop.modify(registration, wanted)
    }

    private func finish(_ reason: String?) {
        let owner = owner
        let failure = layer?.failure.map { "TLS: \($0.reason)" }
        close()
        owner?.ended(failure ?? reason)
    }
}
