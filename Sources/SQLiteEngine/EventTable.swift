import Log
import SQLite

/// The table `events`, for one connection.
final class EventTable {
    /// A row without its JSON.
    struct Header {
        var position: UInt64
        var groupID: Int64
        var seq: UInt64
        var at: Timestamp
    }

    /// What an event takes beside its JSON: its row's other columns and its place in the index.
    static let overheadBytes = 48

    private let insert: Statement
    private let select: Statement
    private let selectFrom: Statement
    private let positions: Statement
    private let moment: Statement
    private let removeThrough: Statement

    init(_ database: Database) throws(SQLiteError) {
        let columns = "position, group_id, seq, at, json"
        insert = try database.prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?)")
        select = try database.prepare("SELECT \(columns) FROM events WHERE position = ?")
        selectFrom = try database.prepare(
            "SELECT \(columns), length(json) FROM events WHERE position > ? ORDER BY position LIMIT ?"
        )
        positions = try database.prepare(
            """
            SELECT position FROM events INDEXED BY events_by_group
            WHERE group_id = ? AND position > ? ORDER BY position LIMIT ?
            """)
        moment = try database.prepare(
            "SELECT position, at FROM events WHERE position >= ? ORDER BY position LIMIT 1")
        removeThrough = try database.prepare("DELETE FROM events WHERE position <= ?")
    }

    func insert(_ event: Event, groupID: Int64) throws(SQLiteError) {
        insert.bind(1, Int64(bitPattern: event.position)).bind(2, groupID)
        insert.bind(3, Int64(bitPattern: event.seq)).bind(4, event.at.milliseconds)
        try insert.bind(5, blob: event.json).run()
    }

    /// The event at `position`, with its JSON as it is stored.
    func event(at position: UInt64) throws(SQLiteError) -> (Header, json: [UInt8])? {
        try select.bind(1, Int64(clamping: position)).first { (Self.header($0), $0.blob(4)) }
    }

    /// Goes through the events behind `position`, in their order.
    ///
    /// - Parameters:
    ///   - position: Where to begin, itself left out.
    ///   - limit: The most rows to see.
    ///   - body: Called with each; it asks for the JSON or its length only if it needs it, and
    ///     answers whether to go on.
    /// - Throws: What SQLite says.
    func forEach(
        after position: UInt64, limit: Int, _ body: (Header, _ row: Row) -> Bool
    ) throws(SQLiteError) {
        selectFrom.bind(1, Int64(clamping: position)).bind(2, Int64(limit))
        try selectFrom.forEach { body(Self.header($0), Row(statement: $0)) }
    }

    /// What has not been read of a row yet.
    struct Row {
        fileprivate let statement: Statement

        var json: [UInt8] { statement.blob(4) }
        var jsonCount: Int { Int(statement.integer(5)) }
    }

    /// The positions of a group's events behind `position`, in their order.
    func positions(
        group: Int64, after position: UInt64, limit: Int
    ) throws(SQLiteError) -> [UInt64] {
        positions.bind(1, group).bind(2, Int64(clamping: position)).bind(3, Int64(limit))
        var found: [UInt64] = []
        try positions.forEach { row in
            found.append(row.unsigned(0))
            return true
        }
        return found
    }

    /// The first event at `position` or behind it, and its `at`.
    func moment(from position: UInt64) throws(SQLiteError) -> (position: UInt64, at: Timestamp)? {
        try moment.bind(1, Int64(clamping: position)).first {
            ($0.unsigned(0), Timestamp(milliseconds: $0.integer(1)))
        }
    }

    func delete(through position: UInt64) throws(SQLiteError) {
        try removeThrough.bind(1, Int64(clamping: position)).run()
    }

    private static func header(_ row: Statement) -> Header {
        Header(
            position: row.unsigned(0), groupID: row.integer(1), seq: row.unsigned(2),
            at: Timestamp(milliseconds: row.integer(3)))
    }
}
