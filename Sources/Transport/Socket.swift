import CLinux
import Glibc
import Reactor

/// What a ``Socket/send(_:from:)`` did.
public enum Sent: Equatable, Sendable {
    /// The kernel took so many bytes; it may be fewer than were given.
    case bytes(Int)
    /// The peer reads too slowly; wait until the socket is writable.
    case wouldBlock
    /// The connection is gone.
    case failed(SystemError)
}

/// What a ``Socket/receive(into:)`` did.
public enum Received: Equatable, Sendable {
    /// So many bytes are in the buffer, at least one.
    case bytes(Int)
    case wouldBlock
    /// The peer has sent all that it will send.
    case end
    /// The connection is gone.
    case failed(SystemError)
}

/// A connected stream socket that never blocks, and its one owner.
///
/// It is closed when its owner goes. Four bytes, no heap: it belongs into the connection.
public struct Socket: ~Copyable, Sendable {
    @usableFromInline let descriptor: FileDescriptor

    /// Takes a connected, non-blocking stream socket.
    public init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

    /// The descriptor, to register it with a loop.
    @inlinable public var rawValue: Int32 { descriptor.rawValue }

    /// Receives once.
    ///
    /// A buffer that was not filled says that nothing is left: no second call is needed.
    ///
    /// - Parameters:
    ///   - buffer: Where the bytes go.
    ///   - limit: The most bytes to take.
    /// - Returns: What came.
    public borrowing func receive(
        into buffer: ReadBuffer, atMost limit: Int = ReadBuffer.capacity
    ) -> Received {
        let capacity = unsafe min(limit, buffer.storage.count)
        while true {
            let count = unsafe recv(rawValue, buffer.storage.baseAddress, capacity, 0)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            case let code: return .failed(SystemError("recv", code: code))
            }
        }
    }

    /// Sends the bytes from `offset` on: one system call, no copy, no allocation.
    ///
    /// - Parameters:
    ///   - bytes: What to send.
    ///   - offset: Where to begin; before the end of `bytes`.
    /// - Returns: What the kernel took.
    @inlinable
    public borrowing func send(_ bytes: [UInt8], from offset: Int = 0) -> Sent {
        precondition(offset >= 0 && offset < bytes.count, "there is nothing to send")
        let descriptor = rawValue
        let count = unsafe bytes.withUnsafeBytes { buffer in
            unsafe Glibc.send(
                descriptor, buffer.baseAddress.unsafelyUnwrapped + offset, buffer.count - offset,
                Int32(MSG_NOSIGNAL))
        }
        return count >= 0 ? .bytes(count) : Self.failure("send", errno)
    }

    /// The most pieces that one ``sendGathered(_:from:)`` takes.
    public static let largestGather = 64

    /// Sends several pieces by one system call, without copying them together.
    ///
    /// For pieces above some 4 KiB: smaller ones are cheaper copied into one array.
    ///
    /// - Parameters:
    ///   - pieces: What to send, in this order; those after the ``largestGather``th are left.
    ///   - offset: Where to begin in the first piece.
    /// - Returns: What the kernel took of all of them together.
    public borrowing func sendGathered(_ pieces: [[UInt8]], from offset: Int = 0) -> Sent {
        let capacity = min(pieces.count, Self.largestGather)
        let descriptor = rawValue
        return unsafe withUnsafeTemporaryAllocation(of: iovec.self, capacity: capacity) { list in
            unsafe Self.gather(pieces[..<capacity], offset, into: list) { list in
                var message = unsafe msghdr()
                unsafe message.msg_iov = list.baseAddress
                unsafe message.msg_iovlen = list.count
                let count = unsafe sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
                return count >= 0 ? .bytes(count) : Self.failure("sendmsg", errno)
            }
        }
    }

    /// Calls `body` while the storage of all pieces is held: one level deeper for each.
    private static func gather(
        _ pieces: ArraySlice<[UInt8]>, _ offset: Int, into list: UnsafeMutableBufferPointer<iovec>,
        _ body: (UnsafeMutableBufferPointer<iovec>) -> Sent
    ) -> Sent {
        guard let first = pieces.first else { return unsafe body(list) }
        return unsafe first.withUnsafeBytes { bytes in
            let rest = unsafe UnsafeMutableRawBufferPointer(
                mutating: UnsafeRawBufferPointer(rebasing: bytes[offset...]))
            unsafe list[list.count - pieces.count] = iovec(
                iov_base: rest.baseAddress, iov_len: rest.count)
            return unsafe gather(pieces.dropFirst(), 0, into: list, body)
        }
    }

    /// What `errno` says of a send; what was interrupted is tried when it is writable.
    @usableFromInline
    static func failure(_ call: StaticString, _ code: Int32) -> Sent {
        switch code {
        case EAGAIN, EINTR: .wouldBlock
        default: .failed(SystemError(call, code: code))
        }
    }

    /// Says to the peer that nothing more will be sent; receiving goes on.
    public borrowing func shutdownWrite() {
        _ = shutdown(rawValue, Int32(SHUT_WR))
    }

    /// Ends both directions at once; the descriptor itself stays open until its owner goes.
    public borrowing func shutdownBoth() {
        _ = shutdown(rawValue, Int32(SHUT_RDWR))
    }

    /// What was sent and the peer's system has not acknowledged, in bytes.
    public var unacknowledged: Int { Int(clinux_unacknowledged(rawValue)) }

    /// Makes the close send a reset, and drop what waits to be sent.
    public borrowing func resetOnClose() {
        _ = clinux_reset_on_close(rawValue)
    }

    /// Closes it now instead of when its owner goes.
    public consuming func close() {}
}
