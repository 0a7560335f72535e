import Bytes
import Crypto
import HTTP1
import Hub
import Log
import PerMessageDeflate
import Reactor
import Telemetry
import WebSocket

/// Requests and responses on one connection (RFC 9112 §9), in order.
///
/// Pipelined writes wait for their commits together. A read waits until all before it are
/// answered, and so does what follows it: a client sees its own writes.
final class HTTPConversation: Conversation {
    /// The most requests of a connection that wait for their answers.
    static let maxPipelined = 64

    private enum Work: Equatable {
        case none
        /// Only writes are under way; another may join them.
        case writes
        case exclusive
    }

    private struct Pending {
        var exchange: Exchange
        var instance: String
        var since: EventLoop.Instant
        var response: Response?
    }

    private enum Input {
        case reading
        /// A request waits for those before it; nothing after it is looked at.
        case held(Hub.Request)
        case ended
    }

    private let connection: Connection
    private var parser: RequestParser
    private var head: RequestHead?
    private var body: [UInt8] = []
    private var input = Input.reading
    /// What came behind a request that is held.
    private var backlog: [UInt8] = []
    private var pending: [Pending] = []
    private var firstNumber: UInt64 = 0
    private var work = Work.none
    private var poll: Poll?
    private var isContinueOwed = false
    private var isDraining = false
    private(set) var deadline: EventLoop.Instant?

    private var worker: Worker { connection.worker }
    var consumer: Consumer? { poll?.consumer }

    init(_ connection: Connection) {
        self.connection = connection
        let settings = connection.worker.settings
        parser = RequestParser(
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
        let before = parser.phase
        parse(bytes, from: &offset)
        if parser.phase != before || deadline == nil { updateDeadline() }
    }

    private func parse(_ bytes: Span<UInt8>, from offset: inout Int) {
        do {
            while case .reading = input, connection.isTalking(self),
                let part = try parser.next(bytes, from: &offset)
            {
                switch part {
                case .head(let head): began(head)
                case .body(let range): body.append(copying: bytes.extracting(range))
                case .end: received()
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

    private func began(_ head: RequestHead) {
        self.head = head
        body = []
        if case .length(let length) = head.body { body.reserveCapacity(Int(min(length, 1 << 16))) }
        guard head.expectsContinue else { return }
        if pending.isEmpty { sendContinue() } else { isContinueOwed = true }
    }

    private func sendContinue() {
        isContinueOwed = false
        connection.send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }

    private func received() {
        guard let head else { return }
        self.head = nil
        var content: [UInt8] = []
        swap(&content, &body)
        take(Hub.Request(head: head, body: content, now: worker.wallClock()))
    }

    private func keep(_ bytes: Span<UInt8>, from offset: Int) {
        backlog.append(copying: bytes.extracting(offset...))
        connection.pauseReading()
    }

    // MARK: Requests

    private func take(_ request: Hub.Request) {
        let reaction = worker.rules.react(to: request)
        guard canBegin(reaction), pending.count < Self.maxPipelined, !connection.isFull else {
            input = .held(request)
            return
        }
        if !request.head.keepAlive || isDraining { input = .ended }
        let number = firstNumber + UInt64(pending.count)
        pending.append(
            Pending(
                exchange: exchange(of: request.head), instance: request.head.target.path,
                since: worker.loop.now))
        perform(reaction, request, number)
    }

    private func exchange(of head: RequestHead) -> Exchange {
        var exchange = head.exchange
        if isDraining { exchange.keepAlive = false }
        return exchange
    }

    private func canBegin(_ reaction: Reaction) -> Bool {
        switch reaction {
        case .respond: true
        case .write: work != .exclusive
        case .read, .report, .openWebSocket, .stream: pending.isEmpty
        }
    }

    private func perform(_ reaction: Reaction, _ request: Hub.Request, _ number: UInt64) {
        let (mailbox, token) = (worker.mailbox, connection.token)
        switch reaction {
        case .openWebSocket where isDraining, .stream where isDraining:
            let problem = Problem(
                .notReady, "the hub is ending; connect again", fields: ["Retry-After": "1"])
            complete(number, problem.response(instance: request.head.target.path))
        case .respond(let response):
            complete(number, response)
        case .write(let body):
            work = .writes
            worker.engine.transact(body) { mailbox.send(.answer(token, number, $0)) }
        case .read(let body):
            work = .exclusive
            worker.engine.read(body) { mailbox.send(.answer(token, number, $0)) }
        case .report(let body):
            complete(number, body(worker.report()))
        case .openWebSocket(let plan):
            openWebSocket(plan, request.head, number)
        case .stream(let plan):
            openStream(plan, request.head, number)
        }
    }

    /// Takes the engine's answer to a request.
    func answered(_ number: UInt64, _ result: Result<Reaction.Answer, EngineError>) {
        guard number >= firstNumber, number - firstNumber < pending.count else { return }
        let instance = pending[Int(number - firstNumber)].instance
        switch result {
        case .success(.success(let response)): complete(number, response)
        case .success(.failure(let problem)): complete(number, problem.response(instance: instance))
        case .failure(let error):
            worker.metrics.writesRefused.add()
            complete(number, Problem(error).response(instance: instance))
        }
    }

    // MARK: Responses

    private func complete(_ number: UInt64, _ response: Response) {
        let index = Int(number - firstNumber)
        guard pending.indices.contains(index) else { return }
        pending[index].response = response
        if index == 0 { sendResponses() }
    }

    /// Sends all answers that are at the head of the line, in one piece.
    private func sendResponses() {
        var output: [UInt8] = []
        var count = 0
        var staysOpen = true
        for entry in pending {
            guard let response = entry.response, staysOpen else { break }
            response.append(to: &output, for: entry.exchange, date: worker.httpDate())
            worker.metrics.requests[StatusClass(code: Int(response.status.rawValue))].add()
            worker.metrics.requestSeconds.observe(worker.loop.now - entry.since)
            staysOpen = entry.exchange.keepAlive
            count += 1
        }
        pending.removeFirst(count)
        firstNumber += UInt64(count)
        connection.send(output)
        guard staysOpen else { return connection.finish() }
        if pending.isEmpty { becameIdle() }
    }

    private func becameIdle() {
        work = .none
        if isContinueOwed { sendContinue() }
        if case .ended = input { return connection.finish() }
        if isDraining, parser.phase == .idle, backlog.isEmpty { return connection.finish() }
        goOn()
        updateDeadline()
    }

    /// Goes on with a request that had to wait, and with what came behind it.
    private func goOn() {
        if case .held(let request) = input {
            input = .reading
            take(request)
        }
        readBacklog()
    }

    /// Goes on with what came behind a request that was held.
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
        input = .ended
        let problem = Problem(malformed: violation.status, violation.detail)
        pending.append(
            Pending(
                exchange: .failed, instance: head?.target.path ?? "", since: worker.loop.now,
                response: problem.response(instance: head?.target.path ?? "")))
        if pending.count == 1 { sendResponses() }
    }

    // MARK: Other conversations

    private func openWebSocket(_ plan: WebSocketPlan, _ head: RequestHead, _ number: UInt64) {
        let deflate =
            worker.settings.compression
            ? DeflateParameters(
                server: .init(noContextTakeover: true), client: .init(noContextTakeover: true))
            : nil
        switch ServerHandshake.evaluate(
            head, subprotocols: ["campana.v1"], deflate: deflate, sha1: SHA1.hash)
        {
        case .success(let accepted):
            var output: [UInt8] = []
            accepted.response.append(to: &output, for: head.exchange, date: worker.httpDate())
            connection.send(output)
            pending = []
            let conversation = WebSocketConversation(connection, accepted.agreement, plan)
            worker.metrics.requests[.informational].add()
            hand(over: conversation)
            conversation.start()
        case .failure(let refusal):
            let problem = Problem(
                malformed: refusal.status, refusal.detail, fields: refusal.fields)
            complete(number, problem.response(instance: head.target.path))
        }
    }

    private func openStream(_ plan: StreamPlan, _ head: RequestHead, _ number: UInt64) {
        if case .poll(let wait, let limit) = plan.form {
            work = .exclusive
            let poll = Poll(
                worker, token: connection.token, limit: limit, deadline: worker.loop.now + wait
            ) { [unowned self] response in
                self.poll = nil
                complete(number, response)
            }
            self.poll = poll
            poll.start(plan.subscribe)
            return updateDeadline()
        }
        let conversation = StreamConversation(connection, plan, head.exchange)
        pending = []
        worker.metrics.requests[.successful].add()
        hand(over: conversation)
        conversation.start(plan.subscribe, isHead: head.method == .head)
    }

    private func hand(over conversation: any Conversation) {
        worker.metrics.connections[.http].add(-1)
        connection.begin(conversation)
    }

    // MARK: Time and end

    private func updateDeadline() {
        let settings = worker.settings
        let before = deadline
        if let poll {
            deadline = poll.deadline
        } else if !pending.isEmpty {
            deadline = nil  // the engine answers
        } else {
            deadline =
                switch parser.phase {
                case .idle: worker.loop.now + settings.idleTimeout
                case .head: worker.loop.now + settings.headTimeout
                case .content: worker.loop.now + settings.bodyTimeout
                case .finished: nil
                }
        }
        if let deadline, before.map({ deadline < $0 }) ?? true { connection.deadlineChanged() }
    }

    func timePassed() {
        if let poll {
            deadline = nil
            return poll.timePassed()
        }
        // What waits for the engine is answered, however long the client is silent.
        guard pending.isEmpty else {
            deadline = nil
            return
        }
        guard parser.phase != .idle else { return connection.close() }
        refuse(.timedOut)
    }

    func ended() {
        poll?.end()
        // Half a request is no request; whole ones before it are still answered.
        if poll != nil { return connection.close() }
        input = .ended
        if pending.isEmpty { connection.finish() }
    }

    func drained() {
        if case .held = input { goOn() }
    }

    func drain(slot: Duration) {
        isDraining = true
        poll?.finish()
        if let last = pending.indices.last {
            pending[last].exchange.keepAlive = false
            input = .ended
        } else if parser.phase == .idle {
            connection.finish()
        }
    }

    func closed() {
        poll?.end()
        worker.metrics.connections[.http].add(-1)
    }
}
