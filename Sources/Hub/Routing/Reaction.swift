import Bytes
import HTTP1
import Log
import PubSub

/// A request as the hub's rules see it.
public struct Request: Sendable {
    public var head: RequestHead
    public var body: [UInt8]
    /// When it was whole.
    public var now: Timestamp
    /// Who asks.
    public var principal: Principal
    /// Why it is refused whatever it asks for: its credentials are not good, for example.
    public var refusal: Problem?
    /// As whose it counts, by the address that it comes from.
    public var client = AddressKey.none
    /// Whom a trusted proxy says that it comes from; `nil` where it comes from the other end of
    /// its connection.
    public var forwarded: IPAddress?
    /// Whether the body is JSON whatever its media type says: it came encrypted.
    var isOpened = false

    public init(
        head: RequestHead, body: [UInt8], now: Timestamp, principal: Principal = .anyone
    ) {
        self.head = head
        self.body = body
        self.now = now
        self.principal = principal
    }
}

/// What is to be done with a request: a value, carried out by the server.
public enum Reaction: Sendable {
    public typealias Answer = Result<Response, Problem>
    public typealias Write = @Sendable (any Transaction) throws(EngineError) -> Outcome<Answer>
    public typealias Read = @Sendable (any Snapshot) throws(EngineError) -> Answer

    case respond(Response)
    /// Answered after the commit.
    case write(Write)
    /// An event to append, answered by ``PlacedAnswers`` after the commit; it is what
    /// most writes are, and many of them make one transaction.
    case publish(EventDraft)
    case read(Read)
    /// A change of the keys: what authenticates learns of it before it is answered.
    case changeKeys(
        @Sendable (any Transaction) throws(EngineError) -> Outcome<Result<KeyAnswer, Problem>>)
    /// A ticket to be kept until it is redeemed, and the answer that shows it.
    case issueTicket(Ticket, Response)
    /// Answered from what the server knows of itself.
    case report(@Sendable (ServerReport) -> Response)
    /// Answered from what all loops and the log know.
    case survey(Survey)
    /// Ends the connection that has this name, on whichever loop it is.
    case disconnect(String)
    /// The handshake is the server's (RFC 6455 §4.2).
    case openWebSocket(WebSocketPlan)
    case stream(StreamPlan)
    /// Answered with the reply to a command, or after its wait.
    case call(CommandPlan)
    /// Answered once the endpoint of that webhook has answered a delivery of its own.
    case testWebhook(id: String)
}

/// What a WebSocket is opened for.
public enum WebSocketPlan: Sendable {
    /// A consumer of the hub; subscribed at once where the query says so.
    case consumer(SubscribeRequest?)
    /// The notifications of one consumer, in the frames of seed 004.
    case notifications(ConsumerID)
    /// Every message comes back: for conformance tests.
    case echo
}

/// What is subscribed to, and from where.
public struct SubscribeRequest: Sendable {
    public var patterns: [GroupPattern]
    /// What was asked for and is not granted: an error each, and the others go on.
    public var forbidden: [GroupPattern] = []
    public var since: Since
    /// What the client wants back in the answer: a JSON value as it wrote it.
    public var ref: [UInt8]?
    /// Whether nothing but events is sent up to the point where it has caught up.
    public var isQuiet: Bool

    public init(
        patterns: [GroupPattern], since: Since, ref: [UInt8]? = nil, isQuiet: Bool = false
    ) {
        self.patterns = patterns
        self.since = since
        self.ref = ref
        self.isQuiet = isQuiet
    }
}

/// A stream of events over plain HTTP.
public struct StreamPlan: Sendable {
    public enum Form: Sendable {
        /// `text/event-stream` (WHATWG HTML §9.2).
        case serverSentEvents
        /// `application/x-ndjson`: a JSON object a line.
        case lines
        /// One answer, as soon as there is an event, after `wait` at the latest.
        case poll(wait: Duration, limit: Int)
    }

    public var form: Form
    public var subscribe: SubscribeRequest

    public init(form: Form, subscribe: SubscribeRequest) {
        self.form = form
        self.subscribe = subscribe
    }
}
