import Glibc

/// The way of work to a thread that has no loop and may block.
///
/// It is `Sendable` because `messages` and `isClosed` are reached only with `mutex` held.
@safe
public final class WorkQueue<Message: Sendable>: @unchecked Sendable {
    @usableFromInline let capacity: Int
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline let condition: UnsafeMutablePointer<pthread_cond_t>
    @usableFromInline var messages: [Message] = []
    @usableFromInline var isClosed = false

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
        if messages.count == 1 { unsafe pthread_cond_signal(condition) }
        return .delivered
    }

    /// Waits until there is work, and takes all of it, oldest first; for one thread only.
    ///
    /// - Returns: What waited; nothing once the queue is closed and empty.
    @inlinable
    public func receive() -> [Message] {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while messages.isEmpty, !isClosed { unsafe pthread_cond_wait(condition, mutex) }
        defer { messages = [] }
        return messages
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
