import Glibc

/// An open file descriptor and its one owner: it is closed when the owner goes.
public struct FileDescriptor: ~Copyable, Sendable {
    public let rawValue: Int32

    /// Takes ownership of `rawValue`, which must be open.
    @inlinable
    public init(owning rawValue: Int32) { self.rawValue = rawValue }

    // EINTR is not retried: Linux has closed it (close(2)).
    deinit { _ = Glibc.close(rawValue) }

    /// Gives the descriptor out of our hands, still open.
    ///
    /// - Returns: The descriptor, which the caller now has to close.
    public consuming func release() -> Int32 {
        let rawValue = rawValue
        discard self
        return rawValue
    }

    /// Closes it now instead of when its owner goes.
    public consuming func close() {}
}
