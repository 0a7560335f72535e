/// Room for what one `recv` brings, shared by all connections of a loop.
///
/// The bytes are good until the next `recv`; who needs them longer copies them.
@safe
public final class ReadBuffer {
    /// 64 KiB: above it a larger buffer brought nothing, and below it a large body costs calls.
    public static let capacity = 65_536

    /// All of the buffer, for the system call that fills it.
    public let storage: UnsafeMutableRawBufferPointer

    public init() {
        unsafe storage = .allocate(byteCount: Self.capacity, alignment: 64)
        unsafe storage.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit { unsafe storage.deallocate() }

    /// Shows the first `count` bytes.
    ///
    /// - Parameters:
    ///   - count: What `receive` has answered; at most ``capacity``.
    ///   - body: Reads them; it must not receive into this buffer.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    @inlinable
    public func withBytes<Result: ~Copyable, Failure: Error>(
        _ count: Int, _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let bytes = unsafe storage.bindMemory(to: UInt8.self).extracting(0..<count)
        return try body(unsafe bytes.span)
    }

    /// Puts other bytes in the place of those that were received.
    ///
    /// - Parameter bytes: What they mean, as after decryption; at most ``capacity``.
    public func fill(_ bytes: [UInt8]) {
        precondition(bytes.count <= Self.capacity, "more bytes than the buffer holds")
        unsafe storage.copyBytes(from: bytes)
    }
}
