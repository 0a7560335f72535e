import Admission
import Crypto
import HTTP1
import Hub
import Log
import PerMessageDeflate
import Reactor
import Telemetry
import WebSocket

// The requests that end HTTP on their connection, or hold its answer back.
extension HTTPConversation {
    func openWebSocket(_ plan: WebSocketPlan, _ request: Hub.Request, _ number: UInt64) {
        let head = request.head
        let deflate =
            worker.settings.compression
            ? DeflateParameters(
                server: .init(noContextTakeover: true), client: .init(noContextTakeover: true))
            : nil
        switch ServerHandshake.evaluate(
            head, subprotocols: ["campana.v1"], deflate: deflate, sha1: SHA1.hash)
        {
        case .success(let accepted):
            var (output, response) = ([UInt8](), accepted.response)
            for (name, value) in pipeline.fields(of: number) { response.fields.append(name, value) }
            response.append(to: &output, for: head.exchange, common: worker.commonFields())
            connection.send(output)
            pipeline.removeAll()
            let refusal = worker.seat(request, on: connection)
            let conversation = WebSocketConversation(connection, accepted.agreement, plan)
            worker.metrics.requests[.informational].add()
            conversation.identity = Identity(request.principal)
            hand(over: conversation)
            connection.audit?.connected(conversation.identity, request, status: 101)
            conversation.start(refusal == nil ? plan : nil)
            if let refusal { conversation.turnAway(refusal) }
        case .failure(let refusal):
            let problem = Problem(
                malformed: refusal.status, refusal.detail, fields: refusal.fields)
            complete(number, problem.response(instance: head.target.path))
        }
    }

    func openStream(_ plan: StreamPlan, _ request: Hub.Request, _ number: UInt64) {
        let head = request.head
        if let refusal = worker.seat(request, on: connection) {
            return complete(number, refusal.response(instance: head.target.path))
        }
        if case .poll(let wait, let limit) = plan.form {
            work = .exclusive
            let poll = Poll(
                connection, limit: limit, deadline: worker.loop.now + wait,
                identity: Identity(request.principal)
            ) { [unowned self] response in
                endHeld(number, response)
            }
            held = poll
            poll.start(plan.subscribe)
            return updateDeadline()
        }
        let conversation = StreamConversation(connection, plan, head.exchange)
        conversation.identity = Identity(request.principal)
        let fields = pipeline.fields(of: number)
        pipeline.removeAll()
        worker.metrics.requests[.successful].add()
        hand(over: conversation)
        connection.audit?.connected(conversation.identity, request, status: 200)
        conversation.start(plan.subscribe, isHead: head.method == .head, fields: fields)
    }

    /// Sends a command, and holds its answer back until its reply is there.
    func call(_ plan: CommandPlan, _ request: Hub.Request, _ number: UInt64) {
        let instance = request.head.target.path
        if let refusal = worker.seat(request, on: connection) {
            return complete(number, refusal.response(instance: instance))
        }
        work = .exclusive
        let call = Call(
            connection, plan, number: number, identity: Identity(request.principal),
            instance: instance
        ) { [unowned self] response in
            endHeld(number, response)
        }
        held = call
        call.start(contentBytes: request.body.count)
        updateDeadline()
    }

    private func endHeld(_ number: UInt64, _ response: Response) {
        held = nil
        worker.vacate(connection.token)
        complete(number, response)
    }

    /// Keeps a ticket, and shows it.
    func issue(_ ticket: Ticket, _ response: Response, _ request: Hub.Request, _ number: UInt64) {
        let party = Party(request.principal, from: request.client)
        let problem: Problem
        switch worker.shared.gatekeeper.keep(ticket, of: party, now: request.now) {
        case .kept: return complete(number, response)
        case .tooMany(let end):
            worker.note(
                .tooManyTickets, by: party?.text ?? "", "\(Tickets.maxPerParty) wait for their use")
            problem = .tooManyTickets(until: end, now: request.now)
        case .full:
            problem = Problem(
                .overloaded, "too many tickets wait; ask again", fields: ["Retry-After": "1"])
        }
        complete(number, problem.response(instance: request.head.target.path))
    }

    /// Whose the answer is that is held back: every other request shows who it is itself.
    var identity: Identity? { held?.identity }

    /// The client may not wait any longer.
    func end(_ reason: CredentialsEnd) {
        guard let held else { return }
        if reason == .byOperator { pipeline.closeAfterLast() }
        held.finish(reason)
    }

    /// When to look at an answer that is held back: the wait ends, or the credentials do.
    func deadline(of held: any HeldAnswer) -> EventLoop.Instant {
        guard let expires = held.identity?.principal.expires else { return held.deadline }
        return min(held.deadline, worker.instant(of: expires))
    }

    /// Ends the wait, or the credentials; an early call does no harm.
    func timePassed(_ held: any HeldAnswer) {
        if let expires = held.identity?.principal.expires, expires <= worker.wallClock() {
            return held.finish(.expired)
        }
        guard held.deadline <= worker.loop.now else { return updateDeadline() }
        held.timePassed()
    }

    private func hand(over conversation: any Conversation) {
        worker.metrics.connections[.http].add(-1)
        connection.begin(conversation)
    }

    /// Whether a request may be begun before those ahead of it are answered.
    func canBegin(_ reaction: Reaction) -> Bool {
        switch reaction {
        case .respond, .issueTicket: true
        case .write, .publish, .changeKeys: work != .exclusive
        case .read, .report, .survey, .disconnect, .openWebSocket, .stream, .call, .testWebhook:
            pipeline.isEmpty
        }
    }
}
