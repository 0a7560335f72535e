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
final class Connection: EventHandler {
    let worker: Worker
    private(set) var token = Registration.none
    let stream: ByteStream
    private(set) var conversation: (any Conversation)?
    private(set) var queue = OutboundQueue()
    /// The position up to which the peer's kernel has been given all events.
    private(set) var sentThrough: UInt64 = 0
    /// When the loop will wake it, at the latest.
    private var wakeUp = EventLoop.Instant.distantFuture
    private var state = State.open
    private var isDirty = false
    /// How fan-out reaches it.
    var delivery = Delivery.none
    /// Where it stands in the subscription table; see ``TableMember``.
    var place: UInt32 = 0
    private var interest = Interest.readable
    /// Seconds from the hub's start to this connection's.
    let startSeconds: UInt32
    /// `nil` for a hub without an audit log.
    var audit: AuditTrail?
    /// As whose it counts; ``AddressKey/proxy`` where each request has to be asked.
    let client: AddressKey

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

    var isDrained: Bool { queue.isEmpty }
    var isFinishing: Bool { if case .finishing = state { true } else { false } }
    var isOpen: Bool { if case .open = state { true } else { false } }

    init(_ worker: Worker, _ stream: consuming ByteStream, from client: AddressKey) {
        self.worker = worker
        self.stream = stream
        self.client = client
        startSeconds = worker.age
    }

    /// Registers with the loop, which keeps the connection from now on.
    func open() throws(SystemError) {
        token = try worker.loop.register(stream.rawValue, interest, self)
    }

    /// Goes on with another conversation.
    func begin(_ conversation: any Conversation) {
        self.conversation = conversation
        wakeInTime()
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
            wakeInTime()
            if stream.hasMore { ready(.readable) }
        case .wouldBlock:
            if readiness.contains(.hungUp) { close() }
        case .end: if readiness.contains(.hungUp) { close() } else { receivedEnd() }
        case .failed: lost()
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

    /// Sends events that all who are live are sent, if nothing waits before them.
    ///
    /// The one step that is done for each event and consumer. It looks at nothing but this
    /// object, at properties that no other access can overlap, so that Swift checks none.
    ///
    /// - Parameters:
    ///   - bytes: What to send.
    ///   - through: The position that it brings the consumer to.
    /// - Returns: How much was sent, the rest waits; `nil` if nothing has happened to it.
    @inline(__always)
    func sendNow(events bytes: [UInt8], through: UInt64) -> Int? {
        // What waits makes it dirty, or waits for the socket to be writable.
        guard !isDirty, !interest.contains(.writable), isOpen else { return nil }
        guard case .bytes(let count) = stream.send(bytes, from: 0) else { return nil }
        if count == bytes.count, !stream.isBlocked {
            reached(through)
        } else {
            queue.append(OutboundQueue.Piece(bytes: bytes, through: through))
            if let through = queue.sent(count) { reached(through) }
            setInterest(interest.union(.writable))
        }
        return count
    }

    /// Puts events that all who are live are sent behind what waits.
    func gather(events bytes: [UInt8], through: UInt64) {
        if let kept = send(events: bytes, through: through) { consumer?.fellBehind(at: kept) }
    }

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

    private var deadline: EventLoop.Instant? {
        switch state {
        case .open: conversation?.deadline
        case .finishing(let until), .lingering(let until): until
        case .closed: nil
        }
    }

    /// Sees to it that the loop calls when the deadline has come.
    ///
    /// To be called when it is nearer than it was; one that is farther is looked at again then.
    func wakeInTime() {
        guard let deadline, deadline < wakeUp else { return }
        wakeUp = deadline
        worker.loop.wake(token, at: deadline)
    }

    func timePassed() {
        let now = worker.loop.now
        guard wakeUp <= now else { return }  // another call is on its way
        wakeUp = .distantFuture
        if let deadline, deadline <= now {
            if case .open = state { conversation?.timePassed() } else { cutOff() }
        }
        wakeInTime()
    }

    // MARK: The end

    /// Sends what waits, and then ends the connection.
    func finish() {
        guard isOpen else { return }
        state = .finishing(until: worker.loop.now + worker.settings.closeTimeout)
        wakeInTime()
        if queue.isEmpty, !stream.isBlocked { linger() }
    }

    private func linger() {
        stream.shutdownWrite()
        state = .lingering(until: worker.loop.now + Self.lingerTime)
        setInterest(.readable)
        wakeInTime()
    }

    /// Ends the connection at once.
    func close() {
        if case .closed = state { return }
        state = .closed
        worker.loop.deregister(token)
        conversation?.closed()
        conversation = nil  // it holds the connection as well
        worker.closed(self)
    }
}
