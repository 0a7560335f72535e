import Time

/// Decides when to ping a quiet peer, and when to give it up (RFC 6455 §5.5.2, §5.5.3).
///
/// It has no timer. Its owner waits for `deadline`, which each call may move, and then calls
/// `handle` with `.timePassed`; calling early does no harm.
public struct KeepAlive: Sendable {
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

    /// How long to wait; the owner keeps it, since all of its connections have the same.
    public struct Patience: Sendable {
        /// How long a peer may be quiet before it is pinged.
        public let interval: Duration
        /// How long it may then stay quiet before it is given up.
        public let timeout: Duration

        public init(interval: Duration, timeout: Duration) {
            self.interval = interval
            self.timeout = timeout
        }
    }

    /// When `handle(.timePassed, now:, _:)` is due.
    public private(set) var deadline: Instant
    private var isPingUnanswered = false

    /// Begins with a peer that has just been heard.
    ///
    /// - Parameters:
    ///   - patience: How long to wait.
    ///   - now: The time.
    public init(_ patience: Patience, now: Instant) {
        deadline = now.advanced(by: patience.interval)
    }

    /// Takes note of what happened, and says what to do.
    ///
    /// - Parameters:
    ///   - event: What happened.
    ///   - now: The time.
    ///   - patience: How long to wait.
    /// - Returns: What to do.
    public mutating func handle(_ event: Event, now: Instant, _ patience: Patience) -> Action {
        switch event {
        case .received:
            isPingUnanswered = false
            deadline = now.advanced(by: patience.interval)
            return .none
        case .timePassed where now < deadline:
            return .none
        case .timePassed where isPingUnanswered:
            return .giveUp
        case .timePassed:
            isPingUnanswered = true
            deadline = now.advanced(by: patience.timeout)
            return .sendPing
        }
    }
}
