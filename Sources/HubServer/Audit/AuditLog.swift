import Audit
import Hub
import Log
import Reactor
import Settings
import Telemetry

/// The audit log: any thread posts to it, and one of its own writes.
///
/// Nobody waits for it. What it has no room for, or the disk refuses, is counted, and the next
/// line that can be written says how many were lost.
final class AuditLog: Sendable {
    struct Options: Sendable {
        var path: String
        var version: String
        /// Whether lines are made to outlive the machine, batch by batch.
        var isSynced: Bool
        var clock: @Sendable () -> Timestamp
    }

    let scope: Scope
    let clock: @Sendable () -> Timestamp
    private let isStrict: Bool
    private let queue: AuditQueue
    private let thread: Thread

    /// Opens the file, and starts the thread.
    ///
    /// - Parameters:
    ///   - settings: What the operator wants.
    ///   - version: The program's version.
    ///   - clock: The time.
    ///   - log: Where faults are told, and hashes.
    ///   - metrics: Where lines are counted.
    /// - Returns: `nil` for a hub without one.
    /// - Throws: Why the file cannot be used.
    static func open(
        _ settings: HubSettings, version: String, clock: @escaping @Sendable () -> Timestamp,
        log: Logger, metrics: HubMetrics
    ) throws(StartFault) -> AuditLog? {
        guard let path = settings.audit else { return nil }
        return try AuditLog(
            Options(path: path, version: version, isSynced: settings.auditSync, clock: clock),
            scope: Scope(reads: settings.auditReads), isStrict: settings.auditStrict, log: log,
            metrics: metrics)
    }

    private init(
        _ options: Options, scope: Scope, isStrict: Bool, log: Logger, metrics: HubMetrics
    ) throws(StartFault) {
        self.scope = scope
        self.isStrict = isStrict
        clock = options.clock
        let queue = AuditQueue(metrics: metrics)
        self.queue = queue
        let opened = WorkQueue<StartFault?>(capacity: 1)
        do {
            thread = try Thread.start(name: "audit") {
                do throws(StartFault) {
                    let writer = try AuditWriter(options, queue: queue, log: log)
                    opened.send(nil)
                    writer.run()
                } catch {
                    opened.send(error)
                }
            }
        } catch {
            throw StartFault("the thread of the audit log cannot be started: \(error)")
        }
        if case let fault?? = opened.receive().first { throw fault }
    }

    /// Takes an entry; at once, on any thread.
    func post(_ entry: Entry) { queue.send(entry) }

    /// Goes on in a new file, where the old one was moved away.
    func reopen() { queue.reopen() }

    /// Writes what waits, and ends.
    func close() {
        queue.close()
        thread.join()
    }

    /// Whether writes are refused now, as they would not be audited.
    var refusesWrites: Bool { isStrict && queue.isFailing }

    /// Why.
    static let refusal = Problem(
        .storeUnavailable,
        "the audit log cannot be written; nothing is taken that it cannot tell of",
        fields: ["Retry-After": "5"])
}
