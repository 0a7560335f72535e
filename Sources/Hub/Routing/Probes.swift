import HTTP1
import JSON
import Log

/// A certificate that the hub shows.
public struct CertificateReport: Equatable, Sendable {
    public var names: [String]
    public var notBefore: Timestamp
    public var notAfter: Timestamp

    public init(names: [String], notBefore: Timestamp, notAfter: Timestamp) {
        self.names = names
        self.notBefore = notBefore
        self.notAfter = notAfter
    }
}

/// What the server knows of itself, for probes.
public struct ServerReport: Sendable {
    /// Whether the hub takes work.
    public enum Readiness: String, Sendable {
        case starting, ready, draining
    }

    public var readiness: Readiness
    public var engine: EngineStatus
    public var connections: Int
    public var webSockets: Int
    public var streams: Int
    public var subscriptions: Int
    public var loops: Int
    public var residentBytes: Int
    public var startedAt: Timestamp
    /// Empty without TLS.
    public var certificates: [CertificateReport]
    /// The metrics in Prometheus' text format.
    public var metrics: @Sendable () -> [UInt8]

    public init(
        readiness: Readiness, engine: EngineStatus, connections: Int, webSockets: Int,
        streams: Int, subscriptions: Int, loops: Int, residentBytes: Int, startedAt: Timestamp,
        certificates: [CertificateReport] = [], metrics: @escaping @Sendable () -> [UInt8]
    ) {
        self.readiness = readiness
        self.engine = engine
        self.connections = connections
        self.webSockets = webSockets
        self.streams = streams
        self.subscriptions = subscriptions
        self.loops = loops
        self.residentBytes = residentBytes
        self.startedAt = startedAt
        self.certificates = certificates
        self.metrics = metrics
    }

    /// Why the hub cannot take work; `nil` when it can.
    var fault: String? {
        switch readiness {
        case .starting: "starting"
        case .draining: "draining"
        case .ready: engine.canWrite ? nil : "the engine cannot write"
        }
    }
}

/// The answers of the probes; shapes of seed 000 where it gives them.
enum Probe {
    static func health(version: String, now: Timestamp) -> [UInt8] {
        var json = Writer()
        json.object { json in
            json.member("status", "healthy")
            json.member("timestamp", now.rfc3339)
            json.member("version", version)
        }
        return json.bytes
    }

    static func ready(_ report: ServerReport) -> Response {
        var json = Writer()
        json.object { json in
            json.member("status", report.fault == nil ? "ready" : "unready")
            if let fault = report.fault { json.member("reason", fault) }
        }
        var fields = Fields.noStore
        if report.fault != nil { fields.append("Retry-After", "1") }
        return .json(report.fault == nil ? .ok : .serviceUnavailable, json.bytes, fields: fields)
    }

    static func status(_ report: ServerReport, version: String, now: Timestamp) -> [UInt8] {
        var json = Writer(capacity: 1024)
        json.object { json in
            json.member("system_status") { json in
                json.object { json in
                    json.member("overall", report.fault == nil ? "OK" : "DEGRADED")
                    if let fault = report.fault { json.member("reason", fault) }
                }
            }
            json.member("version", version)
            json.member("timestamp", now.rfc3339)
            json.member("started_at", report.startedAt.rfc3339)
            json.member("uptime_seconds", (now - report.startedAt).components.seconds)
            json.member("loops", report.loops)
            json.member("resident_bytes", report.residentBytes)
            json.member("connections") { write(connectionsOf: report, to: &$0) }
            json.member("groups", report.engine.groups)
            json.member("events", report.engine.events)
            json.member("engine") { write(report.engine, to: &$0) }
            if !report.certificates.isEmpty {
                json.member("certificates") { write(report.certificates, now: now, to: &$0) }
            }
        }
        return json.bytes
    }

    private static func write(connectionsOf report: ServerReport, to json: inout Writer) {
        json.object { json in
            json.member("total", report.connections)
            json.member("websocket", report.webSockets)
            json.member("stream", report.streams)
            json.member("subscriptions", report.subscriptions)
        }
    }

    private static func write(
        _ certificates: [CertificateReport], now: Timestamp, to json: inout Writer
    ) {
        json.array { json in
            for certificate in certificates {
                json.object { json in
                    json.member("names") { json in
                        json.array { json in
                            for name in certificate.names { json.string(name) }
                        }
                    }
                    json.member("not_before", certificate.notBefore.rfc3339)
                    json.member("not_after", certificate.notAfter.rfc3339)
                    json.member("valid", certificate.notBefore <= now && now < certificate.notAfter)
                }
            }
        }
    }

    private static func write(_ engine: EngineStatus, to json: inout Writer) {
        json.object { json in
            json.member("can_write", engine.canWrite)
            if let error = engine.lastError {
                json.member("last_error", Failure(error).rawValue)
            }
            json.member("head", engine.head)
            json.member("earliest", engine.earliest)
            json.member("event_bytes", engine.eventBytes)
            json.member("disk_bytes", engine.diskBytes)
            json.member("commits", engine.commits)
            json.member("largest_commit", engine.largestCommit)
            json.member("queued", engine.queued)
        }
    }
}
