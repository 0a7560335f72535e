import HTTP1
import Hub
import Log
import Reactor

/// What other threads say to a loop.
enum LoopMail: Sendable {
    /// What a request is answered with, by its number on the connection.
    case answer(Registration, UInt64, Result<Reaction.Answer, EngineError>)
    /// Where events have come to stand that requests have published.
    case placed(Publishes, Result<[Appended], EngineError>)
    /// What a publish over WebSocket is answered with.
    case published(Registration, ref: [UInt8]?, Result<Reaction.Answer, EngineError>)
    /// What a consumer of notifications is told first.
    case notifications(Registration, Result<InitialNotifications, EngineError>)
    /// What came of a notification that was to be marked as read.
    case marked(Registration, MarkRead, Result<MarkRead.Effect, EngineError>)
    /// A page that a consumer's subscription asked for.
    case page(SharedReads.Mail)
    /// The durable timers that are due.
    case timersDue(Result<[DurableTimer], EngineError>)
    /// What came of a durable timer.
    case timerRan(DurableTimer, Result<Rules.TimerOutcome, EngineError>)
    /// What the engine says to the loop's webhooks.
    case webhook(WebhookMail)
    /// A key was revoked, or the hub is open no more: connections that are not good end.
    case credentialsRevoked
    /// Look at the consumers for somebody who asks.
    case survey(SurveyWalk)
    /// Look at some more of them.
    case surveyOn
    /// End a consumer's connection, and say whether it was there.
    case disconnect(Registration, @Sendable (Bool) -> Void)
    /// Take no more work, and end the connections.
    case drain
    /// End now.
    case stop
}

// What mail brings to a connection.
extension Connection {
    var consumer: Consumer? { conversation?.consumer }
    var outlet: (any Outlet)? { conversation?.outlet }

    var http: HTTPConversation? { conversation as? HTTPConversation }

    func published(_ ref: [UInt8]?, _ result: Result<Reaction.Answer, EngineError>) {
        (conversation as? WebSocketConversation)?.published(ref, result)
    }

    func began(_ result: Result<InitialNotifications, EngineError>) {
        (conversation as? WebSocketConversation)?.began(result)
    }

    func marked(_ markRead: MarkRead, _ result: Result<MarkRead.Effect, EngineError>) {
        (conversation as? WebSocketConversation)?.marked(markRead, result)
    }
}
