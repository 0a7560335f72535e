/// What became of a message.
public enum MailOutcome: Sendable { case delivered, full, closed }

/// The way of messages into an event loop from other threads.
///
/// The lock is held to append or to take the whole batch, never while a message is handled.
/// A full mailbox says so: nothing grows without a bound. The loop is woken once for each
/// batch, and by a system call only if it sleeps.
public final class Mailbox<Message: Sendable>: Sendable {
    public typealias Outcome = MailOutcome

    @usableFromInline let capacity: Int
    @usableFromInline let loop: LoopHandle
    @usableFromInline let state = Locked(State())

    @usableFromInline
    struct State: Sendable {
        @usableFromInline var messages: [Message] = []
        @usableFromInline var isClosed = false

        @inlinable init() {}
    }

    /// Makes an empty mailbox.
    ///
    /// - Parameters:
    ///   - capacity: The most messages that wait at one time.
    ///   - loop: The loop that takes them, by ``EventLoop/attach(_:_:)``.
    @inlinable
    public init(capacity: Int, loop: LoopHandle) {
        self.capacity = capacity
        self.loop = loop
    }

    /// Puts `message` behind those that wait; from any thread.
    ///
    /// - Parameter message: What to hand over.
    /// - Returns: `.delivered`, or why it was not.
    @inlinable
    @discardableResult
    public func send(_ message: Message) -> Outcome {
        let (outcome, isFirst) = state.withLock { state -> (Outcome, Bool) in
            if state.isClosed { return (.closed, false) }
            if state.messages.count == capacity { return (.full, false) }
            state.messages.append(message)
            return (.delivered, state.messages.count == 1)
        }
        if isFirst { loop.wake() }
        return outcome
    }

    /// Refuses what comes from now on, and drops what waits; from any thread.
    @inlinable
    public func close() {
        let dropped = state.withLock { state in
            state.isClosed = true
            defer { state.messages = [] }
            return state.messages
        }
        // What the messages hold is let go here, without the lock.
        withExtendedLifetime(dropped) {}
    }

    /// Puts all that waits into `batch`, oldest first, in the place of what was there; for the
    /// loop's thread only.
    ///
    /// The two arrays change places, so that in the long run nothing is allocated.
    ///
    /// - Parameter batch: Where to put it.
    @inlinable
    public func takeAll(into batch: inout [Message]) {
        batch.removeAll(keepingCapacity: true)
        state.withLock { swap(&$0.messages, &batch) }
    }
}
