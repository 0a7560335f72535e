import Bytes
import Crypto
import Log
import Reactor
import WebSocket

/// Runs a ``TailSession``: its connections, its clock, and what it delivers.
///
/// Confined to its loop, whose `endOfTurn` it takes. The way of an event, in the order of the
/// lines below: connection → session → batch → delivery.
public final class Tail: TimerHandler {
    /// How many bytes may be handed over and not yet settled before the hub is read no further.
    static let windowBytes = 1 << 20
    /// What an item costs beside its JSON.
    private static let itemBytes = 200

    private let address: HubAddress
    private let context: ClientContext
    private let options: Connection.Options
    private let showsDetails: Bool
    private let finished: (TailEnding, TailSession) -> Void
    private var session: TailSession
    private var random = SystemRandom()
    private var actions: [TailSession.Action] = []
    private var delivery: Delivery?
    private var connection: Connection?
    private var timer: TimerID?
    private var batch: [Delivery.Item] = []
    private var batchBytes = 0
    private var unsettledBytes = 0
    private var status = ""
    private var ending: TailEnding?
    private var isDelivered = false

    /// Makes a tail; it does nothing until ``start(_:)``.
    ///
    /// - Parameters:
    ///   - plan: What to read.
    ///   - address: From which hub.
    ///   - context: The loop to run on.
    ///   - options: How to connect.
    ///   - backoff: How long to wait between attempts.
    ///   - showsDetails: Whether people are told of what went well.
    ///   - finished: Called once, when the last cursor is stored and the connection closed.
    public init(
        _ plan: TailPlan, from address: HubAddress, _ context: ClientContext,
        options: Connection.Options = Connection.Options(), backoff: Backoff = Backoff(),
        showsDetails: Bool,
        finished: @escaping (TailEnding, TailSession) -> Void
    ) {
        session = TailSession(plan, backoff: backoff)
        self.address = address
        self.context = context
        self.options = options
        self.showsDetails = showsDetails
        self.finished = finished
    }

    /// Begins.
    ///
    /// - Parameters:
    ///   - sink: What to do with events.
    ///   - state: Where to store the cursor.
    ///   - screen: What people see.
    /// - Throws: `pthread_create`.
    public func start(
        _ sink: Delivery.Sink, state: StateStore?, screen: Screen
    ) throws(SystemError) {
        delivery = try Delivery(sink, state: state, screen: screen, on: context.loop) {
            [weak self] report in self?.take(report)
        }
        context.loop.endOfTurn = { [weak self] in self?.endOfTurn() }
        handle(.start)
    }

    /// Ends after the event that is under way; `finished` is called then.
    public func stop(_ ending: TailEnding) { handle(.stop(ending)) }

    public func timePassed(_ timer: TimerID) {
        self.timer = nil
        handle(.timePassed)
    }

    // MARK: Connection → session

    private func connect() {
        connection = Connection(to: address, context, options: options) { [weak self] event in
            self?.take(event)
        }
    }

    private func take(_ event: ConnectionEvent) {
        switch event {
        case .opened: handle(.connected)
        case .received(.text(let text)):
            do {
                handle(.received(try ServerMessage.decode(text)))
            } catch {
                hangUp(.failed("the hub sent what is no message: \(error)"))
            }
        case .received(.binary): hangUp(.failed("the hub sent a binary message"))
        case .received(.ping), .received(.pong), .received(.close): break
        case .ended(let loss):
            connection = nil
            handle(.disconnected(loss))
            finishIfDone()
        }
    }

    private func hangUp(_ loss: ConnectionLoss) {
        connection?.abandon()
        connection = nil
        handle(.disconnected(loss))
    }

    // MARK: Session → actions

    private func handle(_ event: TailSession.Event) {
        var taken: [TailSession.Action] = []
        swap(&taken, &actions)  // an action may bring on the next event
        session.handle(event, now: context.loop.now, random: &random, into: &taken)
        for action in taken { perform(action) }
        taken.removeAll(keepingCapacity: true)
        actions = taken
    }

    private func perform(_ action: TailSession.Action) {
        switch action {
        case .dial: connect()
        case .send(let text): connection?.send(text)
        case .deliver(let event): append(.event(event), bytes: event.json.count)
        case .mark(let cursor): append(.mark(cursor), bytes: 0)
        case .report(let notice):
            guard showsDetails || notice.weight != .detail else { return }
            append(.notice(notice.message), bytes: 0)
        case .readCredential: handle(.credential(context.credential?.readAgain() ?? .fixed))
        case .authenticate(let ref):
            guard let token = context.credential?.token else { return }
            connection?.send(ClientMessage.authenticate(token, ref: ref))
        case .hangUp:
            connection?.abandon()
            connection = nil
        case .end(let ending): end(ending)
        }
    }

    private func end(_ ending: TailEnding) {
        self.ending = ending
        connection?.close()
        sendBatch()
        switch ending {
        case .interrupted, .timedOut, .delivery: delivery?.cancel()
        case .counted, .caughtUp, .refused, .unauthorized, .unreachable: delivery?.finish()
        }
    }

    private func finishIfDone() {
        guard let ending, isDelivered, connection == nil else { return }
        self.ending = nil
        delivery?.join()
        if let timer { context.loop.cancel(timer) }
        finished(ending, session)
    }

    // MARK: Batch → delivery

    private func append(_ item: Delivery.Item, bytes: Int) {
        batch.append(item)
        batchBytes += bytes + Self.itemBytes
    }

    private func endOfTurn() {
        showStatus()
        sendBatch()
        if unsettledBytes + batchBytes > Self.windowBytes { connection?.isPaused = true }
        schedule()
    }

    private func sendBatch() {
        guard !batch.isEmpty, let delivery, delivery.send(batch, bytes: batchBytes) else { return }
        unsettledBytes += batchBytes
        batch = []
        batchBytes = 0
    }

    private func take(_ report: Delivery.Report) {
        switch report {
        case .settled(let bytes):
            unsettledBytes -= bytes
            if unsettledBytes < Self.windowBytes / 2 { connection?.isPaused = false }
        case .failed(let failure): handle(.stop(.delivery(failure)))
        case .finished:
            isDelivered = true
            finishIfDone()
        }
    }

    private func showStatus() {
        guard showsDetails, ending == nil else { return }
        let text = session.statusLine(address.text)
        guard text != status else { return }
        status = text
        append(.status(text), bytes: 0)
    }

    private func schedule() {
        if let timer { context.loop.cancel(timer) }
        timer = session.deadline.map { context.loop.schedule(at: $0, self) }
    }
}

extension TailSession {
    /// What a terminal shows of it, on one line.
    func statusLine(_ address: String) -> String {
        let phase =
            switch state {
            case .idle, .dialing: "connecting to \(address)"
            case .subscribing, .postponed: "subscribing at \(address)"
            case .replaying: "catching up"
            case .live: "live"
            case .unauthorized: "looking for another key"
            case .waiting: "waiting to reconnect to \(address)"
            case .ended: "ending"
            }
        let events = "\(delivered) event\(delivered == 1 ? "" : "s")"
        return [phase, events, cursor?.text].compactMap(\.self).joined(separator: " · ")
    }
}
