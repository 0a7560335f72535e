import CLinux
import Glibc
import Reactor

/// Why there is no connection.
public enum DialError: Error, Equatable, Sendable, CustomStringConvertible {
    case unresolved(ResolveError)
    /// What the last address that was tried said.
    case failed(SystemError, at: String)
    case timedOut
    case cancelled

    public var description: String {
        switch self {
        case .unresolved(let error): error.reason
        case .failed(let error, let address): "\(address): \(error.reason)"
        case .timedOut: "no answer in time"
        case .cancelled: "cancelled"
        }
    }
}

/// Connects to a host by name, over whichever of its addresses answers first.
///
/// The addresses are tried in turn, the families by turns, each a quarter of a second after
/// the one before, or as soon as that has failed (RFC 8305 §5). It keeps itself until it has
/// called its completion.
public final class Dialer: TimerHandler {
    public typealias Completion = (consuming Result<Socket, DialError>) -> Void

    /// RFC 8305 §5: "Connection Attempt Delay … recommended 250 milliseconds".
    static let attemptDelay = Duration.milliseconds(250)

    private let loop: EventLoop
    private var completion: Completion?
    private var addresses: ArraySlice<SocketAddress> = []
    private var attempts: [Attempt] = []
    private var lastError = DialError.timedOut
    private var deadline: TimerID?
    private var nextAttempt: TimerID?

    /// Dials a TCP address.
    ///
    /// - Parameters:
    ///   - host: A name or an IP address, without brackets.
    ///   - port: The port.
    ///   - loop: The loop to wait on.
    ///   - resolver: Resolves names for that loop.
    ///   - timeout: When to give up, all addresses and the name included.
    ///   - completion: Called once, on the loop's thread, in this or a later turn.
    public init(
        host: String, port: UInt16, on loop: EventLoop, resolver: Resolver, timeout: Duration,
        completion: @escaping Completion
    ) {
        self.loop = loop
        self.completion = completion
        deadline = loop.schedule(at: loop.now + timeout, self)
        resolver.resolve(host, port: port) { answer in
            switch answer {
            case .success(let addresses):
                self.addresses = Self.interleaved(addresses)[...]
                self.tryNext()
            case .failure(let error): self.finish(.failure(.unresolved(error)))
            }
        }
    }

    /// Dials addresses that were resolved and looked at before, and no other.
    ///
    /// - Parameters:
    ///   - addresses: Where to connect to, best first.
    ///   - loop: The loop to wait on.
    ///   - timeout: When to give up.
    ///   - completion: Called once, on the loop's thread, in this or a later turn.
    public init(
        addresses: [SocketAddress], on loop: EventLoop, timeout: Duration,
        completion: @escaping Completion
    ) {
        self.loop = loop
        self.completion = completion
        deadline = loop.schedule(at: loop.now + timeout, self)
        self.addresses = Self.interleaved(addresses)[...]
        tryNext()
    }

    /// Dials a socket file.
    ///
    /// - Parameters:
    ///   - path: Where the file is.
    ///   - loop: The loop to wait on.
    ///   - completion: Called once, before this returns: a file answers at once.
    public init(path: String, on loop: EventLoop, completion: @escaping Completion) {
        self.loop = loop
        self.completion = completion
        let descriptor = unsafe clinux_connect_unix(path)
        guard descriptor >= 0 else {
            let error = SystemError("connect", code: -descriptor)
            finish(.failure(.failed(error, at: "unix:\(path)")))
            return
        }
        finish(.success(Socket(FileDescriptor(owning: descriptor))))
    }

    /// Gives up; the completion is called with `.cancelled` unless it was called before.
    public func cancel() { finish(.failure(.cancelled)) }

    public func timePassed(_ timer: TimerID) {
        if timer == nextAttempt {
            nextAttempt = nil
            tryNext()
        } else if timer == deadline {
            finish(.failure(.timedOut))
        }
    }

    /// The families by turns, beginning with that of the best address (RFC 8305 §4).
    static func interleaved(_ addresses: [SocketAddress]) -> [SocketAddress] {
        let isFirstIPv6 = addresses.first?.isIPv6 ?? false
        var same = addresses.filter { $0.isIPv6 == isFirstIPv6 }[...]
        var other = addresses.filter { $0.isIPv6 != isFirstIPv6 }[...]
        var result: [SocketAddress] = []
        while !same.isEmpty || !other.isEmpty {
            if let address = same.popFirst() { result.append(address) }
            if let address = other.popFirst() { result.append(address) }
        }
        return result
    }

    private func tryNext() {
        guard completion != nil else { return }
        if let nextAttempt { loop.cancel(nextAttempt) }
        nextAttempt = nil
        while let address = addresses.popFirst() {
            do {
                attempts.append(try Attempt(address, on: loop, for: self))
                nextAttempt = loop.schedule(at: loop.now + Self.attemptDelay, self)
                return
            } catch {
                lastError = .failed(error, at: address.description)
            }
        }
        if attempts.isEmpty { finish(.failure(lastError)) }
    }

    fileprivate func decided(_ attempt: Attempt) {
        attempts.removeAll { $0 === attempt }
        switch attempt.take() {
        case .success(let socket): finish(.success(socket))
        case .failure(let error):
            lastError = .failed(error, at: attempt.address.description)
            tryNext()
        }
    }

    private func finish(_ result: consuming Result<Socket, DialError>) {
        guard let completion else { return }
        self.completion = nil
        for timer in [deadline, nextAttempt] { if let timer { loop.cancel(timer) } }
        for attempt in attempts { attempt.cancel() }
        attempts = []
        completion(result)
    }
}

/// One address that is being connected to.
private final class Attempt: EventHandler {
    let address: SocketAddress
    private let loop: EventLoop
    private unowned let dialer: Dialer
    private var descriptor: FileDescriptor?
    private var registration: Registration?

    init(
        _ address: SocketAddress, on loop: EventLoop, for dialer: Dialer
    ) throws(SystemError) {
        self.address = address
        self.loop = loop
        self.dialer = dialer
        var kernel = address.kernel
        let descriptor = try SystemError.check("connect", unsafe clinux_connect_tcp(&kernel))
        self.descriptor = FileDescriptor(owning: descriptor)
        registration = try loop.register(descriptor, .writable, self)
    }

    func ready(_ readiness: Readiness) { dialer.decided(self) }

    /// The socket, or why it is none; ends the attempt.
    func take() -> Result<Socket, SystemError> {
        if let registration { loop.deregister(registration) }
        guard let descriptor = descriptor.take() else {
            return .failure(SystemError("connect", code: ECANCELED))
        }
        let code = clinux_socket_error(descriptor.rawValue)
        guard code == 0 else { return .failure(SystemError("connect", code: code)) }
        return .success(Socket(descriptor))
    }

    func cancel() {
        if let registration { loop.deregister(registration) }
    }
}
