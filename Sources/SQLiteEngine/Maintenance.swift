import Log
import SQLite

/// What is removed in small steps: events past retention, records that have expired, free pages.
final class Maintenance {
    /// Free pages that are kept at hand; more are given back if they are an eighth of the file.
    private static let sparePages = 256
    /// Under load the pages are counted once in so many commits.
    private static let commitsBetweenCounts = 64

    private let database: Database
    private let tables: Tables
    private let trimmer: Trimmer
    private let freePages: Statement
    private let pages: Statement
    private var isVacuumDue = false
    private var commitsSinceCount = 0

    /// The size of the database in pages, as of a few commits ago at most.
    private(set) var pageCount = 0

    init(_ database: Database, _ tables: Tables, _ options: EngineOptions) throws(SQLiteError) {
        self.database = database
        self.tables = tables
        trimmer = Trimmer(options, tables)
        freePages = try database.prepare("PRAGMA freelist_count")
        pages = try database.prepare("PRAGMA page_count")
        pageCount = try count(pages)
    }

    /// When the next step is due; `nil` if nothing is to be removed.
    func due(_ transaction: WriteTransaction) -> Timestamp? {
        if isVacuumDue { return Timestamp(milliseconds: .min) }
        return [trimmer.due(transaction.log), transaction.nextExpiry].compactMap(\.self).min()
    }

    /// Whether the next step removes events.
    func isTrimDue(_ transaction: WriteTransaction) -> Bool {
        trimmer.due(transaction.log).map { $0 <= transaction.now } ?? false
    }

    /// Forgets what was seen in a transaction that was undone.
    func forget() { trimmer.forget() }

    /// Removes what is due, in the transaction that is open.
    ///
    /// - Parameters:
    ///   - transaction: It may hold bodies' changes too.
    ///   - rows: The most events, and the most records, to remove.
    ///   - trims: Whether events may go: only where the log's row and the groups' are saved.
    ///   - isIdle: Whether nobody waits, so that pages may be moved as well.
    /// - Throws: What SQLite says; the transaction must then be undone.
    func run(
        _ transaction: WriteTransaction, rows: Int, trims: Bool, isIdle: Bool
    ) throws(SQLiteError) {
        let now = transaction.now
        var removed = 0
        if trims {
            removed = try trimmer.trim(&transaction.log, now: now, budget: rows)
            transaction.forget(trimmer.retired)
        }
        if let expiry = transaction.nextExpiry, expiry <= now {
            let expired = try tables.records.deleteExpired(now: now, limit: rows)
            if expired < rows { transaction.nextExpiry = try tables.records.nextExpiry() }
            removed += expired
        }
        if removed > 0 { isVacuumDue = true }
        if isIdle, isVacuumDue, removed < rows { try vacuum() }
        commitsSinceCount += 1
        guard isIdle || commitsSinceCount >= Self.commitsBetweenCounts else { return }
        commitsSinceCount = 0
        pageCount = try count(pages)
    }

    private func vacuum() throws(SQLiteError) {
        let free = try count(freePages)
        guard free > Maintenance.sparePages, free * 8 > pageCount else {
            isVacuumDue = false
            return
        }
        try database.execute("PRAGMA incremental_vacuum(\(Maintenance.sparePages))")
    }

    private func count(_ statement: Statement) throws(SQLiteError) -> Int {
        Int(try statement.first { $0.integer(0) } ?? 0)
    }
}
