import Log
import SQLite

/// The state of the whole log, as of a commit.
struct LogState: Equatable, Sendable {
    var epoch: Epoch
    /// The last position of the epochs before this one; 0 in the first.
    var epochBase: UInt64 = 0
    /// The newest position; 0 if there has been no event.
    var head: UInt64 = 0
    /// The position up to which the tables `log` and `groups` tell of events: see ``EventTail``.
    var saved: UInt64 = 0
    /// The newest position that is past retention: all up to it are gone.
    var trimmed: UInt64 = 0
    /// How many events are kept.
    var events: UInt64 = 0
    /// What they count against retention, in bytes.
    var bytes: UInt64 = 0
    /// The greatest `at` that was given.
    var lastAt = Timestamp(milliseconds: .min)
}

/// The one row of the table `log`.
final class LogTable {
    private let select: Statement
    private let replace: Statement

    init(_ database: Database) throws(SQLiteError) {
        select = try database.prepare(
            "SELECT epoch, epoch_base, head, trimmed, events, bytes, last_at FROM log")
        replace = try database.prepare("REPLACE INTO log VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)")
    }

    /// The row, and so the state as of `saved`; `nil` in a database that was just made.
    func load() throws(SQLiteError) -> LogState? {
        let state = try select.first { row -> LogState? in
            guard let epoch = Epoch(row.text(0)) else { return nil }
            return LogState(
                epoch: epoch, epochBase: row.unsigned(1), head: row.unsigned(2),
                saved: row.unsigned(2),
                trimmed: row.unsigned(3), events: row.unsigned(4), bytes: row.unsigned(5),
                lastAt: Timestamp(milliseconds: row.integer(6)))
        }
        return state ?? nil
    }

    /// Writes the row.
    ///
    /// - Parameter state: As of its head, up to which the groups' rows are written as well.
    /// - Throws: What SQLite says.
    func save(_ state: LogState) throws(SQLiteError) {
        replace.bind(1, state.epoch.text).bind(2, Int64(bitPattern: state.epochBase))
        replace.bind(3, Int64(bitPattern: state.head)).bind(4, Int64(bitPattern: state.trimmed))
        replace.bind(5, Int64(bitPattern: state.events)).bind(6, Int64(bitPattern: state.bytes))
        try replace.bind(7, state.lastAt.milliseconds).run()
    }
}
