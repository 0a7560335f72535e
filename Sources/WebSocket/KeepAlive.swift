/// Decides when to ping a quiet peer, and when to give it up (RFC 6455 §5.5.2, §5.5.3).
///
/// It has no timer. Its owner waits for `deadline`, which each call may move, and then calls
/// `handle(.timePassed, now:)`; calling early does no harm.
public struct KeepAlive: Sendable {
    public typealias Instant = ContinuousClock.Instant

    public enum Event: Sendable {
        /// Bytes came from the peer; any at all, since a peer amid a long message lives too.
        case received
        case timePassed
    }

    public enum Action: Hashable, Sendable {
        case none
        case sendPing
        /// The peer is gone: fail the connection, without waiting for an answer to its Close.
        case giveUp
    }

    private let interval: Duration
    private let timeout: Duration
    private var isPingUnanswered = false

    /// When `handle(.timePassed, now:)` is due.
    public private(set) var deadline: Instant

    /// Begins with a peer that has just been heard.
    ///
    /// - Parameters:
    ///   - interval: How long a peer may be quiet before it is pinged.
    ///   - timeout: How long it may then stay quiet before it is given up.
    ///   - now: The time.
    public init(interval: Duration, timeout: Duration, now: Instant) {
        self.interval = interval
        self.timeout = timeout
        self.deadline = now + interval
    }

    public mutating func handle(_ event: Event, now: Instant) -> Action {
        switch event {
        case .received:
            isPingUnanswered = false
            deadline = now + interval
            return .none
        case .timePassed where now < deadline:
            return .none
        case .timePassed where isPingUnanswered:
            return .giveUp
        case .timePassed:
            isPingUnanswered = true
            deadline = now + timeout
            return .sendPing
        }
    }
}
