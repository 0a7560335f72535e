import Glibc

/// A value behind a lock of its own.
///
/// `Synchronization.Mutex` is not used, since ThreadSanitizer does not see through it and
/// reports races that are none. The lock is not recursive.
///
/// It is `Sendable` because `value` is reached only with `mutex` held, and `Value` itself is.
@safe
@frozen
public struct Locked<Value: Sendable>: ~Copyable, @unchecked Sendable {
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline let value: UnsafeMutablePointer<Value>

    @inlinable
    public init(_ initial: consuming Value) {
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe value = .allocate(capacity: 1)
        unsafe value.initialize(to: initial)
    }

    @inlinable
    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
        unsafe value.deinitialize(count: 1)
        unsafe value.deallocate()
    }

    /// Runs `body` with the lock held.
    ///
    /// - Parameter body: What to do with the value: little, and nothing that takes a lock.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    @inlinable
    public borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try unsafe body(&value.pointee)
    }
}
