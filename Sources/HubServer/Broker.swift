import Log
import Reactor
import Telemetry

/// Hands what the engine has committed to every loop: one message a commit and loop.
struct Broker: Sendable {
    let mailboxes: [Mailbox<CommittedBatch>]
    let metrics: HubMetrics

    /// Called on the engine's thread, after the writers were answered.
    ///
    /// A loop whose mailbox is full misses the batch, sees that by its positions, and lets
    /// its consumers read the log.
    @Sendable func publish(_ batch: CommittedBatch) {
        metrics.eventsCommitted.add(batch.events.count)
        metrics.commits.add()
        for mailbox in mailboxes { mailbox.send(batch) }
    }
}
