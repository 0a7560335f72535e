import CLinux
import Synchronization

/// An event loop as other threads see it: it can be woken, and asked to run something.
///
/// It is made before the loop's thread starts, so that mailboxes can be made with it.
public final class LoopHandle: Sendable {
    /// Where the loop is, so that only who finds it asleep pays for a system call.
    private enum Phase: UInt8 { case awake, awakeWithMail, asleep }

    /// The most requests of ``execute(_:)`` that wait at one time.
    private static let requestCapacity = 1024

    let descriptor: FileDescriptor
    private let phase = Atomic(Phase.awake.rawValue)
    private let requests = Locked<Requests>(Requests())

    private struct Requests {
        var bodies: [@Sendable (EventLoop) -> Void] = []
        var isClosed = false
    }

    /// Makes a handle for one loop.
    ///
    /// - Throws: `eventfd`, when no descriptor is left.
    public init() throws(SystemError) {
        descriptor = FileDescriptor(owning: try SystemError.check("eventfd", clinux_eventfd()))
    }

    /// Asks the loop to run `body` on its thread, in its next turn: for rare control messages.
    ///
    /// Bodies run in the order in which they came, before mail that came with them. What comes
    /// after the loop has ended is not run.
    ///
    /// - Parameter body: What to run; it must not block.
    /// - Returns: Whether it will run; `.full` when a thousand wait already.
    @discardableResult
    public func execute(
        _ body: @escaping @Sendable (EventLoop) -> Void
    ) -> MailOutcome {
        let outcome = requests.withLock { requests -> MailOutcome in
            if requests.isClosed { return .closed }
            if requests.bodies.count == Self.requestCapacity { return .full }
            requests.bodies.append(body)
            return .delivered
        }
        if outcome == .delivered { wake() }
        return outcome
    }

    /// Makes the loop take another turn; from any thread.
    public func wake() {
        let before = phase.exchange(Phase.awakeWithMail.rawValue, ordering: .acquiringAndReleasing)
        if before == Phase.asleep.rawValue { clinux_eventfd_signal(descriptor.rawValue) }
    }

    /// Whether the loop may wait; if not, mail came since its turn began.
    func fallAsleep() -> Bool {
        phase.compareExchange(
            expected: Phase.awake.rawValue, desired: Phase.asleep.rawValue,
            ordering: .acquiringAndReleasing
        ).exchanged
    }

    /// Begins a turn, and returns whether there is mail.
    func wakeUp() -> Bool {
        phase.exchange(Phase.awake.rawValue, ordering: .acquiringAndReleasing)
            == Phase.awakeWithMail.rawValue
    }

    func takeRequests() -> [@Sendable (EventLoop) -> Void] {
        requests.withLock { requests in
            defer { requests.bodies = [] }
            return requests.bodies
        }
    }

    func close() {
        requests.withLock { requests in
            requests.bodies = []
            requests.isClosed = true
        }
    }
}
