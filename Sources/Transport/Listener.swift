import CLinux
import Glibc
import Reactor

/// Connections that were turned away because no descriptor was left.
public struct Shortage: Equatable, Sendable {
    /// What accept(2) said last.
    public let error: SystemError
    /// How many were turned away since the report before.
    public let shed: Int
}

/// Takes the connections of a ``ListeningSocket`` on one loop.
///
/// When no descriptor is left it lets go of one that it holds in reserve, takes the newcomer
/// with it, and closes it: the newcomer learns at once that it is not served, and the loop
/// does not spin on a queue that it cannot empty. Where even that fails it pauses.
///
/// It keeps itself, by its registration, until ``stop()``.
public final class Listener: EventHandler, TimerHandler {
    /// The most connections of one turn, so that those that are there are served too.
    static let acceptsPerTurn = 64
    /// How long it rests when the kernel has nothing left and nothing helps.
    static let rest = Duration.milliseconds(100)
    /// The time between two reports of a shortage.
    static let reportInterval = Duration.seconds(1)

    private enum State {
        case accepting(Registration)
        case resting(TimerID)
        case paused
        case stopped
    }

    /// Held for each accept(2): what one listener lets go of to shed a newcomer must not become
    /// a connection of another loop's, or neither could shed from then on.
    private static let turnstile = Locked(())

    private let socket: ListeningSocket
    private let loop: EventLoop
    private let accept: (consuming Socket, PeerAddress) -> Void
    private let report: (Shortage) -> Void
    private var state = State.paused
    private var reserve: FileDescriptor?
    private var reportTimer: TimerID?
    private var unreported = 0
    private var lastError = SystemError("accept4", code: EMFILE)

    /// Where it listens.
    public var address: ListenAddress { socket.address }

    /// Begins to accept.
    ///
    /// - Parameters:
    ///   - socket: Where from.
    ///   - loop: The loop that serves the connections; called on its thread.
    ///   - report: Told of a shortage at once, and then at most once a second.
    ///   - accept: Given each connection. It may let it go at once, which closes it.
    /// - Throws: `epoll_ctl` or `eventfd`, when the kernel has no room.
    public init(
        _ socket: ListeningSocket, on loop: EventLoop,
        report: @escaping (Shortage) -> Void = { _ in },
        accept: @escaping (consuming Socket, PeerAddress) -> Void
    ) throws(SystemError) {
        self.socket = socket
        self.loop = loop
        self.report = report
        self.accept = accept
        reserve = try Self.makeReserve()
        state = .accepting(try register())
    }

    /// Leaves newcomers in the kernel's queue until ``resume()``.
    public func pause() {
        switch state {
        case .accepting(let registration): loop.deregister(registration)
        case .resting(let timer): loop.cancel(timer)
        case .paused: break
        case .stopped: return
        }
        state = .paused
    }

    /// Accepts again, after ``pause()``.
    public func resume() {
        guard case .paused = state else { return }
        acceptOrRest()
    }

    /// Accepts no more, and removes the socket file if there is one.
    ///
    /// The kernel refuses newcomers from now on, and resets those that wait. A socket file is
    /// shared by all loops, and ends for all of them.
    public func stop() {
        pause()
        state = .stopped
        _ = shutdown(socket.descriptor.rawValue, Int32(SHUT_RDWR))
        reserve = nil
        if let reportTimer { loop.cancel(reportTimer) }
        reportTimer = nil
        socket.file?.remove()
    }

    public func ready(_ readiness: Readiness) {
        // Another loop has ended the queue that they share. accept(2) would say EAGAIN of a
        // socket file, and the kernel that it is readable, for ever.
        if readiness.contains(.hungUp) { return stop() }
        for _ in 0..<Self.acceptsPerTurn {
            guard case .accepting = state, acceptOne() else { return }
        }
    }

    public func timePassed(_ timer: TimerID) {
        if timer == reportTimer {
            reportTimer = nil
            reportShortage()
        } else if case .resting(timer) = state {
            acceptOrRest()
        }
    }

    /// Takes one connection, and returns whether another may wait.
    private func acceptOne() -> Bool {
        guard hasReserve() else {
            noteShortage(EMFILE, shed: 0)
            startRest()
            return false
        }
        var peer = clinux_address()
        let descriptor = Self.turnstile.withLock { _ in
            unsafe clinux_accept(socket.descriptor.rawValue, &peer)
        }
        guard descriptor < 0 else {
            accept(Socket(FileDescriptor(owning: descriptor)), PeerAddress(kernel: peer))
            return true
        }
        switch -descriptor {
        case EAGAIN: return false
        case EMFILE, ENFILE: return shed(-descriptor)
        // accept(2): the newcomer is gone already, or the network failed it; take the next.
        case EINTR, ECONNABORTED, EPROTO, EPERM, ENOPROTOOPT, EOPNOTSUPP, ENETDOWN, ENETUNREACH,
            EHOSTDOWN, EHOSTUNREACH, ENONET:
            return true
        case let code:
            noteShortage(code, shed: 0)
            startRest()
            return false
        }
    }

    /// Whether there is a reserve, made anew where it was lost.
    ///
    /// A descriptor that has come free becomes the reserve before it may become a connection.
    private func hasReserve() -> Bool {
        if reserve == nil { reserve = try? Self.makeReserve() }
        return reserve != nil
    }

    /// Closes one newcomer by means of the reserve, and returns whether another may wait.
    private func shed(_ code: Int32) -> Bool {
        let descriptor = Self.turnstile.withLock { _ in
            reserve = nil
            var peer = clinux_address()
            let descriptor = unsafe clinux_accept(socket.descriptor.rawValue, &peer)
            if descriptor >= 0 { FileDescriptor(owning: descriptor).close() }
            reserve = try? Self.makeReserve()  // without it the next shortage is a rest
            return descriptor
        }
        noteShortage(code, shed: descriptor >= 0 ? 1 : 0)
        if descriptor >= 0 { return true }
        if descriptor != -EAGAIN { startRest() }
        return false
    }

    private func noteShortage(_ code: Int32, shed: Int) {
        lastError = SystemError("accept4", code: code)
        unreported += shed
        if reportTimer == nil { reportShortage(always: true) }
    }

    private func reportShortage(always: Bool = false) {
        guard always || unreported > 0 else { return }
        report(Shortage(error: lastError, shed: unreported))
        unreported = 0
        reportTimer = loop.schedule(at: loop.now + Self.reportInterval, self)
    }

    private func startRest() {
        guard case .accepting(let registration) = state else { return }
        loop.deregister(registration)
        state = .resting(loop.schedule(at: loop.now + Self.rest, self))
    }

    private func acceptOrRest() {
        if let registration = try? register() {
            state = .accepting(registration)
        } else {  // epoll has no room: as if accept had none
            state = .resting(loop.schedule(at: loop.now + Self.rest, self))
        }
    }

    private func register() throws(SystemError) -> Registration {
        try loop.register(
            socket.descriptor.rawValue, socket.isShared ? [.readable, .exclusive] : .readable, self)
    }

    private static func makeReserve() throws(SystemError) -> FileDescriptor {
        FileDescriptor(owning: try SystemError.check("eventfd", clinux_eventfd()))
    }
}
