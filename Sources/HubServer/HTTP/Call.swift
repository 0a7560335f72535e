import HTTP1
import Hub
import Log
import PubSub
import Reactor

/// A command whose reply is waited for.
///
/// The event of the reply only wakes it: what was replied stands in a record that was written with
/// that event, and is read anew each time. It subscribes before it looks, so that a reply is
/// seen by the one or by the other; and the end of the wait is a transaction, so that a reply that
/// comes at the same moment is either the answer, or late.
final class Call: Outlet, HeldAnswer {
    private enum Phase {
        /// The command is not durable yet.
        case sending
        case looking(SentCommand, isWoken: Bool)
        case waiting(SentCommand)
        case endingWait
        case answered
    }

    private let connection: Connection
    private let plan: CommandPlan
    /// The request's place on its connection.
    let number: UInt64
    private let instance: String
    private let answer: (Response) -> Void
    let deadline: EventLoop.Instant
    let identity: Identity?
    private(set) var consumer: Consumer?
    private var phase = Phase.sending
    /// What the client gets where the hub ends before the reply is there.
    private var receipt: Response?
    private var isEnding = false

    private var worker: Worker { connection.worker }
    private var token: Registration { connection.token }
    var outlet: (any Outlet)? { self }
    // It keeps no event, and so nothing ever waits to be sent.
    var isDrained: Bool { true }
    var sentThrough: UInt64 { worker.tail.head }

    init(
        _ connection: Connection, _ plan: CommandPlan, number: UInt64, identity: Identity?,
        instance: String,
        answer: @escaping (Response) -> Void
    ) {
        self.connection = connection
        self.plan = plan
        self.number = number
        self.identity = identity
        self.instance = instance
        self.answer = answer
        deadline = connection.worker.loop.now + plan.wait
    }

    func start(contentBytes: Int) { transact(contentBytes, plan.start) }

    // MARK: What the engine answers

    /// Takes the engine's answer to what this phase has asked for.
    func answered(_ result: Result<Reaction.Answer, EngineError>) {
        switch (phase, result) {
        case (.answered, _), (.waiting, _): break
        case (_, .failure(let error)): finish(Problem(error).response(instance: instance))
        case (_, .success(.failure(let problem))): finish(problem.response(instance: instance))
        case (.sending, .success(.success(let receipt))): sent(receipt)
        case (.looking(let command, let isWoken), .success(.success(let response))):
            guard response.status == .accepted else { return finish(response) }
            if isWoken { look(for: command) } else { wait(for: command) }
        case (.endingWait, .success(.success(let response))): finish(response)
        }
    }

    private func sent(_ receipt: Response) {
        guard !isEnding, let command = plan.sent(receipt) else { return finish(receipt) }
        self.receipt = receipt
        let consumer = Consumer(connection, .collected)
        self.consumer = consumer
        consumer.subscribe(command.subscription)
        if case .sending = phase { look(for: command) }
    }

    private func look(for command: SentCommand) {
        phase = .looking(command, isWoken: false)
        let (mailbox, token, number) = (worker.mailbox, token, number)
        worker.engine.read(command.look) { mailbox.send(.answer(token, number, $0)) }
    }

    private func wait(for command: SentCommand) {
        guard worker.loop.now < deadline else { return endWait(for: command) }
        phase = .waiting(command)
    }

    private func endWait(for command: SentCommand) {
        phase = .endingWait
        transact(0, command.endWait)
    }

    private func transact(_ contentBytes: Int, _ write: @escaping Reaction.Write) {
        let (token, number) = (token, number)
        worker.write(contentBytes, write) { .answer(token, number, $0) }
    }

    // MARK: What the loop brings

    func deliver(_ events: ArraySlice<Event>, through: UInt64) { wake() }

    func replay(_ events: [Event], through: UInt64) { if !events.isEmpty { wake() } }

    private func wake() {
        switch phase {
        case .looking(let command, _): phase = .looking(command, isWoken: true)
        case .waiting(let command): look(for: command)
        case .sending, .endingWait, .answered: break
        }
    }

    func say(_ message: ServerMessage) {
        if case .error(let failure, let detail, _, _) = message {
            finish(Problem(failure, detail).response(instance: instance))
        }
    }

    func giveUp(_ failure: Failure) {
        finish(Problem(failure, failure.title).response(instance: instance))
    }

    func reached(_ position: UInt64) {}

    func sayCaughtUp(_ cursor: Cursor) {}

    // MARK: Its end

    /// The wait is over; what is being read or written is waited for all the same.
    func timePassed() {
        if case .waiting(let command) = phase { endWait(for: command) }
    }

    /// The hub ends: the command was sent, and its reply can be asked for later.
    func finish() {
        isEnding = true
        if let receipt { finish(receipt) }
    }

    /// What was sent while the credentials were good was sent: the receipt says so, and the
    /// reply is for whoever shows good ones.
    func finish(_ reason: CredentialsEnd) { finish() }

    private func finish(_ response: Response) {
        if case .answered = phase { return }
        end()
        answer(response)
    }

    func end() {
        phase = .answered
        consumer?.end()
    }
}
