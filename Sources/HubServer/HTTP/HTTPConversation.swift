import Admission
import Bytes
import HTTP1
import Hub
import Log
import Reactor
import Telemetry

/// Requests and responses on one connection (RFC 9112 §9), in order.
///
/// Pipelined writes wait for their commits together. A read waits until all before it are
/// answered, and so does what follows it: a client sees its own writes.
final class HTTPConversation: Conversation {
    /// The most requests of a connection that wait for their answers.
    static let maxPipelined = 64

    enum Work {
        case none
        /// Only writes are under way; another may join them.
        case writes
        case exclusive
    }

    private enum Input {
        case reading
        /// A request waits for those before it; nothing after it is looked at.
        case held(Hub.Request, RateVerdict?)
        case ended
    }

    let connection: Connection
    /// Whether it came by the socket file in the data directory.
    private let isOperator: Bool
    /// A request that waits for events.
    var transport: ConnectionReport.Transport? { .poll }
    private var reader: RequestReader
    private var input = Input.reading
    /// What came behind a request that is held.
    private var backlog: [UInt8] = []
    var pipeline = Pipeline()
    var work = Work.none
    var held: (any HeldAnswer)?
    private var isContinueOwed = false
    private var isDraining = false
    var deadline: EventLoop.Instant?
    /// What was left of its answers when it was last found idle.
    var unread = Int.max

    var worker: Worker { connection.worker }
    var consumer: Consumer? { held?.consumer }
    var outlet: (any Outlet)? { held?.outlet }

    init(_ connection: Connection, isOperator: Bool) {
        self.connection = connection
        self.isOperator = isOperator
        let settings = connection.worker.settings
        reader = RequestReader(
            limits: HTTP1.Limits(
                headBytes: settings.maxHeadBytes, fieldCount: settings.maxHeadFields,
                bodyBytes: settings.maxBodyBytes))
        deadline = worker.loop.now + settings.headTimeout
    }

    // MARK: In

    func receive(_ bytes: Span<UInt8>, from offset: inout Int) {
        guard case .reading = input else {
            if case .held = input { keep(bytes, from: offset) }
            offset = bytes.count
            return
        }
        let before = reader.phase
        parse(bytes, from: &offset)
        if reader.phase != before || deadline == nil { updateDeadline() }
    }

    private func parse(_ bytes: Span<UInt8>, from offset: inout Int) {
        do {
            while case .reading = input, connection.isTalking(self),
                let event = try reader.next(bytes, from: &offset)
            {
                switch event {
                case .continueAwaited:
                    if pipeline.isEmpty { sendContinue() } else { isContinueOwed = true }
                case .request(let head, let content): received(head, content)
                }
            }
        } catch {
            refuse(error)
        }
        if case .held = input {
            keep(bytes, from: offset)
            offset = bytes.count
        }
    }

    private func sendContinue() {
        isContinueOwed = false
        connection.send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }

    private func received(_ head: RequestHead, _ content: [UInt8]) {
        isContinueOwed = false
        var request = Hub.Request(head: head, body: content, now: worker.wallClock())
        let verdict = worker.examine(&request, on: connection, isOperator: isOperator)
        take(request, verdict)
    }

    private func keep(_ bytes: Span<UInt8>, from offset: Int) {
        backlog.append(copying: bytes.extracting(offset...))
        connection.pauseReading()
    }

    // MARK: Requests

    private func take(_ request: Hub.Request, _ verdict: RateVerdict?) {
        let reaction = worker.react(to: request, verdict)
        guard canBegin(reaction), pipeline.count < Self.maxPipelined, !connection.isFull else {
            input = .held(request, verdict)
            return
        }
        if !request.head.keepAlive || isDraining { input = .ended }
        var exchange = request.head.exchange
        exchange.keepAlive = exchange.keepAlive && !isDraining
        let number = pipeline.append(
            exchange, instance: request.head.target.path, now: worker.loop.now,
            fields: worker.fields(for: request.head, verdict),
            asked: connection.audit?.asked(request, reaction))
        perform(reaction, request, number)
    }

    private func perform(_ reaction: Reaction, _ request: Hub.Request, _ number: UInt64) {
        let (mailbox, token) = (worker.mailbox, connection.token)
        switch reaction {
        case .openWebSocket where isDraining, .stream where isDraining:
            let problem = Problem(
                .notReady, "the hub is ending; connect again", fields: ["Retry-After": "1"])
            complete(number, problem.response(instance: request.head.target.path))
        case .respond(let response):
            if response.status == .badRequest { connection.note(.badRequest) }
            complete(number, response)
        case .write(let body):
            work = .writes
            worker.write(request.body.count, body) { .answer(token, number, $0) }
        case .call(let plan) where isDraining:
            work = .writes
            worker.write(request.body.count, plan.start) { .answer(token, number, $0) }
        case .publish(let draft):
            work = .writes
            worker.publish(draft, for: token, number)
        case .changeKeys(let change):
            work = .writes
            worker.changeKeys(change, for: token, number)
        case .issueTicket(let ticket, let response):
            issue(ticket, response, request, number)
        case .survey(let survey):
            work = .exclusive
            worker.take(survey, for: token, number)
        case .disconnect(let name):
            work = .exclusive
            worker.disconnect(name, for: token, number)
        case .read(let body):
            work = .exclusive
            worker.engine.read(body) { mailbox.send(.answer(token, number, $0)) }
        case .report(let body):
            complete(number, body(worker.report()))
        case .openWebSocket(let plan):
            openWebSocket(plan, request, number)
        case .stream(let plan):
            openStream(plan, request, number)
        case .call(let plan):
            call(plan, request, number)
        case .testWebhook(let id):
            work = .exclusive
            worker.webhooks.test(id, for: token, number)
        }
    }

    // MARK: Between requests

    /// Goes on once all is answered.
    func becameIdle() {
        work = .none
        if isContinueOwed { sendContinue() }
        if case .ended = input { return connection.finish() }
        if isDraining, reader.phase == .idle, backlog.isEmpty { return connection.finish() }
        goOn()
        updateDeadline()
    }

    /// Goes on with a request that was held, and with what came behind it.
    private func goOn() {
        if case .held(var request, let verdict) = input {
            input = .reading
            worker.readmit(&request)
            take(request, verdict)
        }
        readBacklog()
    }

    private func readBacklog() {
        guard case .reading = input, !backlog.isEmpty else { return }
        var bytes: [UInt8] = []
        swap(&bytes, &backlog)
        var offset = 0
        parse(bytes.span, from: &offset)
        if offset < bytes.count {
            connection.goOn(with: bytes[offset...])
        } else if case .reading = input {
            connection.resumeReading()
        }
    }

    private func refuse(_ violation: Violation) {
        connection.note(Offence(violation, in: reader.phase), violation.detail)
        input = .ended
        answer(violation, instance: reader.head?.target.path ?? "")
    }

    // MARK: Time and end

    func updateDeadline() {
        let settings = worker.settings
        let before = deadline
        unread = .max
        if let held {
            deadline = deadline(of: held)
        } else if !pipeline.isEmpty {
            deadline = nil  // the engine answers
        } else {
            deadline =
                switch reader.phase {
                case .idle: worker.loop.now + settings.idleTimeout
                case .head: worker.loop.now + settings.headTimeout
                case .content: worker.loop.now + settings.bodyTimeout
                case .finished: nil
                }
        }
        if let deadline, before.map({ deadline < $0 }) ?? true { connection.wakeInTime() }
    }

    func timePassed() {
        if let held {
            deadline = nil
            return timePassed(held)
        }
        // What waits for the engine is answered, however long the client is silent.
        guard pipeline.isEmpty else {
            deadline = nil
            return
        }
        guard reader.phase != .idle else { return idled() }
        refuse(.timedOut)
    }

    func ended() {
        held?.end()
        // Half a request is no request; whole ones before it are still answered.
        if held != nil { return connection.close() }
        input = .ended
        if pipeline.isEmpty { connection.finish() }
    }

    func drained() {
        if case .held = input { goOn() }
        if unread < .max { updateDeadline() }
    }

    func drain(slot: Duration) {
        isDraining = true
        held?.finish()
        if !pipeline.isEmpty {
            pipeline.closeAfterLast()
            input = .ended
        } else if reader.phase == .idle {
            connection.finish()
        }
    }

    func closed() {
        held?.end()
        auditUnanswered()
        worker.metrics.connections[.http].add(-1)
    }
}
