import Glibc

/// The way of work to a thread that has no loop and may block.
///
/// It is `Sendable` because all that changes in it, `messages`, `isClosed` and
/// `batchesUnderWay`, is reached only with `mutex` held, and `Message` itself is.
@safe
public final class WorkQueue<Message: Sendable>: @unchecked Sendable {
    @usableFromInline let capacity: Int
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline let condition: UnsafeMutablePointer<pthread_cond_t>
    @usableFromInline var messages: [Message] = []
    @usableFromInline var isClosed = false
    /// Senders that are not done yet.
    @usableFromInline var batchesUnderWay = 0

    /// Makes an empty queue.
    ///
    /// - Parameter capacity: The most messages that wait at one time.
    @inlinable
    public init(capacity: Int) {
        self.capacity = capacity
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe condition = .allocate(capacity: 1)
        unsafe condition.initialize(to: pthread_cond_t())
        // A step of the wall clock must not lengthen a wait.
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    @inlinable
    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe condition.deallocate()
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    /// Puts `message` behind those that wait; from any thread.
    ///
    /// - Parameter message: What to hand over.
    /// - Returns: `.delivered`, or why it was not.
    @inlinable
    @discardableResult
    public func send(_ message: Message) -> MailOutcome {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        if isClosed { return .closed }
        if messages.count == capacity { return .full }
        messages.append(message)
        if messages.count == 1, batchesUnderWay == 0 { unsafe pthread_cond_signal(condition) }
        return .delivered
    }

    /// Keeps the receiver from taking what `body` sends until all of it is sent, so that it is
    /// received together; from any thread.
    ///
    /// - Parameter body: Sends, and does nothing that takes time: what others send waits too.
    public func together(_ body: () -> Void) {
        addBatch(1)
        body()
        addBatch(-1)
    }

    private func addBatch(_ change: Int) {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        batchesUnderWay += change
        if batchesUnderWay == 0, !messages.isEmpty { unsafe pthread_cond_signal(condition) }
    }

    /// Whether there is nothing that may be taken; with the lock held.
    @usableFromInline var mustWait: Bool {
        (messages.isEmpty || batchesUnderWay > 0) && !isClosed
    }

    /// Waits until there is work, and takes all of it, oldest first; for one thread only.
    ///
    /// - Returns: What waited; nothing once the queue is closed and empty.
    @inlinable
    public func receive() -> [Message] {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while mustWait { unsafe pthread_cond_wait(condition, mutex) }
        defer { messages = [] }
        return messages
    }

    /// Takes all that waits, oldest first, or else waits for work; for one thread only.
    ///
    /// - Parameter timeout: How long to wait where there is none; zero for not at all.
    /// - Returns: What waited; nothing when the time has passed, or the queue is closed and empty.
    public func receive(within timeout: Duration) -> [Message] {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        if mustWait, timeout > .zero {
            var deadline = timespec()
            unsafe clock_gettime(CLOCK_MONOTONIC, &deadline)
            let (seconds, attoseconds) = timeout.components
            let nanoseconds = deadline.tv_nsec + Int(attoseconds / 1_000_000_000)
            deadline.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
            deadline.tv_nsec = nanoseconds % 1_000_000_000
            while mustWait {
                let code = unsafe pthread_cond_timedwait(condition, mutex, &deadline)
                if code == ETIMEDOUT { break }
            }
        }
        defer { messages = [] }
        return messages
    }

    /// How many messages wait.
    public var count: Int {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return messages.count
    }

    /// Whether nothing is taken any more.
    public var isAtEnd: Bool {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return isClosed && messages.isEmpty
    }

    /// Refuses what comes from now on; what waits is still received.
    @inlinable
    public func close() {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        isClosed = true
        unsafe pthread_cond_broadcast(condition)
    }
}
