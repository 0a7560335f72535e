import Time

/// One thread's loop.
///
/// An `EventLoop`, and all that is built on it, stays on the thread that made it: it is not
/// `Sendable`, so the compiler refuses to let it leave. Other threads reach it through its
/// ``LoopHandle`` and through a ``Mailbox``.
///
/// A turn of the loop, always in this order:
///
/// 1. it waits until a descriptor is ready, a timer is due, or mail comes;
/// 2. timers that are due, earliest first, then handlers that are to be woken;
/// 3. descriptors that are ready, as the kernel lists them;
/// 4. requests of ``LoopHandle/execute(_:)``, then mail, mailbox by mailbox;
/// 5. ``endOfTurn``;
/// 6. handlers that this turn deregistered are let go, and with them what they own. No
///    handler dies while it runs, and no descriptor is closed before the turn's end.
public final class EventLoop {
    public typealias Instant = Time.Instant

    /// The token of the loop's own eventfd.
    private static let wakeToken = UInt64.max

    /// The loop as other threads see it.
    public let handle: LoopHandle
    /// The time at which this turn began to handle what came.
    public private(set) var now: Instant
    /// Room for one `recv`, shared by all connections of the loop.
    public let readBuffer = ReadBuffer()
    /// Called in each turn after all else: the place to send what the turn has gathered.
    public var endOfTurn: (() -> Void)?

    private let poller: any Poller
    private let clock: () -> Instant
    private var handlers = SlotTable<any EventHandler>()
    private var timers = TimerQueue()
    private var wakeUps = DeadlineHeap()
    /// With so many wake-ups, those of handlers that are gone are taken out.
    private var manyWakeUps = 64
    @usableFromInline var mailboxes: [(deliver: () -> Void, close: () -> Void)] = []
    private var released: [any EventHandler] = []
    private var events: [PollEvent] = []
    private var due: [TimerID] = []
    private var woken: [UInt64] = []
    private var isStopping = false

    /// Makes the loop of the calling thread, over epoll.
    ///
    /// - Parameters:
    ///   - handle: A handle that was made before, if mailboxes needed one.
    ///   - clock: What time it is; another than the system's in tests only.
    /// - Throws: `epoll_create1` or `eventfd`, when no descriptor is left.
    public convenience init(
        handle: LoopHandle? = nil, clock: @escaping () -> Instant = { .now }
    ) throws(SystemError) {
        try self.init(handle: handle, poller: Epoll(), clock: clock)
    }

    /// Makes a loop over a poller and a clock of the caller's own; for tests.
    ///
    /// - Parameters:
    ///   - handle: A handle that was made before, if mailboxes needed one.
    ///   - poller: What waits.
    ///   - clock: What time it is.
    /// - Throws: What the poller throws for the loop's own eventfd; `eventfd`.
    public init(
        handle: LoopHandle? = nil, poller: any Poller, clock: @escaping () -> Instant
    ) throws(SystemError) {
        let handle = if let handle { handle } else { try LoopHandle() }
        self.handle = handle
        self.poller = poller
        self.clock = clock
        now = clock()
        // Only changes: the eventfd then never has to be read.
        try poller.add(
            handle.descriptor.rawValue, [.readable, .onlyChanges], token: Self.wakeToken)
    }

    deinit { handle.close() }

    // MARK: Descriptors

    /// How many descriptors are registered.
    public var registrationCount: Int { handlers.count }

    /// Who is told of a registration; `nil` once it was deregistered.
    public func handler(of registration: Registration) -> (any EventHandler)? {
        handlers[registration.token]
    }

    /// All who are registered now, in no particular order.
    public var allHandlers: [any EventHandler] { handlers.all }

    /// Shows who is registered in `count` slots from `slot` on; the slot to go on with, or `nil`.
    ///
    /// What is shown must not register or deregister anybody.
    public func visitHandlers(
        from slot: Int, atMost count: Int, _ body: (any EventHandler) -> Void
    ) -> Int? {
        handlers.visit(from: slot, atMost: count, body)
    }

    /// Watches `descriptor`, and keeps `handler` until it is deregistered.
    ///
    /// - Parameters:
    ///   - descriptor: An open descriptor; it must stay open as long as it is registered.
    ///   - interest: What to wait for.
    ///   - handler: Who is told.
    /// - Returns: What names the registration.
    /// - Throws: `epoll_ctl`: `ENOSPC` or `ENOMEM` when the kernel has no room.
    public func register(
        _ descriptor: Int32, _ interest: Interest, _ handler: any EventHandler
    ) throws(SystemError) -> Registration {
        let token = handlers.insert(handler, number: UInt32(bitPattern: descriptor))
        do {
            try poller.add(descriptor, interest, token: token)
        } catch {
            _ = handlers.remove(token)
            throw error
        }
        return Registration(token: token)
    }

    /// Waits for something else from now on; nothing happens if it was deregistered.
    ///
    /// - Parameters:
    ///   - registration: Which descriptor.
    ///   - interest: What to wait for, instead of what was waited for before.
    public func modify(_ registration: Registration, _ interest: Interest) {
        guard let number = handlers.number(of: registration.token) else { return }
        do {
            try poller.modify(Int32(bitPattern: number), interest, token: registration.token)
        } catch {
            preconditionFailure("a registered descriptor was closed: \(error)")
        }
    }

    /// Ends the watch; its handler hears nothing more, and is let go at the end of the turn.
    ///
    /// - Parameter registration: Which descriptor; nothing happens if it is not registered.
    public func deregister(_ registration: Registration) {
        guard let number = handlers.number(of: registration.token),
            let handler = handlers.remove(registration.token)
        else { return }
        released.append(handler)
        do {
            try poller.remove(Int32(bitPattern: number))
        } catch {
            preconditionFailure("a registered descriptor was closed: \(error)")
        }
    }

    // MARK: Timers

    /// How many timers wait.
    public var timerCount: Int { timers.count }

    /// Tells `handler` once when a time has come, and keeps it until then.
    ///
    /// Cheap, but not free: who moves a deadline with each message keeps the deadline itself,
    /// and schedules anew when the timer has come too early.
    ///
    /// - Parameters:
    ///   - instant: When; in the past means the next turn.
    ///   - handler: Who is told.
    /// - Returns: What names the timer.
    @discardableResult
    public func schedule(at instant: Instant, _ handler: any TimerHandler) -> TimerID {
        timers.schedule(at: instant.nanoseconds, handler)
    }

    /// Cancels a timer, and lets its handler go; nothing happens if it has fired.
    ///
    /// - Parameter timer: Which one.
    public func cancel(_ timer: TimerID) {
        let handler = timers.cancel(timer)
        withExtendedLifetime(handler) {}
    }

    /// Tells the handler of a registration when a time has come: for the many that each have
    /// a deadline, at 16 bytes each.
    ///
    /// It cannot be taken back: a handler keeps its deadline, and looks whether it has come.
    ///
    /// - Parameters:
    ///   - registration: Whose handler; nobody is told once it was deregistered.
    ///   - instant: When; in the past means the next turn.
    public func wake(_ registration: Registration, at instant: Instant) {
        wakeUps.insert(registration.token, at: instant.nanoseconds)
        guard wakeUps.count > manyWakeUps else { return }
        wakeUps.keep { handlers[$0] != nil }
        manyWakeUps = max(64, 2 * wakeUps.count)
    }

    /// How many wake-ups wait, those of handlers that are gone among them.
    var wakeUpCount: Int { wakeUps.count }

    // MARK: Mail

    /// Takes the messages of `mailbox` on this loop, until the loop ends and closes it.
    ///
    /// - Parameters:
    ///   - mailbox: A mailbox that was made for this loop.
    ///   - receive: Called with all that waits, oldest first; it may take the array's content.
    @inlinable
    public func attach<Message>(
        _ mailbox: Mailbox<Message>, _ receive: @escaping (inout [Message]) -> Void
    ) {
        var batch: [Message] = []
        let deliver = {
            mailbox.takeAll(into: &batch)
            guard !batch.isEmpty else { return }
            receive(&batch)
            batch.removeAll(keepingCapacity: true)
        }
        mailboxes.append((deliver, mailbox.close))
        handle.wake()  // for what came before
    }

    // MARK: Turns

    /// Runs turn after turn until ``stop()``, and then ends as ``close()`` does.
    public func run() {
        while !isStopping { turn() }
        close()
    }

    /// Lets go of all handlers, timers and mailboxes, and refuses mail from now on.
    ///
    /// Handlers hold their loop, and the loop its handlers: this parts them, and so closes
    /// what they own. It is the last call; ``run()`` makes it itself.
    public func close() {
        handle.close()
        for mailbox in mailboxes { mailbox.close() }
        mailboxes = []
        endOfTurn = nil
        let dropped = (handlers.removeAll(), timers.removeAll())
        wakeUps.removeAll()
        withExtendedLifetime(dropped) {}
        letGo()
    }

    /// Ends ``run()`` after this turn, or before its first.
    public func stop() { isStopping = true }

    /// One turn; tests call it with a poller and a clock of their own.
    public func turn() {
        do {
            try poller.wait(for: timeout(), into: &events)
        } catch {
            preconditionFailure("the loop cannot wait: \(error)")
        }
        let hasMail = handle.wakeUp()
        now = clock()
        fireTimers()
        for event in events { handlers[event.token]?.ready(event.readiness) }
        if hasMail { deliver() }
        endOfTurn?()
        letGo()
    }

    /// Lets go of what was deregistered; it may deregister more as it dies.
    private func letGo() {
        while !released.isEmpty {
            var dying: [any EventHandler] = []
            swap(&dying, &released)
        }
    }

    private func timeout() -> Duration? {
        guard handle.fallAsleep() else { return .zero }
        let earliest = min(timers.earliest() ?? .max, wakeUps.first?.deadline ?? .max)
        guard earliest < .max else { return nil }
        return .nanoseconds(max(0, earliest - clock().nanoseconds))
    }

    private func fireTimers() {
        timers.collect(upTo: now.nanoseconds, into: &due)
        if !due.isEmpty {
            for timer in due { timers.take(timer)?.timePassed(timer) }
            due.removeAll(keepingCapacity: true)
        }
        while let first = wakeUps.first, first.deadline <= now.nanoseconds {
            wakeUps.removeFirst()
            woken.append(first.token)
        }
        guard !woken.isEmpty else { return }
        for token in woken { handlers[token]?.timePassed() }
        woken.removeAll(keepingCapacity: true)
    }

    private func deliver() {
        for request in handle.takeRequests() { request(self) }
        for mailbox in mailboxes { mailbox.deliver() }
    }
}

@available(*, unavailable, message: "an EventLoop stays on its thread; send to its Mailbox")
extension EventLoop: Sendable {}
