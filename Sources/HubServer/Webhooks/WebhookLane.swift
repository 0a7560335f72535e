import Hub
import Log
import Reactor

/// One way of a webhook through the log: what comes, or what is sent again.
struct WebhookLane {
    enum Kind: Hashable, Sendable { case live, replay }

    var queue: DeliveryQueue
    /// Number of the last question to the engine: an answer to an older one is not wanted.
    var question: UInt64 = 0
    /// Attempts that are under way, by the position of their event.
    var flying: [UInt64: Flight] = [:]

    /// An attempt that is under way.
    struct Flight {
        var event: Event
        var number: Int
        var startedAt: Timestamp
        var began: EventLoop.Instant
        var exchange: EndpointExchange
    }
}
