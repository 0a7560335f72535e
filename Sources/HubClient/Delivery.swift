import Log
import Reactor
import Synchronization

/// Hands events on, in order, on a thread of its own: output, command and disk may all block.
///
/// A cursor is stored once all before it is written, or its command has ended well. The screen
/// is the thread's too, so that what it prints never mixes with the status line.
public final class Delivery: Sendable {
    public enum Item: Sendable {
        case event(EventLine)
        /// All before is settled up to here, though no event has this cursor.
        case mark(Cursor)
        /// A line for people.
        case notice(String)
        /// What the status line says from now on.
        case status(String)
    }

    public enum Report: Sendable {
        /// A batch of so many bytes is flushed and stored.
        case settled(bytes: Int)
        /// Nothing more is handed on.
        case failed(DeliveryFailure)
        /// The thread has ended.
        case finished
    }

    /// What to do with events.
    public enum Sink: Sendable {
        /// Write them to a descriptor, such as 1.
        case output(EventFormat, descriptor: Int32)
        /// Run a command for each.
        case command(ShellCommand)
        case nothing
    }

    private struct Batch: Sendable {
        let items: [Item]
        let bytes: Int
    }

    /// Set once; the thread looks between two events.
    private final class Cancellation: Sendable {
        let isCancelled = Atomic(false)
    }

    /// The most batches that wait; a turn of the loop makes one.
    private static let batchCapacity = 1024

    private let queue: WorkQueue<Batch>
    private let cancellation: Cancellation
    private let thread: Thread

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - sink: What to do with events.
    ///   - state: Where to store the cursor, and the numbers seen; `nil` not to.
    ///   - screen: What people see.
    ///   - loop: The loop of whoever hears of it.
    ///   - receive: Called on that loop's thread.
    /// - Throws: `pthread_create`.
    public init(
        _ sink: Sink, state: StateStore?, screen: Screen, on loop: EventLoop,
        receive: @escaping (Report) -> Void
    ) throws(SystemError) {
        let queue = WorkQueue<Batch>(capacity: Self.batchCapacity)
        let cancellation = Cancellation()
        // Each batch is reported once; beside that there are one failure and the end.
        let reports = Mailbox<Report>(capacity: Self.batchCapacity + 2, loop: loop.handle)
        loop.attach(reports) { batch in for report in batch { receive(report) } }
        self.queue = queue
        self.cancellation = cancellation
        thread = try Thread.start(name: "delivery") {
            var worker = DeliveryWorker(sink, state, screen)
            while true {
                let batches = queue.receive()
                if batches.isEmpty { break }
                for batch in batches {
                    let outcome = worker.work(off: batch.items) {
                        cancellation.isCancelled.load(ordering: .relaxed)
                    }
                    if case .failure(let failure) = outcome { reports.send(.failed(failure)) }
                    reports.send(.settled(bytes: batch.bytes))
                }
            }
            worker.close()
            reports.send(.finished)
        }
    }

    /// Hands a batch over.
    ///
    /// - Parameters:
    ///   - items: In their order.
    ///   - bytes: What they hold; told back once they are settled.
    /// - Returns: Whether it was taken; if not, so many wait that it has to be tried again.
    public func send(_ items: [Item], bytes: Int) -> Bool {
        queue.send(Batch(items: items, bytes: bytes)) != .full
    }

    /// Works off what waits, then ends; `.finished` is told.
    public func finish() { queue.close() }

    /// Ends after the event that is under way; what waits is dropped, and its cursors not stored.
    public func cancel() {
        cancellation.isCancelled.store(true, ordering: .relaxed)
        queue.close()
    }

    /// Waits for the end of the thread, after ``finish()`` or ``cancel()``.
    public func join() { thread.join() }
}
