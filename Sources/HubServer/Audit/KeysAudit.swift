import Audit
import HTTP1
import Hub
import Settings

/// The lines of `campanad keys` in an audit log, while no hub runs that would write them.
///
/// They are a run of their own in the chain: opened, what was done, closed.
final class KeysAudit {
    private let path: String
    private let file: AuditFile

    /// Opens the log; it can be written to, or nothing is done.
    init(_ path: String) throws(StartFault) {
        self.path = path
        file = try AuditFile(path)
        try write(own(Entry.opening, file.found))
    }

    /// Takes down what was asked for, and its outcome.
    func note(_ request: Hub.Request, _ response: Response) {
        let path = request.head.target.path.auditedPath
        let made = response.fields.first("location")?.split(separator: "/").last.map(String.init)
        let entry = Entry(
            at: WallClock.now(), who: request.principal.name, from: "campanad keys",
            did: "\(request.head.method.rawValue) \(path)", on: path, entity: made,
            outcome: "\(response.status.rawValue)")
        // It is done, and cannot be undone: that its line is missing, the next one shows.
        try? write(entry)
    }

    /// Ends the run.
    func close() {
        try? write(own("close", "stopped"))
        _ = file.sync()
    }

    private func own(_ did: String, _ outcome: String) -> Entry {
        Entry(
            hub: did, at: WallClock.now(), on: "campanad keys \(Release.version)",
            outcome: outcome)
    }

    private func write(_ entry: Entry) throws(StartFault) {
        guard file.append([entry]).count == 1 else {
            throw StartFault("audit: cannot write to \"\(path)\"")
        }
    }
}
