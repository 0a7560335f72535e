import HTTP1
import JSON

/// What came of an import.
struct ImportReport: Sendable {
    enum Effect: Sendable { case created, updated, unchanged }

    var rows = 0
    private(set) var created = 0
    private(set) var updated = 0
    private(set) var unchanged = 0
    private(set) var rejected = 0
    /// The first of them.
    private(set) var faults: [ImportFault] = []
    private(set) var untoldFaults = 0

    mutating func add(_ effect: Effect) {
        switch effect {
        case .created: created += 1
        case .updated: updated += 1
        case .unchanged: unchanged += 1
        }
    }

    /// Counts a row that was left out.
    ///
    /// - Parameter faults: What is wrong with it.
    mutating func reject(_ faults: [ImportFault]) {
        rejected += 1
        let room = ImportPlan.maxToldFaults - self.faults.count
        self.faults += faults.prefix(room)
        untoldFaults += max(0, faults.count - room)
    }

    /// Whether what the rows say is to be kept.
    func isKept(by plan: ImportPlan) -> Bool {
        !plan.isDryRun && (plan.mode == .skip || rejected == 0)
    }

    /// The answer: 200, or the problem of an import that is all or nothing and has a fault.
    ///
    /// - Parameters:
    ///   - plan: What was asked.
    ///   - path: What was asked for.
    /// - Returns: The answer, with the first faults and the number of the others.
    func response(to plan: ImportPlan, path: String) -> Response {
        let isProblem = !plan.isDryRun && plan.mode == .all && rejected > 0
        var json = JSON.Writer(capacity: 512 + faults.count * 128)
        json.object { json in
            if isProblem { writeProblem(to: &json, path: path) }
            json.member("rows", rows)
            json.member("created", created)
            json.member("updated", updated)
            json.member("unchanged", unchanged)
            json.member("rejected", rejected)
            json.member("mode", plan.mode.rawValue)
            json.member("dry_run", plan.isDryRun)
            json.member("applied", isKept(by: plan))
            json.member("errors") { $0.array(write(faultsTo:)) }
            json.member("more_errors", untoldFaults)
        }
        guard isProblem else { return .json(.ok, json.bytes) }
        return Response(
            Failure.invalidBody.status,
            fields: ["Content-Type": "application/problem+json", "Cache-Control": "no-store"],
            body: json.bytes)
    }

    /// What every problem says (RFC 9457 §3.1); the rest are its extensions (§3.2).
    private func writeProblem(to json: inout JSON.Writer, path: String) {
        let failure = Failure.invalidBody
        json.member("type", "urn:campana:problem:\(failure.rawValue)")
        json.member("title", failure.title)
        json.member("status", failure.status.rawValue)
        json.member(
            "detail",
            "\(rejected) of \(rows) rows are at fault, and nothing was imported; "
                + "mend them, or ask for mode=skip")
        json.member("instance", path)
        json.member("code", failure.rawValue)
    }

    private func write(faultsTo json: inout JSON.Writer) {
        for fault in faults {
            json.object { json in
                json.member(
                    "pointer",
                    "/\(fault.row - 1)" + (fault.name.map { "/" + $0.escapedForPointer } ?? ""))
                json.member("row", fault.row)
                json.member("line", fault.line)
                if let column = fault.column { json.member("column", column) }
                json.member("detail", fault.detail)
            }
        }
    }
}
