import Hub
import Reactor
import Telemetry

extension Worker {
    /// What the server knows of itself now.
    func report() -> ServerReport {
        let shared = shared
        let engine = shared.engine.status()
        func sum(_ use: ConnectionUse...) -> Int {
            Int(
                shared.metrics.reduce(0) { sum, metrics in
                    sum + use.reduce(0) { $0 + metrics.connections[$1].value }
                })
        }
        let readiness: ServerReport.Readiness =
            switch shared.readiness.load(ordering: .acquiring) {
            case 0: .starting
            case 1: .ready
            default: .draining
            }
        return ServerReport(
            readiness: readiness, engine: engine,
            connections: shared.connections.load(ordering: .relaxed), webSockets: sum(.websocket),
            streams: sum(.sse, .ndjson),
            subscriptions: Int(shared.metrics.reduce(0) { $0 + $1.subscriptions.value }),
            loops: shared.metrics.count - 1, residentBytes: Process.residentBytes(),
            startedAt: shared.startedAt, metrics: { Self.metricsPage(shared) })
    }

    /// The page of `/metrics`; what only changes when somebody looks is set here.
    private static func metricsPage(_ shared: Shared) -> [UInt8] {
        let own = shared.metrics[shared.metrics.count - 1]
        let engine = shared.engine.status()
        own.startTime.set(Int(shared.startedAt.milliseconds / 1000))
        own.residentBytes.set(Process.residentBytes())
        own.eventsKept.set(Int(clamping: engine.events))
        own.logBytes.set(Int(clamping: engine.diskBytes))
        own.engineQueue.set(engine.queued)
        return HubMetrics.page(of: shared.metrics)
    }
}
