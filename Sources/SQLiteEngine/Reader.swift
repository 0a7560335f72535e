import Log
import Reactor
import SQLite

/// One read on its way to the reader.
typealias ReadRequest = @Sendable (Reader) -> Void

/// The engine's reader, confined to its thread.
final class Reader {
    private let database: Database
    private let tables: Tables
    private let pages: PageReader
    private let clock: @Sendable () -> Timestamp
    private let beginStatement: Statement
    private let endStatement: Statement

    init(
        path: String, options: EngineOptions, clock: @escaping @Sendable () -> Timestamp
    ) throws(SQLiteError) {
        database = try Database(path: path, vfs: options.vfs)
        try Schema.configure(database)
        try database.execute("PRAGMA query_only = ON")
        tables = try Tables(database)
        pages = PageReader(tables)
        self.clock = clock
        beginStatement = try database.prepare("BEGIN")
        endStatement = try database.prepare("COMMIT")
    }

    /// Serves what comes until the queue is closed and empty.
    func run(_ queue: WorkQueue<ReadRequest>) {
        while true {
            let requests = queue.receive()
            if requests.isEmpty { return }
            for request in requests { request(self) }
        }
    }

    /// Calls `body` with a view that no commit changes.
    func read<Answer>(
        _ body: (any Snapshot) throws(EngineError) -> Answer
    ) -> Result<Answer, EngineError> {
        inSnapshot { log throws(EngineError) in
            try body(ReadSnapshot(tables, log: log, now: clock()))
        }
    }

    func page(_ query: PageQuery) -> Result<Page, EngineError> {
        inSnapshot { log throws(EngineError) in
            do throws(SQLiteError) { return try pages.page(query, log) } catch {
                throw EngineError(error)
            }
        }
    }

    private func inSnapshot<Answer>(
        _ body: (LogState) throws(EngineError) -> Answer
    ) -> Result<Answer, EngineError> {
        let log: LogState?
        do throws(SQLiteError) {
            try beginStatement.run()
            var state = try tables.log.load()
            let newest = try tables.events.newestPosition()
            if let saved = state?.saved { state?.head = max(saved, newest) }
            log = state
        } catch {
            end()
            return .failure(EngineError(error))
        }
        defer { end() }
        guard let log else { return .failure(.corrupt("the table log has no valid row")) }
        do throws(EngineError) { return .success(try body(log)) } catch {
            return .failure(error)
        }
    }

    private func end() {
        guard database.isInTransaction else { return }
        // It has changed nothing; if it cannot end, the next BEGIN says so.
        do throws(SQLiteError) { try endStatement.run() } catch {}
    }
}

/// What a reader's body sees.
private struct ReadSnapshot: TableSnapshot {
    let tables: Tables
    private let log: LogState
    let now: Timestamp

    init(_ tables: Tables, log: LogState, now: Timestamp) {
        self.tables = tables
        self.log = log
        self.now = now
    }

    var head: UInt64 { log.head }

    func groups(after: String?, limit: Int) throws(EngineError) -> [GroupSummary] {
        try attempt { () throws(SQLiteError) in
            let tail = try EventTail(tables.events, after: log.saved)
            return try tables.groups.summaries(after: after, limit: limit, tail)
        }
    }

    func attempt<Value>(_ body: () throws(SQLiteError) -> Value) throws(EngineError)
        -> Value
    {
        do throws(SQLiteError) { return try body() } catch { throw EngineError(error) }
    }
}
