import Hub
import Log
import Reactor
import TLS
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
            startedAt: shared.startedAt,
            certificates: shared.certificates?.acceptor.certificates.map(CertificateReport.init)
                ?? [],
            metrics: { Self.metricsPage(shared) })
    }

    /// The page of `/metrics`; what only changes when somebody looks is set here.
    private static func metricsPage(_ shared: Shared) -> [UInt8] {
        let own = shared.metrics[shared.metrics.count - 1]
        let engine = shared.engine.status()
        own.startTime.set(Int(shared.startedAt.milliseconds / 1000))
        let ends = shared.certificates?.acceptor.certificates.map(\.notAfter)
        own.certificateEnd.set(Int(clamping: ends?.min() ?? 0))
        own.residentBytes.set(Process.residentBytes())
        own.eventsKept.set(Int(clamping: engine.events))
        own.logBytes.set(Int(clamping: engine.diskBytes))
        own.engineQueue.set(engine.queued)
        return HubMetrics.page(of: shared.metrics)
    }
}

extension CertificateReport {
    fileprivate init(_ certificate: Certificate) {
        self.init(
            names: certificate.describedNames,
            notBefore: Timestamp(seconds: certificate.notBefore),
            notAfter: Timestamp(seconds: certificate.notAfter))
    }
}

extension Timestamp {
    fileprivate init(seconds: Int64) {
        // A certificate may say any year up to 9999 (RFC 5280 §4.1.2.5), and nothing else fits.
        let milliseconds = seconds.multipliedReportingOverflow(by: 1000)
        self.init(milliseconds: milliseconds.overflow ? 0 : milliseconds.partialValue)
    }
}
