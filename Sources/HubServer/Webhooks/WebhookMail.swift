import Hub
import Log
import Reactor

/// What the engine says to the webhooks of a loop.
enum WebhookMail: Sendable {
    /// Which webhooks there are; another page follows a full one.
    case listed(Result<[String], EngineError>)
    /// A webhook as it is kept; `nil` where it is gone.
    case loaded(String, Result<StoredWebhook?, EngineError>)
    case page(WebhookAsked, Result<Page, EngineError>)
    case failed(WebhookAsked, Result<[FailedDelivery], EngineError>)
    /// One event that was read again.
    case event(WebhookAsked, position: UInt64, Result<Event?, EngineError>)
    case recorded(String, Result<Void, EngineError>)
    /// The webhook that a request is to test, and the connection and number of that request.
    case test(Registration, UInt64, Result<Result<Webhook, Problem>, EngineError>)
}

/// Who asked for a page: a webhook's lane, and which of its questions that was.
struct WebhookAsked: Sendable, Hashable {
    var id: String
    var lane: WebhookLane.Kind
    var number: UInt64
}

/// A delivery that has failed for good.
struct FailedDelivery: Sendable {
    var position: UInt64
    var group: Group
}
