import Bytes
import Crypto
import HTTP1
import Hub
import Log
import PerMessageDeflate
import PubSub
import Reactor
import Settings
import Telemetry
import Transport
import WebSocket

/// One event loop with its connections, subscriptions and fan-out; confined to its thread.
final class Worker {
    let loop: EventLoop
    let mailbox: Mailbox<LoopMail>
    private let commits: CommitQueue
    let shared: Shared
    let metrics: HubMetrics
    let deflates = DeflatePool()
    /// What all WebSockets hold a peer to; each keeps a reference.
    private let terms: MessageReader.Terms
    let patience: KeepAlive.Patience
    var table = SubscriptionTable<Subscriber>()
    private(set) var tail: Tail
    /// Who has left, for ``Trace``.
    var departures = Departures()
    /// What is asked about this loop's consumers; the first is being answered.
    var surveys: [SurveyWalk] = []
    /// Connections of which a subscription waits for the head to move.
    var parked: Set<Registration> = []

    let index: Int
    var listeners: [Listener] = []
    private var dirty: [Connection] = []
    private var flushing: [Connection] = []
    private var resumed: [Registration] = []
    /// What is handed to the engine at the end of the turn, and what joins it then.
    var writes: [() -> Void] = []
    var publishes = Publishes()
    private var lastSubscription: UInt32 = 0
    /// What stays and is counted beside its connection.
    var seats: [Registration: Seat] = [:]
    /// Patterns that were looked at for the messages of this connection and turn.
    var patternsLookedAt = 0
    var placedAnswers = PlacedAnswers()
    var connectionCount = 0
    var isDraining = false
    /// On one loop only.
    var timers: TimerDriver?
    var hasReported = false
    private(set) lazy var webhooks = makeWebhooks()
    private(set) lazy var reads = SharedReads(self)
    private var encoders: [Encoder] = []
    private var common: DatedFields

    var settings: HubSettings { shared.settings }
    var rules: Rules { shared.rules }
    var engine: any Engine { shared.engine }

    /// The most bytes of a page: half of a queue, so that the frames around them fit too.
    var pageBytes: Int { settings.queueBytes / 2 }

    init(
        index: Int, loop: EventLoop, mailbox: Mailbox<LoopMail>, commits: CommitQueue,
        shared: Shared, head: UInt64
    ) {
        self.index = index
        self.loop = loop
        self.mailbox = mailbox
        self.commits = commits
        self.shared = shared
        metrics = shared.metrics[index]
        let settings = shared.settings
        let limits = MessageReader.Limits(
            maxFrameBytes: settings.maxFrameBytes, maxMessageBytes: settings.maxMessageBytes)
        terms = MessageReader.Terms(role: .server, limits: limits)
        patience = KeepAlive.Patience(
            interval: settings.pingInterval, timeout: settings.pongTimeout)
        tail = Tail(head: head)
        common = DatedFields(second: shared.clock().milliseconds / 1000)
        loop.attach(mailbox) { [unowned self] batch in for mail in batch { receive(mail) } }
        // Behind the answers: a writer hears of its event before the consumers do.
        loop.attach(commits.mailbox) { [unowned self] batches in
            // Nor does what this turn has gathered wait for a long fan-out.
            sendGathered()
            for (index, batch) in batches.enumerated() {
                fanOut(batch, isLast: index == batches.count - 1)
            }
        }
        loop.endOfTurn = { [unowned self] in endOfTurn() }
    }

    func wallClock() -> Timestamp { shared.clock() }

    func cursor(_ position: UInt64) -> Cursor { Cursor(epoch: rules.epoch, position: position) }

    /// What every response says now.
    func commonFields() -> CommonFields { common.at(shared.clock().milliseconds / 1000) }

    // MARK: Connections

    /// A connection is gone.
    func closed(_ connection: Connection) {
        connectionCount -= 1
        shared.connections.wrappingSubtract(1, ordering: .relaxed)
        shared.limits.leave(connection.client)
        vacate(connection.token)
        metrics.connectionsClosed.add()
        parked.remove(connection.token)
        reportIfDrained()
    }

    /// Sends what a connection has gathered, at the end of the turn.
    func flushLater(_ connection: Connection) { dirty.append(connection) }

    /// A number for a subscription: of the loop's own, so that a page that one consumer of a
    /// connection has asked for is not taken for the next one's.
    func nextSubscription() -> UInt32 {
        lastSubscription &+= 1
        return lastSubscription
    }

    /// Lets a consumer go on that waits for an empty queue, at the end of the turn.
    func resume(_ token: Registration) { resumed.append(token) }

    /// Hands a write to the engine at the end of the turn, with all others of the turn; or
    /// answers that too many wait.
    ///
    /// - Parameters:
    ///   - contentBytes: What the write carries.
    ///   - body: What to do on the engine's thread.
    ///   - reply: Called once, on any thread.
    func transact<Answer: Sendable>(
        _ contentBytes: Int,
        _ body: @escaping @Sendable (any Transaction) throws(EngineError) -> Outcome<Answer>,
        reply: @escaping @Sendable (Result<Answer, EngineError>) -> Void
    ) {
        guard shared.writeBudget.admit(contentBytes) else { return reply(.failure(.overloaded)) }
        gather(contentBytes, body, reply: reply)
    }

    /// As ``transact(_:_:reply:)``, for a write whose answer comes by mail.
    ///
    /// That too many wait is said at once: the mailbox has room for what the engine may owe, and
    /// what one turn may refuse is more.
    func write<Answer: Sendable>(
        _ contentBytes: Int,
        _ body: @escaping @Sendable (any Transaction) throws(EngineError) -> Outcome<Answer>,
        mail: @escaping @Sendable (Result<Answer, EngineError>) -> LoopMail
    ) {
        guard shared.writeBudget.admit(contentBytes) else {
            return receive(mail(.failure(.overloaded)))
        }
        let mailbox = mailbox
        gather(contentBytes, body) { mailbox.send(mail($0)) }
    }

    private func gather<Answer: Sendable>(
        _ contentBytes: Int,
        _ body: @escaping @Sendable (any Transaction) throws(EngineError) -> Outcome<Answer>,
        reply: @escaping @Sendable (Result<Answer, EngineError>) -> Void
    ) {
        let (engine, budget) = (engine, shared.writeBudget)
        sealPublishes()
        writes.append {
            engine.transact(body) { result in
                budget.release(contentBytes)
                reply(result)
            }
        }
    }

    /// A reader for a WebSocket that has agreed on so much.
    func messageReader(_ deflate: DeflateParameters?) -> MessageReader {
        guard let deflate else { return MessageReader(terms) }
        let inflater = deflates.inflater(deflate, for: .server)
        return MessageReader(role: .server, limits: terms.limits, inflater: inflater)
    }

    func encoder(_ id: Encoder.ID) -> Encoder { encoders[Int(id)] }

    /// The one encoder of its kind on this loop.
    func encoder(for encoding: Encoding) -> Encoder.ID {
        if let index = encoders.firstIndex(where: { $0.encoding == encoding }) {
            return Encoder.ID(index)
        }
        var deflater: Deflater?
        if case .deflatedFrames(let server) = encoding {
            deflater = deflates.deflater(DeflateParameters(server: server), for: .server)
        }
        encoders.append(Encoder(encoding, epoch: rules.epoch, deflater: deflater))
        return Encoder.ID(encoders.count - 1)
    }

    // MARK: Mail

    func receive(_ mail: LoopMail) {
        switch mail {
        case .answer(let token, let number, let result):
            connection(token)?.http?.answered(number, result)
        case .placed(let publishes, let result): placed(publishes, result)
        case .published(let token, let ref, let result):
            connection(token)?.published(ref, result)
        case .notifications(let token, let result):
            connection(token)?.began(result)
        case .marked(let token, let markRead, let result):
            connection(token)?.marked(markRead, result)
        case .page(let mail): reads.receive(mail)
        case .timersDue(let result): timers?.found(result)
        case .timerRan(let timer, let result): timers?.ran(timer, result)
        case .webhook(let mail): webhooks.receive(mail)
        case .credentialsRevoked: credentialsRevoked()
        case .survey(let walk): begin(walk)
        case .surveyOn: walkOn()
        case .disconnect(let token, let answer): answer(disconnect(token))
        case .drain: drain()
        case .stop: stop()
        }
    }

    private func endOfTurn() {
        metrics.loopTurns.add()
        if commits.takeMissed() { missedCommits(through: engine.status().head) }
        sendGathered()
    }

    /// Hands over the writes of the turn, and sends what it has brought.
    ///
    /// Who has been sent all that waited may go on with a request that was held back, and write:
    /// that is handed over as well, for it may be long until there is another turn.
    private func sendGathered() {
        repeat {
            handOverWrites()
            // The arrays change places, so that in the long run nothing is allocated.
            swap(&dirty, &flushing)
            for connection in flushing { connection.flush() }
            flushing.removeAll(keepingCapacity: true)
            let tokens = resumed
            resumed.removeAll(keepingCapacity: true)
            for token in tokens { connection(token)?.consumer?.drained() }
        } while !dirty.isEmpty || !resumed.isEmpty || !writes.isEmpty || !publishes.isEmpty
    }

    private func handOverWrites() {
        sealPublishes()
        guard !writes.isEmpty else { return }
        engine.together { for write in writes { write() } }
        writes.removeAll(keepingCapacity: true)
    }

    // MARK: Fan-out

    private func fanOut(_ batch: CommittedBatch, isLast: Bool) {
        guard batch.through > tail.head else { return }  // read from the log already
        if let first = batch.events.first, first.position > tail.head + 1 {
            missedCommits(through: first.position - 1)
        }
        tail.append(batch)
        var run = batch.events[...]
        while let first = run.first {
            let end = run.firstIndex { $0.group != first.group } ?? run.endIndex
            deliver(run[..<end], of: first.group, isLast: isLast && end == run.endIndex)
            webhooks.fanOut(run[..<end], of: first.group)
            run = run[end...]
        }
        tellParked()
    }

    /// Lets those go on who wait for the head to move.
    private func tellParked() {
        guard !parked.isEmpty else { return }
        let waiting = parked
        parked.removeAll(keepingCapacity: true)
        for token in waiting { connection(token)?.consumer?.headMoved() }
    }

    /// Some commits were left out: all who are live read them from the log.
    private func missedCommits(through position: UInt64) {
        let head = tail.head
        shared.log(.warning, "loop fell behind the log", ["head": LogValue(head)])
        for case let connection as Connection in loop.allHandlers {
            connection.consumer?.readAgain(after: head)
        }
        tail = Tail(head: max(head, position))
        tellParked()
        webhooks.missedCommits()
    }
}
