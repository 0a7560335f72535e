import HTTP1
import Hub
import JSON
import Log
import PubSub
import Reactor

/// A request whose answer is held back until something happens, or its time is over.
protocol HeldAnswer: AnyObject {
    var consumer: Consumer? { get }
    var outlet: (any Outlet)? { get }
    /// When the client wants its answer.
    var deadline: EventLoop.Instant { get }
    /// Whose it is; `nil` where nobody was asked.
    var identity: Identity? { get }

    func timePassed()

    /// Answers with what there is: the hub ends.
    func finish()

    /// Answers at once: the client may not wait any longer.
    func finish(_ reason: CredentialsEnd)

    /// Ends without an answer: the client is gone.
    func end()
}

/// A long poll: one answer with what there is, or with what comes while it waits.
///
/// It is a consumer like all others, one that collects instead of sending.
final class Poll: Outlet, HeldAnswer {
    private let connection: Connection
    private let limit: Int
    private let answer: (Response) -> Void
    private(set) var consumer: Consumer?
    private var worker: Worker { connection.worker }
    var outlet: (any Outlet)? { self }
    let deadline: EventLoop.Instant
    let identity: Identity?

    private var verdict = Subscription.Verdict.live
    private var gaps: [ServerMessage] = []
    private var events: [Event] = []
    private var position: UInt64
    private var isUpToDate = false
    private var isAnswered = false

    /// A collector holds one page at most: who has taken events is answered with them.
    var isDrained: Bool { events.isEmpty }
    var sentThrough: UInt64 { position }

    init(
        _ connection: Connection, limit: Int, deadline: EventLoop.Instant, identity: Identity?,
        answer: @escaping (Response) -> Void
    ) {
        self.connection = connection
        self.limit = limit
        self.deadline = deadline
        self.identity = identity
        self.answer = answer
        position = connection.worker.tail.head
    }

    func start(_ request: SubscribeRequest) {
        let consumer = Consumer(connection, .collected)
        self.consumer = consumer
        worker.metrics.connections[.longPoll].add(1)
        consumer.subscribe(request)
        if !isAnswered, isUpToDate, deadline <= worker.loop.now { finish() }
    }

    func say(_ message: ServerMessage) {
        switch message {
        case .subscribed(_, let verdict, let cursor, _):
            self.verdict = verdict
            position = cursor.position
            if verdict == .live { isUpToDate = true }
        case .gap: gaps.append(message)
        case .bookmark(let cursor): position = cursor.position
        case .caughtUp(let cursor): sayCaughtUp(cursor)
        case .error(let failure, let detail, _, _): refuse(Problem(failure, detail))
        case .welcome, .unsubscribed, .lag, .published, .initialNotifications, .markedRead,
            .authExpiring, .authenticated, .pong, .goodbye, .limited:
            break
        }
    }

    func deliver(_ events: ArraySlice<Event>, through: UInt64) {
        replay(Array(events), through: through)
    }

    func replay(_ events: [Event], through: UInt64) {
        guard !isAnswered else { return }
        let isWhole = events.count <= limit
        self.events = isWhole ? events : Array(events.prefix(limit))
        position = isWhole ? through : self.events.last?.position ?? through
        isUpToDate = isWhole && through >= worker.tail.head
        if !events.isEmpty { finish() }
    }

    func reached(_ position: UInt64) {}

    func sayCaughtUp(_ cursor: Cursor) {
        position = cursor.position
        isUpToDate = true
        if !events.isEmpty || deadline <= worker.loop.now { finish() }
    }

    func giveUp(_ failure: Failure) { refuse(Problem(failure, failure.title)) }

    /// The wait is over; what is still being read is waited for all the same.
    func timePassed() {
        if isUpToDate { finish() }
    }

    /// Answers with what there is: the wait is over, or the hub ends.
    func finish() {
        guard !isAnswered else { return }
        // One that was live, and now reads what its loop has missed, stands where it was.
        if events.isEmpty, isUpToDate, consumer?.isLive == true { position = worker.tail.head }
        end()
        var json = Writer(capacity: 256 + events.reduce(0) { $0 + $1.json.count + 1 })
        json.object { json in
            json.member("resume", verdict.rawValue)
            if !gaps.isEmpty {
                json.member("gaps") { $0.array { json in for gap in gaps { json.raw(gap.json) } } }
            }
            json.member("events") {
                $0.array { json in for event in events { json.raw(event.json) } }
            }
            json.member("cursor", worker.cursor(position).text)
            json.member("up_to_date", isUpToDate)
        }
        answer(
            Response(
                .ok, fields: ["Content-Type": "application/json", "Cache-Control": "no-store"],
                body: json.bytes))
    }

    func finish(_ reason: CredentialsEnd) {
        switch reason {
        case .expired: refuse(.unauthenticated("the credentials have expired; show others"))
        case .revoked: refuse(.unauthenticated("the credentials were revoked; show others"))
        case .byOperator: finish()
        }
    }

    private func refuse(_ problem: Problem) {
        guard !isAnswered else { return }
        end()
        answer(problem.response(instance: "/stream"))
    }

    /// Ends without an answer: the client is gone.
    func end() {
        guard !isAnswered else { return }
        isAnswered = true
        worker.metrics.connections[.longPoll].add(-1)
        consumer?.end()
    }
}
