import Audit
import Reactor
import Synchronization
import Telemetry

/// What waits for the thread of the audit log, and what was lost before it.
final class AuditQueue: Sendable {
    enum Message: Sendable {
        case entry(Entry)
        /// Go on in a new file.
        case reopen
    }

    /// The most bytes of entries that wait.
    static let maxWaitingBytes = 16 << 20
    /// The least that an entry takes (``Entry/cost``).
    private static let minCost = 128

    private let messages = WorkQueue<Message>(capacity: maxWaitingBytes / minCost + 16)
    private let waitingBytes = Atomic<Int>(0)
    /// Entries that there was no room for, and that no line has told of yet.
    private let dropped = Atomic<Int>(0)
    private let failing = Atomic<Bool>(false)
    private let metrics: HubMetrics

    init(metrics: HubMetrics) { self.metrics = metrics }

    /// Whether the last entry was lost.
    var isFailing: Bool {
        get { failing.load(ordering: .relaxed) }
        set { failing.store(newValue, ordering: .relaxed) }
    }

    /// Takes an entry, or counts it as lost; from any thread, and at once.
    func send(_ entry: Entry) {
        let cost = entry.cost
        let waiting = waitingBytes.wrappingAdd(cost, ordering: .relaxed).newValue
        guard waiting <= Self.maxWaitingBytes, messages.send(.entry(entry)) == .delivered else {
            waitingBytes.wrappingSubtract(cost, ordering: .relaxed)
            dropped.wrappingAdd(1, ordering: .relaxed)
            metrics.auditLost.add()
            isFailing = true
            return
        }
    }

    func reopen() { messages.send(.reopen) }

    func close() { messages.close() }

    /// Waits for messages, and takes all; none once the queue is closed and empty.
    func receive() -> [Message] {
        let batch = messages.receive()
        var cost = 0
        for case .entry(let entry) in batch { cost += entry.cost }
        waitingBytes.wrappingSubtract(cost, ordering: .relaxed)
        return batch
    }

    /// How many were lost since this was asked for.
    func takeDropped() -> Int { dropped.exchange(0, ordering: .relaxed) }

    /// Counts what stands in the file, and what does not.
    func count(written: Int, lost: Int) {
        metrics.auditLines.add(written)
        if lost > 0 { metrics.auditLost.add(lost) }
    }
}
