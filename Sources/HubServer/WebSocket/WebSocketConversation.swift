import Bytes
import Hub
import Log
import PerMessageDeflate
import Reactor
import WebSocket

/// A WebSocket (RFC 6455): frames in, the hub's messages and events out.
final class WebSocketConversation: Conversation, Outlet {
    /// What of its plan is needed as long as it lives.
    enum Use {
        case consumer
        indirect case notifications(ConsumerID)
        case echo

        init(_ plan: WebSocketPlan) {
            switch plan {
            case .consumer: self = .consumer
            case .notifications(let id): self = .notifications(id)
            case .echo: self = .echo
            }
        }
    }

    /// What has to come in time.
    private enum Wait {
        /// Any sign of life.
        case peer(KeepAlive)
        /// The peer's Close, as ours is out.
        case close(until: EventLoop.Instant)
    }

    let connection: Connection
    let use: Use
    private(set) var consumer: Consumer?
    /// Whose it is; `nil` on an open hub.
    var identity: Identity?
    var transport: ConnectionReport.Transport? { .websocket }
    /// What the client has sent and is not looked at yet; see ``isPutOff``.
    var held: [UInt8]?
    var reader: MessageReader
    private var wait: Wait
    var closing = ClosingHandshake(role: .server)
    private let encoderID: Encoder.ID
    /// How it is to be closed, once the writes that are under way are answered.
    var farewell: CloseCode?
    /// What it has sent of late, where that is counted.
    private(set) lazy var pace = Pace()
    /// Writes of this client that the engine has not answered yet.
    var writesUnderWay: Int32 = 0

    var worker: Worker { connection.worker }
    var outlet: (any Outlet)? { self }
    private var encoder: Encoder { worker.encoder(encoderID) }
    var isDrained: Bool { connection.isDrained }
    var sentThrough: UInt64 { connection.sentThrough }

    init(_ connection: Connection, _ agreement: HandshakeAgreement, _ plan: WebSocketPlan) {
        self.connection = connection
        use = Use(plan)
        let worker = connection.worker
        reader = worker.messageReader(agreement.deflate)
        wait = .peer(KeepAlive(worker.patience, now: worker.loop.now))
        encoderID = worker.encoder(
            for: agreement.deflate.map { .deflatedFrames($0.server) } ?? .frames)
    }

    /// Greets the client, and subscribes it to what its URL names.
    ///
    /// - Parameter plan: `nil` for one that is turned away.
    func start(_ plan: WebSocketPlan?) {
        worker.metrics.connections[.websocket].add(1)
        let clients = worker.shared.webSockets.wrappingAdd(1, ordering: .relaxed).newValue
        switch plan {
        case .consumer(let request):
            say(worker.rules.welcome(clients: clients, head: worker.tail.head))
            let consumer = beginConsumer()
            if let request { consumer.subscribe(request) }
        case .notifications(let id):
            held = []
            connection.pauseReading()
            let (mailbox, token) = (worker.mailbox, connection.token)
            worker.engine.read(worker.rules.initialNotifications(of: id)) {
                mailbox.send(.notifications(token, $0))
            }
        case .echo, nil: break
        }
    }

    private func beginConsumer() -> Consumer {
        let consumer = Consumer(connection, .encoded(encoderID))
        self.consumer = consumer
        return consumer
    }

    /// Tells a consumer of notifications what it has not read, and goes on from there.
    func began(_ result: Result<InitialNotifications, EngineError>) {
        guard case .notifications(let id) = use, let input = held.take() else { return }
        switch result {
        case .success(let initial):
            say(.initialNotifications(initial))
            beginConsumer().subscribe(worker.rules.subscription(of: id, after: initial))
        case .failure(let error):
            giveUp(Failure(error))
        }
        connection.goOn(with: input[...])
    }

    // MARK: In

    /// Takes note that the peer lives.
    func heard() {
        guard case .peer(var keepAlive) = wait else { return }
        _ = keepAlive.handle(.received, now: worker.loop.now, worker.patience)
        wait = .peer(keepAlive)
    }

    func take(_ incoming: Incoming) {
        switch incoming {
        case .ping(let payload):
            // RFC 6455 §5.5.2: it is answered all the same, as long as no Close is sent.
            if isTaking { _ = isWithinMessageRate(incoming) }
            if isTaking { send(.pong, payload) }
        case .pong: break
        case .close(let code, _): perform(closing.handle(.closeReceived(code)))
        case .text, .binary:
            if isTaking { take(message: incoming) }
        }
    }

    private func take(message: Incoming) {
        worker.metrics.messagesReceived.add()
        guard isWithinMessageRate(message) else { return }
        switch message {
        case .ping, .pong, .close: break
        case .text(let text):
            if case .echo = use { echo(.text, text) } else { take(text: text) }
        case .binary(let bytes):
            if case .echo = use { return echo(.binary, bytes) }
            perform(closing.handle(.closeRequested(.unsupportedData)))
        }
    }

    private func echo(_ opcode: Opcode, _ message: [UInt8]) {
        var output: [UInt8] = []
        if let deflater = encoder.deflater {
            var payload: [UInt8] = []
            deflater.deflate(message.span, into: &payload)
            FrameWriter.append(opcode, payload, isCompressed: true, to: &output)
        } else {
            FrameWriter.append(opcode, message, to: &output)
        }
        if closing.isOpen { connection.send(output) }
    }

    private func take(text: [UInt8]) {
        do {
            guard let message = try read(text) else { return }
            switch message {
            case .subscribe(let request): subscribe(request)
            case .unsubscribe(let patterns, let ref): consumer?.unsubscribe(patterns, ref: ref)
            case .markRead(let request): try markRead(request)
            case .ping(let ref): say(.pong(ref: ref))
            case .publish(let request, let ref): try publishIfGranted(request, ref: ref)
            case .auth(let token, let ref): try renew(token, ref: ref)
            }
        } catch {
            note(error.failure)
            say(error.message)
        }
    }

    // MARK: Out

    func say(_ message: ServerMessage) {
        guard closing.isOpen else { return }
        worker.metrics.messagesSent.add()
        connection.send(encoder.encode(message))
    }

    func replay(_ events: [Event], through: UInt64) { replay(encoder.encode(events)) }

    func replay(_ shared: SharedPage) { replay(shared.bytes(encoderID, of: encoder)) }

    private func replay(_ bytes: [UInt8]) { if closing.isOpen { connection.send(bytes) } }

    func deliver(_ events: ArraySlice<Event>, through: UInt64) {
        gather(encoder.encode(events), through: through)
    }

    func sayCaughtUp(_ cursor: Cursor) {
        worker.metrics.messagesSent.add()
        gather(encoder.encode(.caughtUp(cursor)), through: cursor.position)
    }

    func reached(_ position: UInt64) { connection.reached(position) }

    private func gather(_ events: [UInt8], through: UInt64) {
        if closing.isOpen { connection.gather(events: events, through: through) }
    }

    func giveUp(_ failure: Failure) {
        say(.error(failure, failure.title, ref: nil))
        perform(closing.handle(.closeRequested(.tryAgainLater)))
    }

    private func send(_ opcode: Opcode, _ payload: [UInt8]) {
        guard closing.isOpen else { return }
        var output: [UInt8] = []
        FrameWriter.append(opcode, payload, to: &output)
        connection.send(output)
    }

    func drained() {
        goOnReading()
        consumer?.drained()
    }

    // MARK: Time and end

    var deadline: EventLoop.Instant? {
        isPutOff && mayGoOn ? worker.loop.now : patienceEnd
    }

    private var patienceEnd: EventLoop.Instant {
        switch wait {
        case .peer(let keepAlive):
            identity?.deadline.map { min(keepAlive.deadline, worker.instant(of: $0)) }
                ?? keepAlive.deadline
        case .close(let deadline): deadline
        }
    }

    func timePassed() {
        if isPutOff { takePutOff() }
        guard patienceEnd <= worker.loop.now, connection.isTalking(self) else { return }
        guard case .peer = wait else { return perform(closing.handle(.deadlinePassed)) }
        checkIdentity()
        guard case .peer(var keepAlive) = wait else { return }
        let action = keepAlive.handle(.timePassed, now: worker.loop.now, worker.patience)
        wait = .peer(keepAlive)
        switch action {
        case .none: break
        case .sendPing:
            consumer?.bookmark()
            send(.ping, [])
        case .giveUp:  // WIRE §4: 4201, though a peer that is gone will not read it
            connection.note(.noPong)
            perform(closing.handle(.closeRequested(.noPong)))
        }
    }

    func perform(_ action: ClosingHandshake.Action) {
        switch action {
        case .none: break
        case .sendCloseAndWait(let code):
            sendClose(code)
            wait = .close(until: worker.loop.now + worker.settings.closeTimeout)
            connection.wakeInTime()
        case .sendCloseAndShut(let code):
            sendClose(code)
            connection.finish()
        case .shut: connection.finish()
        }
    }

    private func sendClose(_ code: CloseCode?) {
        var output: [UInt8] = []
        FrameWriter.appendClose(code, to: &output)
        connection.send(output)
        connection.audit?.closes(code?.rawValue)
        consumer?.end()  // RFC 6455 §5.5.1: nothing may follow it
    }

    func ended() { connection.close() }

    func closed() {
        consumer?.end()
        connection.audit?.ended(identity, now: worker.loop.now, without: "1006")
        worker.metrics.connections[.websocket].add(-1)
        worker.shared.webSockets.wrappingSubtract(1, ordering: .relaxed)
    }
}
