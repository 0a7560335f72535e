import Log
import Reactor
import Synchronization
import Telemetry

/// Hands what the engine has committed to every loop: one message a commit and loop.
struct Broker: Sendable {
    let queues: [CommitQueue]
    let metrics: HubMetrics

    /// Called on the engine's thread, after the writers were answered.
    @Sendable func publish(_ batch: CommittedBatch) {
        metrics.eventsCommitted.add(batch.events.count)
        metrics.commits.add()
        for queue in queues { queue.send(batch) }
    }
}

/// The commits that wait for one loop.
///
/// A loop that is too slow misses some. It learns that, and lets its consumers read them from
/// the log.
final class CommitQueue: Sendable {
    /// The most commits that wait.
    static let capacity = 4096

    let mailbox: Mailbox<CommittedBatch>
    private let hasMissed = Atomic(false)

    init(loop: LoopHandle) { mailbox = Mailbox(capacity: Self.capacity, loop: loop) }

    func send(_ batch: CommittedBatch) {
        if mailbox.send(batch) == .full { hasMissed.store(true, ordering: .releasing) }
    }

    /// Whether a commit was missed since the last call; asked behind the mailbox, which is not
    /// empty when one is.
    func takeMissed() -> Bool { hasMissed.exchange(false, ordering: .acquiring) }
}
