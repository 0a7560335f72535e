import Bytes
import CLinux
import Glibc
import Reactor

/// An IP address and port, as the kernel takes it.
public struct SocketAddress: Equatable, Sendable, CustomStringConvertible {
    var kernel: clinux_address

    init(kernel: clinux_address) { self.kernel = kernel }

    init(ipv4: UInt32, port: UInt16) {
        kernel = clinux_address()
        kernel.family = UInt8(CLINUX_IPV4.rawValue)
        kernel.low = UInt64(ipv4)
        kernel.port = port
    }

    init(ipv6 low: UInt64, port: UInt16) {
        kernel = clinux_address()
        kernel.family = UInt8(CLINUX_IPV6.rawValue)
        kernel.low = low
        kernel.port = port
    }

    /// The address of a descriptor that is bound.
    init(bound descriptor: borrowing FileDescriptor) throws(SystemError) {
        kernel = clinux_address()
        try SystemError.check(
            "getsockname", unsafe clinux_bound_address(descriptor.rawValue, &kernel))
    }

    public var port: UInt16 { kernel.port }

    /// The address alone, as a value that can be looked at.
    public var ip: IPAddress {
        isIPv6
            ? .v6(high: kernel.high, low: kernel.low) : .v4(UInt32(truncatingIfNeeded: kernel.low))
    }

    var isIPv6: Bool { kernel.family == UInt8(CLINUX_IPV6.rawValue) }

    /// The address without its port, in its usual form (RFC 5952 for IPv6).
    public var host: String {
        var address = kernel
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { text in
            guard let start = text.baseAddress,
                unsafe clinux_address_text(&address, start, 128) > 0
            else { return "?" }
            return unsafe String(cString: start)
        }
    }

    public var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

    public static func == (one: SocketAddress, other: SocketAddress) -> Bool {
        one.kernel.family == other.kernel.family && one.kernel.port == other.kernel.port
            && one.kernel.high == other.kernel.high && one.kernel.low == other.kernel.low
            && one.kernel.scope == other.kernel.scope
    }
}

/// Who is at the other end of an accepted connection.
public enum PeerAddress: Equatable, Sendable, CustomStringConvertible {
    case internet(SocketAddress)
    /// A process of this machine, as it was when it connected.
    case local(userID: UInt32, processID: Int32)

    init(kernel: clinux_address) {
        self =
            if kernel.family == UInt8(CLINUX_UNIX.rawValue) {
                .local(userID: kernel.scope, processID: kernel.process)
            } else {
                .internet(SocketAddress(kernel: kernel))
            }
    }

    /// Who is at the other end of a connected socket.
    ///
    /// - Parameter descriptor: A descriptor of it.
    /// - Throws: `getpeername`: `ENOTCONN` where the peer has gone.
    public init(of descriptor: Int32) throws(SystemError) {
        var kernel = clinux_address()
        try SystemError.check("getpeername", unsafe clinux_peer_address(descriptor, &kernel))
        self.init(kernel: kernel)
    }

    /// The address alone; `nil` for a process of this machine.
    public var ip: IPAddress? {
        switch self {
        case .internet(let address): address.ip
        case .local: nil
        }
    }

    /// The address without a port.
    public var host: String {
        switch self {
        case .internet(let address): address.host
        case .local(let userID, _): "uid:\(userID)"
        }
    }

    public var description: String {
        switch self {
        case .internet(let address): address.description
        case .local(let userID, let processID): "unix:uid=\(userID),pid=\(processID)"
        }
    }
}
