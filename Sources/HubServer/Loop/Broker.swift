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
    private let loop: LoopHandle
    private let hasMissed = Atomic(false)

    init(loop: LoopHandle) {
        self.loop = loop
        mailbox = Mailbox(capacity: Self.capacity, loop: loop)
    }

    /// Puts a commit behind those that wait, or says that one was left out.
    func send(_ batch: CommittedBatch) {
        guard mailbox.send(batch) == .full else { return }
        hasMissed.store(true, ordering: .releasing)
        loop.wake()
    }

    /// Whether a commit was left out since the last call; asked in every turn.
    func takeMissed() -> Bool {
        hasMissed.load(ordering: .relaxed) && hasMissed.exchange(false, ordering: .acquiring)
    }
}
