import CLinux
import Glibc

/// Signals, taken as events by one loop instead of by handlers at any instant.
public enum Signals {
    /// Keeps `signals` from interrupting this thread and all that it starts from now on.
    ///
    /// Called at the head of `main`, before the first thread: a signal that finds one thread
    /// unblocked acts on the whole process.
    ///
    /// - Parameter signals: Such as `SIGTERM`.
    /// - Throws: `pthread_sigmask`, for a number that is no signal.
    public static func block(_ signals: [Int32]) throws(SystemError) {
        try SystemError.check(
            "pthread_sigmask", unsafe clinux_signals_block(signals, signals.count))
    }
}

/// Hands the signals of the process to a loop (signalfd(2)).
///
/// It keeps itself, by its registration, until ``stop()``.
public final class SignalSource: EventHandler {
    private let loop: EventLoop
    private let descriptor: FileDescriptor
    private let receive: (Int32) -> Void
    private var registration: Registration?

    /// Begins to take signals.
    ///
    /// - Parameters:
    ///   - loop: Where to take them.
    ///   - signals: Which; they must be blocked in all threads (``Signals/block(_:)``).
    ///   - receive: Called with the signal's number, on the loop's thread.
    /// - Throws: `signalfd` or `epoll_ctl`, when the kernel has no room.
    @discardableResult
    public init(
        _ loop: EventLoop, _ signals: [Int32], _ receive: @escaping (Int32) -> Void
    ) throws(SystemError) {
        self.loop = loop
        self.receive = receive
        descriptor = FileDescriptor(
            owning: try SystemError.check(
                "signalfd", unsafe clinux_signalfd(signals, signals.count)))
        registration = try loop.register(descriptor.rawValue, .readable, self)
    }

    /// Takes no more signals; they stay blocked.
    public func stop() {
        if let registration { loop.deregister(registration) }
        registration = nil
    }

    public func ready(_ readiness: Readiness) {
        let signal = clinux_signalfd_next(descriptor.rawValue)
        if signal > 0 { receive(signal) }
    }
}
