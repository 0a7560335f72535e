import Glibc
import Reactor
import Testing
import Transport

/// A loop, and what happened on it.
final class Rig {
    let loop: EventLoop
    let resolver: Resolver
    /// The ends that a listener accepted, and those that a dialer connected.
    var accepted: [Connection] = []
    var peers: [PeerAddress] = []
    var dialed: [Connection] = []
    var errors: [DialError] = []
    var shortages: [Shortage] = []
    var listeners: [Listener] = []

    init(clock: @escaping () -> EventLoop.Instant = { .now }) throws {
        loop = try EventLoop(clock: clock)
        resolver = Resolver(loop: loop)
    }

    /// Handlers hold their loop: this parts them.
    deinit { loop.close() }

    func listen(_ socket: ListeningSocket) throws {
        let listener = try Listener(
            socket, on: loop, report: { [unowned self] in shortages.append($0) },
            accept: { [unowned self] socket, peer in
                accepted.append(Connection(socket))
                peers.append(peer)
            })
        listeners.append(listener)
    }

    /// Listens at an address, and returns the port that all its sockets share.
    func listen(_ text: String) throws -> UInt16 {
        let address = try #require(ListenAddress(text))
        let sockets = try ListeningSocket.open(address, loops: 1)
        for socket in sockets[0] { try listen(socket) }
        guard case .tcp(_, let port) = sockets[0][0].address else { return 0 }
        return port
    }

    @discardableResult
    func dial(_ host: String, _ port: UInt16, timeout: Duration = .seconds(60)) -> Dialer {
        Dialer(
            host: host, port: port, on: loop, resolver: resolver, timeout: timeout,
            completion: note)
    }

    @discardableResult
    func dial(_ addresses: [SocketAddress], timeout: Duration = .seconds(60)) -> Dialer {
        Dialer(addresses: addresses, on: loop, timeout: timeout, completion: note)
    }

    func dial(path: String) {
        _ = Dialer(path: path, on: loop, completion: note)
    }

    private func note(_ result: consuming Result<Socket, DialError>) {
        switch consume result {
        case .success(let socket): dialed.append(Connection(socket))
        case .failure(let error): errors.append(error)
        }
    }

    /// Takes turns until it is so.
    func turn(until isSo: () -> Bool) {
        while !isSo() { loop.turn() }
    }

    /// A connected pair over TCP: the end that was accepted, and the one that dialed.
    func connect() throws -> (Connection, Connection) {
        let port = try listen("127.0.0.1:0")
        dial("127.0.0.1", port)
        turn { accepted.count == 1 && dialed.count == 1 }
        return (accepted[0], dialed[0])
    }

    /// Waits until `connection` is ready for `interest`.
    func wait(_ interest: Interest, _ connection: Connection) throws {
        connection.isReady = false
        let registration = try loop.register(connection.socket.rawValue, interest, connection)
        turn { connection.isReady }
        loop.deregister(registration)
    }

    /// Receives until `count` bytes or the end has come.
    func receive(_ count: Int, _ connection: Connection) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            switch connection.socket.receive(into: loop.readBuffer) {
            case .bytes(let count):
                loop.readBuffer.withBytes(count) { span in
                    for index in span.indices { bytes.append(span[index]) }
                }
            case .wouldBlock: try wait(.readable, connection)
            case .end, .failed: return bytes
            }
        }
        return bytes
    }
}

final class Connection: EventHandler {
    let socket: Socket
    var isReady = false

    init(_ socket: consuming Socket) { self.socket = socket }

    func ready(_ readiness: Readiness) { isReady = true }
}

/// A directory that nobody else uses, removed with all that is in it.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/campana-test-XXXXXX\0".utf8).map(CChar.init(bitPattern:))
        guard let made = unsafe mkdtemp(&template) else {
            throw SystemError("mkdtemp", code: errno)
        }
        path = unsafe String(cString: made)
    }

    /// Holds nothing but socket files and plain files: no directories.
    deinit {
        for name in names { _ = unsafe unlink("\(path)/\(name)") }
        _ = unsafe rmdir(path)
    }

    var names: [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
