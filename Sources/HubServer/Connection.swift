import Bytes
import HTTP1
import Hub
import Log
import Reactor
import Transport

/// A socket and the conversation on it, confined to its loop.
///
/// The way of a message: socket → conversation (protocol core → hub) → engine → fan-out →
/// consumer → queue → socket. `stream` is the one place where bytes come in and go out.
final class Connection: EventHandler, TimerHandler {
    let worker: Worker
    private(set) var token = Registration.none
    private let stream: ByteStream
    private var conversation: (any Conversation)?
    private var queue = OutboundQueue()
    private var interest = Interest.readable
    private var state = State.open
    private var isDirty = false
    private var timer: TimerID?
    /// The position up to which the peer's kernel has been given all events.
    private(set) var sentThrough: UInt64 = 0

    private enum State {
        case open
        /// What waits is sent, then nothing more; a peer that reads gets all of it.
        case finishing(until: EventLoop.Instant)
        /// Our end is shut; what still comes is thrown away until the peer shuts its own, so
        /// that no reset destroys what it has not read (RFC 9112 §9.6).
        case lingering(until: EventLoop.Instant)
        case closed
    }

    private static let lingerTime = Duration.seconds(2)

    var consumer: Consumer? { conversation?.consumer }
    var isDrained: Bool { queue.isEmpty }
    private var isOpen: Bool { if case .open = state { true } else { false } }

    init(_ worker: Worker, _ stream: consuming ByteStream) {
        self.worker = worker
        self.stream = stream
    }

    /// Registers with the loop, which keeps the connection from now on.
    func open() throws(SystemError) {
        token = try worker.loop.register(stream.rawValue, interest, self)
        begin(HTTPConversation(self))
        worker.metrics.connections[.http].add(1)
    }

    /// Goes on with another conversation.
    func begin(_ conversation: any Conversation) {
        self.conversation = conversation
        deadlineChanged()
    }

    /// Whether `conversation` is the one that bytes belong to, and more may come.
    func isTalking(_ conversation: any Conversation) -> Bool {
        isOpen && self.conversation === conversation
    }

    // MARK: In

    /// Hands bytes that came before the conversation changed to the one that is on now.
    func goOn(with bytes: ArraySlice<UInt8>) {
        resumeReading()
        receive(bytes.span)
    }

    func ready(_ readiness: Readiness) {
        if readiness.contains(.writable) { flush() }
        guard !readiness.isDisjoint(with: [.readable, .failed, .hungUp]) else { return }
        switch stream.receive(into: worker.loop.readBuffer) {
        case .bytes(let count):
            worker.metrics.bytesReceived.add(count)
            worker.loop.readBuffer.withBytes(count) { receive($0) }
            updateTimer()
        case .wouldBlock:
            if readiness.contains(.hungUp) { close() }
        case .end: if readiness.contains(.hungUp) { close() } else { receivedEnd() }
        case .failed: close()
        }
        if stream.isBlocked { setInterest(interest.union(.writable)) }
    }

    private func receive(_ input: Span<UInt8>) {
        var offset = 0
        while offset < input.count, isOpen, let conversation {
            conversation.receive(input, from: &offset)
            if self.conversation === conversation { return }
        }
    }

    private func receivedEnd() {
        switch state {
        case .open:
            pauseReading()
            conversation?.ended()
        case .finishing: pauseReading()
        case .lingering, .closed: close()
        }
    }

    /// Leaves what comes in the kernel, so that the peer notices.
    func pauseReading() { setInterest(interest.subtracting(.readable)) }

    func resumeReading() { setInterest(interest.union(.readable)) }

    // MARK: Out

    /// Sends bytes that must arrive, at the end of the turn.
    func send(_ bytes: [UInt8]) { enqueue(OutboundQueue.Piece(bytes: bytes, through: nil)) }

    /// Sends events, or drops them with all that waits where the queue is full.
    ///
    /// - Parameters:
    ///   - bytes: What to send.
    ///   - through: The position that it brings the consumer to.
    /// - Returns: `nil`, or the position that the consumer is left at.
    func send(events bytes: [UInt8], through: UInt64) -> UInt64? {
        // A turn that brings more than a queue holds is no fault of a peer that reads. The
        // conversation is not told yet: it must not join within a run of events.
        if !hasRoom(for: bytes), !interest.contains(.writable) { _ = sendWaiting() }
        guard hasRoom(for: bytes) else {
            return queue.dropEvents() ?? sentThrough
        }
        enqueue(OutboundQueue.Piece(bytes: bytes, through: through))
        return nil
    }

    private func hasRoom(for bytes: [UInt8]) -> Bool {
        queue.isEmpty || queue.byteCount + bytes.count <= worker.settings.queueBytes
    }

    /// Takes note that the consumer has everything up to `position`.
    func reached(_ position: UInt64) { sentThrough = max(sentThrough, position) }

    /// Whether more waits than a consumer may have waiting.
    var isFull: Bool { queue.byteCount > worker.settings.queueBytes }

    private func enqueue(_ piece: OutboundQueue.Piece) {
        guard isOpen else { return }
        queue.append(piece)
        guard !isDirty, !interest.contains(.writable) else { return }
        isDirty = true
        worker.flushLater(self)
    }

    /// Sends what waits, as far as the kernel takes it, and goes on once all of it is gone.
    func flush() {
        isDirty = false
        guard sendWaiting() else { return }
        setInterest(interest.subtracting(.writable))
        switch state {
        case .open:
            conversation?.drained()
            updateTimer()
        case .finishing: linger()
        case .lingering, .closed: break
        }
    }

    /// Sends what waits; whether nothing is left.
    private func sendWaiting() -> Bool {
        if case .closed = state { return false }
        if stream.isBlocked {
            switch stream.flush() {
            case .bytes: break
            case .wouldBlock: return waitUntilWritable()
            case .failed: return failed()
            }
        }
        while let first = queue.first {
            let result =
                queue.hasOnePiece
                ? stream.send(first.bytes, from: queue.offset)
                : stream.sendGathered(
                    queue.pieces(upTo: Socket.largestGather), from: queue.offset)
            switch result {
            case .bytes(let count):
                worker.metrics.bytesSent.add(count)
                if let through = queue.sent(count) { reached(through) }
                if case .finishing = state {
                    state = .finishing(until: worker.loop.now + worker.settings.closeTimeout)
                }
            case .wouldBlock: return waitUntilWritable()
            case .failed: return failed()
            }
        }
        return stream.isBlocked ? waitUntilWritable() : true
    }

    private func waitUntilWritable() -> Bool {
        setInterest(interest.union(.writable))
        return false
    }

    private func failed() -> Bool {
        close()
        return false
    }

    private func setInterest(_ wanted: Interest) {
        guard wanted != interest else { return }
        interest = wanted
        if case .closed = state { return }
        worker.loop.modify(token, wanted)
    }

    // MARK: Time

    private func updateTimer() {
        guard timer == nil else { return }  // an early call only looks again
        let deadline: EventLoop.Instant? =
            switch state {
            case .open: conversation?.deadline
            case .finishing(let until): until
            case .lingering(let until): until
            case .closed: nil
            }
        if let deadline { timer = worker.loop.schedule(at: deadline, self) }
    }

    func timePassed(_ id: TimerID) {
        timer = nil
        switch state {
        case .open:
            if let deadline = conversation?.deadline, deadline <= worker.loop.now {
                conversation?.timePassed()
            }
        case .finishing(let until): if until <= worker.loop.now { close() }
        case .lingering(let until): if until <= worker.loop.now { close() }
        case .closed: return
        }
        updateTimer()
    }

    /// Looks at the conversation's deadline again: it is nearer than it was.
    func deadlineChanged() {
        if let timer { worker.loop.cancel(timer) }
        timer = nil
        updateTimer()
    }

    // MARK: The end

    /// Sends what waits, and then ends the connection.
    func finish() {
        guard isOpen else { return }
        state = .finishing(until: worker.loop.now + worker.settings.closeTimeout)
        deadlineChanged()
        if queue.isEmpty { linger() }
    }

    private func linger() {
        stream.shutdownWrite()
        state = .lingering(until: worker.loop.now + Self.lingerTime)
        setInterest(.readable)
        deadlineChanged()
    }

    /// Ends the connection at once.
    func close() {
        if case .closed = state { return }
        state = .closed
        if let timer { worker.loop.cancel(timer) }
        timer = nil
        worker.loop.deregister(token)
        conversation?.closed()
        conversation = nil  // it holds the connection as well
        worker.closed(self)
    }

    func drain(slot: Duration) {
        guard isOpen else { return }
        conversation?.drain(slot: slot)
        updateTimer()
    }

    // MARK: Mail

    var http: HTTPConversation? { conversation as? HTTPConversation }

    func published(_ ref: [UInt8]?, _ result: Result<Reaction.Answer, EngineError>) {
        (conversation as? WebSocketConversation)?.published(ref, result)
    }

    func began(_ result: Result<InitialNotifications, EngineError>) {
        (conversation as? WebSocketConversation)?.began(result)
    }

    func marked(_ markRead: MarkRead, _ result: Result<MarkRead.Effect, EngineError>) {
        (conversation as? WebSocketConversation)?.marked(markRead, result)
    }
}
