import Audit
import Log
import Telemetry
import Testing

@testable import HubServer

@Suite("What waits for the audit log is bounded, and what is lost is counted")
struct AuditQueueTests {
    static let entry = Entry(
        at: Timestamp(milliseconds: 0), who: "caja", from: "127.0.0.1:1", did: "subscribe",
        on: String(repeating: "g", count: 1 << 16), outcome: "granted")

    @Test("up to the bound nothing is lost, and beyond it everything, until there is room again")
    func bound() {
        let metrics = HubMetrics()
        let queue = AuditQueue(metrics: metrics)
        let room = AuditQueue.maxWaitingBytes / Self.entry.cost
        for _ in 0..<room { queue.send(Self.entry) }
        #expect(!queue.isFailing)
        #expect(queue.takeDropped() == 0)
        for _ in 0..<3 { queue.send(Self.entry) }
        #expect(queue.isFailing)
        #expect(queue.takeDropped() == 3)
        #expect(queue.takeDropped() == 0)
        #expect(metrics.auditLost.value == 3)
        #expect(queue.receive().count == room)
        queue.send(Self.entry)
        #expect(queue.takeDropped() == 0)
        #expect(queue.receive().count == 1)
    }

    @Test("what comes after the end is lost, and what came before is not")
    func end() {
        let queue = AuditQueue(metrics: HubMetrics())
        queue.send(Self.entry)
        queue.close()
        queue.send(Self.entry)
        #expect(queue.takeDropped() == 1)
        #expect(queue.receive().count == 1)
        #expect(queue.receive().isEmpty)
    }
}
