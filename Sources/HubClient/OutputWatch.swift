import Reactor

/// Notices that whoever read our output has gone, though there is nothing to write: `| head -1`.
///
/// Confined to its loop, which keeps it until ``stop()``.
final class OutputWatch: EventHandler {
    private let loop: EventLoop
    private let closed: () -> Void
    private var registration: Registration?

    /// Begins to watch; `nil` where the output is none that anybody can leave, such as a file.
    ///
    /// - Parameters:
    ///   - sink: Where events go.
    ///   - loop: The loop to watch on.
    ///   - closed: Called once, on the loop's thread.
    init?(_ sink: Delivery.Sink, on loop: EventLoop, closed: @escaping () -> Void) {
        guard case .output(_, let descriptor) = sink else { return nil }
        self.loop = loop
        self.closed = closed
        do throws(SystemError) {
            registration = try loop.register(descriptor, [], self)
        } catch {
            return nil  // EPERM: epoll does not take files
        }
    }

    /// The end of a pipe or terminal comes unasked (epoll_ctl(2), EPOLLERR and EPOLLHUP).
    func ready(_ readiness: Readiness) {
        guard !readiness.isDisjoint(with: [.failed, .hungUp]) else { return }
        stop()
        closed()
    }

    func stop() {
        if let registration { loop.deregister(registration) }
        registration = nil
    }
}
