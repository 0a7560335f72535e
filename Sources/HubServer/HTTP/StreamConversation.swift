import Bytes
import HTTP1
import Hub
import Log
import Reactor
import Telemetry

/// A stream of events over plain HTTP: SSE or lines, until either side ends it.
final class StreamConversation: Conversation, Outlet {
    private let connection: Connection
    private let form: StreamPlan.Form
    private let exchange: Exchange
    private let encoderID: Encoder.ID
    private(set) var consumer: Consumer?
    private var heartbeatDeadline: EventLoop.Instant?
    /// Whose it is; `nil` on an open hub.
    var identity: Identity?
    var transport: ConnectionReport.Transport? {
        if case .serverSentEvents = form { .sse } else { .ndjson }
    }

    /// How long a browser waits before it reconnects by itself.
    private static let retryMilliseconds = 2000

    private var worker: Worker { connection.worker }
    private var encoder: Encoder { worker.encoder(encoderID) }
    var outlet: (any Outlet)? { self }
    var isDrained: Bool { connection.isDrained }
    var sentThrough: UInt64 { connection.sentThrough }

    init(_ connection: Connection, _ plan: StreamPlan, _ exchange: Exchange) {
        self.connection = connection
        self.exchange = exchange
        form = plan.form
        let encoding: Encoding =
            if case .serverSentEvents = form {
                .serverSentEvents(exchange.streamFraming)
            } else {
                .lines(exchange.streamFraming)
            }
        encoderID = connection.worker.encoder(for: encoding)
    }

    /// Sends the head, and subscribes; HEAD gets no more than the head.
    func start(_ request: SubscribeRequest, isHead: Bool, fields more: Fields) {
        worker.metrics.connections[use].add(1)
        var exchange = exchange
        exchange.keepAlive = false
        var output: [UInt8] = []
        var fields: Fields = [
            "Content-Type": contentType, "Cache-Control": "no-store", "X-Accel-Buffering": "no",
        ]
        for (name, value) in more { fields.append(name, value) }
        Response(
            .ok, fields: fields, content: .stream
        ).append(to: &output, for: exchange, common: worker.commonFields())
        connection.send(output)
        guard !isHead else { return connection.finish() }
        if case .serverSentEvents = form {
            send(Array("retry: \(Self.retryMilliseconds)\n\n".utf8))
        }
        postponeHeartbeat()
        connection.wakeInTime()
        let consumer = Consumer(connection, .encoded(encoderID))
        self.consumer = consumer
        consumer.subscribe(request)
    }

    private var use: ConnectionUse {
        if case .serverSentEvents = form { .sse } else { .ndjson }
    }

    private var contentType: String {
        if case .serverSentEvents = form {
            "text/event-stream; charset=utf-8"
        } else {
            "application/x-ndjson"
        }
    }

    private func send(_ content: [UInt8]) {
        guard exchange.streamFraming == .chunked else { return connection.send(content) }
        var output: [UInt8] = []
        ChunkedEncoder.append(content, to: &output)
        connection.send(output)
    }

    /// What comes after the request is not looked at: the response has no end to follow.
    func receive(_ input: Span<UInt8>, from offset: inout Int) { offset = input.count }

    func say(_ message: ServerMessage) { connection.send(encoder.encode(message)) }

    func replay(_ events: [Event], through: UInt64) { connection.send(encoder.encode(events)) }

    func replay(_ shared: SharedPage) {
        connection.send(shared.bytes(encoderID, of: encoder))
    }

    func deliver(_ events: ArraySlice<Event>, through: UInt64) {
        connection.gather(events: encoder.encode(events), through: through)
    }

    func sayCaughtUp(_ cursor: Cursor) {
        connection.gather(
            events: encoder.encode(.caughtUp(cursor)), through: cursor.position)
    }

    func reached(_ position: UInt64) { connection.reached(position) }

    func giveUp(_ failure: Failure) {
        say(.error(failure, failure.title, ref: nil))
        end()
    }

    private func end() {
        if exchange.streamFraming == .chunked {
            var output: [UInt8] = []
            ChunkedEncoder.appendEnd(to: &output)
            connection.send(output)
        }
        connection.finish()
    }

    func drained() { consumer?.drained() }

    private func postponeHeartbeat() {
        heartbeatDeadline = worker.loop.now + worker.settings.heartbeat
    }

    var deadline: EventLoop.Instant? {
        guard let heartbeatDeadline, let end = identity?.deadline else { return heartbeatDeadline }
        return min(heartbeatDeadline, worker.instant(of: end))
    }

    func end(_ reason: CredentialsEnd) {
        say(.goodbye(reason: reason.rawValue, reconnectInMilliseconds: 0))
        end()
    }

    func timePassed() {
        switch identity?.timePassed(worker.wallClock()) {
        case nil, .some(.none): break
        case .warn(let expires): say(.authExpiring(expires))
        case .end: return end(.expired)
        }
        guard let heartbeatDeadline, heartbeatDeadline <= worker.loop.now else { return }
        consumer?.bookmark()
        if isDrained { connection.send(encoder.heartbeat) }
        postponeHeartbeat()
    }

    func ended() { connection.close() }

    func drain(slot: Duration) {
        say(
            .goodbye(
                reason: "restart", reconnectInMilliseconds: Int64(slot / .milliseconds(1))))
        end()
    }

    func closed() {
        consumer?.end()
        connection.audit?.ended(identity, now: worker.loop.now, without: "ended")
        worker.metrics.connections[use].add(-1)
    }
}
