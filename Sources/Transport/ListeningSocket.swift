import CLinux
import Glibc
import Reactor

/// A socket that listens, not yet served by a loop.
///
/// Connections wait in the kernel until a ``Listener`` takes them.
public final class ListeningSocket: Sendable {
    /// Where it listens, with the port that was picked if 0 was asked for.
    public let address: ListenAddress
    let descriptor: FileDescriptor
    let file: SocketFile?
    /// Whether other loops wait for the same queue of connections.
    let isShared: Bool

    /// How often a free port is looked for that all addresses of the host can share.
    private static let portAttempts = 16
    /// The most addresses of one host.
    private static let largestHost = 16

    private init(
        address: ListenAddress, descriptor: consuming FileDescriptor, file: SocketFile? = nil,
        isShared: Bool = false
    ) {
        self.address = address
        self.descriptor = descriptor
        self.file = file
        self.isShared = isShared
    }

    /// Begins to listen at `address`, once for each of `loops` loops.
    ///
    /// On TCP each loop has a queue of its own (`SO_REUSEPORT`), over which the kernel spreads
    /// connections; a port at which another program listens is refused all the same. On a
    /// socket file all loops share one queue. A name is resolved here, which may block.
    ///
    /// - Parameters:
    ///   - address: Where to listen. An address family that the machine lacks is left out if
    ///     the host has another.
    ///   - loops: How many loops will serve it.
    ///   - backlog: How many connections may wait in a queue; the kernel bounds it by
    ///     `net.core.somaxconn`.
    ///   - mode: Who may connect to a socket file, as chmod(2) has it: its owner and group.
    /// - Returns: The sockets of each loop, one for each address of the host.
    /// - Throws: Why it cannot be; nothing is left open.
    public static func open(
        _ address: ListenAddress, loops: Int, backlog: Int32 = 4096, mode: UInt32 = 0o660
    ) throws(ListenError) -> [[ListeningSocket]] {
        do {
            switch address {
            case .unix(let path):
                return try openFile(path, loops: loops, backlog: backlog, mode: mode)
            case .tcp(let host, let port):
                let addresses = try resolve(host, port: port)
                return try openPort(addresses, port: port, loops: loops, backlog: backlog)
            }
        } catch {
            throw ListenError(address: address, reason: error)
        }
    }

    // MARK: Socket files

    private static func openFile(
        _ path: String, loops: Int, backlog: Int32, mode: UInt32
    ) throws(ListenError.Reason) -> [[ListeningSocket]] {
        let file = try SocketFile(listeningAt: path, backlog: backlog, mode: mode)
        var sockets: [[ListeningSocket]] = []
        for _ in 0..<loops {
            let copy = fcntl(file.descriptor.rawValue, F_DUPFD_CLOEXEC, 0)
            guard copy >= 0 else { throw .system(SystemError("fcntl", code: errno)) }
            sockets.append([
                ListeningSocket(
                    address: .unix(path: path), descriptor: FileDescriptor(owning: copy),
                    file: file, isShared: loops > 1)
            ])
        }
        return sockets
    }

    // MARK: TCP

    private static func resolve(
        _ host: String, port: UInt16
    ) throws(ListenError.Reason) -> [SocketAddress] {
        switch host {
        case "localhost":  // RFC 6761 §6.3: always the loopback, whatever a resolver says
            return [
                SocketAddress(ipv4: 0x7F00_0001, port: port), SocketAddress(ipv6: 1, port: port),
            ]
        case "*":
            return [SocketAddress(ipv4: 0, port: port), SocketAddress(ipv6: 0, port: port)]
        default:
            switch SocketAddress.resolve(host, port: port, limit: largestHost) {
            case .success(let addresses): return addresses
            case .failure(let error): throw .unknownHost(error.reason)
            }
        }
    }

    private static func openPort(
        _ addresses: [SocketAddress], port: UInt16, loops: Int, backlog: Int32
    ) throws(ListenError.Reason) -> [[ListeningSocket]] {
        for _ in 1..<portAttempts where port == 0 && addresses.count > 1 {
            // The port that is free at the first address may be taken at the second.
            do {
                return try bind(addresses, loops: loops, backlog: backlog)
            } catch .system(let error) where error.code == EADDRINUSE {
                continue
            }
        }
        return try bind(addresses, loops: loops, backlog: backlog)
    }

    private static func bind(
        _ addresses: [SocketAddress], loops: Int, backlog: Int32
    ) throws(ListenError.Reason) -> [[ListeningSocket]] {
        var sockets = [[ListeningSocket]](repeating: [], count: loops)
        var missing: SystemError?
        var port = addresses.first?.port ?? 0
        for address in addresses {
            var address = address
            address.kernel.port = port
            do {
                for loop in 0..<loops {
                    let socket = try ListeningSocket(address, isFirst: loop == 0)
                    address.kernel.port = try socket.boundPort()
                    sockets[loop].append(socket)
                }
                port = address.port
            } catch {
                switch error.code {
                case EADDRNOTAVAIL, EAFNOSUPPORT: missing = error
                default: throw .system(error)
                }
            }
        }
        if let missing, sockets.allSatisfy(\.isEmpty) { throw .system(missing) }
        for socket in sockets.joined() { try socket.listen(backlog) }
        return sockets
    }

    private convenience init(_ address: SocketAddress, isFirst: Bool) throws(SystemError) {
        var kernel = address.kernel
        let descriptor = FileDescriptor(
            owning: try SystemError.check(
                "bind", unsafe clinux_bind_tcp(&kernel, isFirst ? 0 : 1)))
        let bound = try SocketAddress(bound: descriptor)
        self.init(address: .tcp(host: bound.host, port: bound.port), descriptor: descriptor)
    }

    private func boundPort() throws(SystemError) -> UInt16 {
        try SocketAddress(bound: descriptor).port
    }

    private func listen(_ backlog: Int32) throws(ListenError.Reason) {
        let result = clinux_listen(descriptor.rawValue, backlog)
        guard result >= 0 else { throw .system(SystemError("listen", code: -result)) }
    }
}
