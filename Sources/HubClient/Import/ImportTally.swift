import CSV
import Settings

/// What has come of a file so far, and how people are told.
struct ImportTally: Equatable {
    private(set) var rows = 0
    private(set) var created = 0
    private(set) var updated = 0
    private(set) var unchanged = 0
    private(set) var rejected = 0
    private(set) var requests = 0
    private(set) var replays = 0

    /// Counts what is wrong before the hub is asked.
    mutating func add(_ faults: [CSV.Fault]) {
        rows += faults.count
        rejected += faults.count
    }

    /// Counts the rows of a request.
    ///
    /// - Parameters:
    ///   - reply: What came of them.
    ///   - batch: The request.
    ///   - isReplay: Whether an earlier run had done it.
    mutating func add(_ reply: ImportReply, of batch: ImportBatch, isReplay: Bool) {
        rows += batch.lines.count
        created += reply.created
        updated += reply.updated
        unchanged += reply.unchanged
        rejected += reply.rejected
        requests += 1
        if isReplay { replays += 1 }
    }

    /// The last line that a run says.
    ///
    /// - Parameters:
    ///   - name: The file's.
    ///   - note: What is to be said behind the counts; empty for nothing.
    /// - Returns: `articulos.csv: 3 rows: 1 created, 0 updated, 1 unchanged, 1 rejected`.
    func summary(of name: String, note: String) -> String {
        var text =
            "\(name): \(rows) row\(rows == 1 ? "" : "s"): \(created) created, "
            + "\(updated) updated, \(unchanged) unchanged, \(rejected) rejected"
        if replays > 0 {
            text += "; \(replays) of \(requests) requests were done by an earlier run"
        }
        return note.isEmpty ? text : "\(text); \(note)"
    }
}

extension ImportBatch {
    /// A line for each fault, in the order of the file: `FILE:LINE:COLUMN: REASON`.
    ///
    /// - Parameters:
    ///   - name: The file's.
    ///   - reply: What the hub said; `nil` where it was not asked.
    /// - Returns: The lines, and one more where the hub has told only some.
    func complaints(in name: String, _ reply: ImportReply?) -> [String] {
        var found: [(line: Int, column: Int, text: String)] = faults.map {
            ($0.line, $0.column, "\($0.reason)")
        }
        for fault in reply?.faults ?? [] {
            let line = lines.indices.contains(fault.row - 1) ? lines[fault.row - 1] : 0
            let prefix = fault.name.map { "\(VisibleText.of($0)): " } ?? ""
            found.append((line, fault.column ?? 1, prefix + VisibleText.of(fault.detail)))
        }
        found.sort { ($0.line, $0.column) < ($1.line, $1.column) }
        var complaints = found.map { "\(name):\($0.line):\($0.column): \($0.text)" }
        if let untold = reply?.untoldFaults, untold > 0, let first = lines.first,
            let last = lines.last
        {
            complaints.append(
                "\(name): \(untold) more fault\(untold == 1 ? "" : "s") in lines "
                    + "\(first) to \(last)")
        }
        return complaints
    }
}
