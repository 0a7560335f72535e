import Log
import SQLite

/// A row of the table `groups`.
struct GroupRow: Equatable {
    var id: Int64
    var name: String
    var lastSeq: UInt64
    var lastPosition: UInt64
    /// The `seq` of its newest event that is past retention; 0 if none is.
    var trimmedSeq: UInt64
    var trimmedPosition: UInt64
    var trimmedAt: Timestamp
}

/// The table `groups`, for one connection.
final class GroupTable {
    private let selectByName: Statement
    private let selectNameByID: Statement
    private let selectRange: Statement
    private let upsert: Statement
    private let trim: Statement
    private let remove: Statement
    private let addRetired: Statement
    private let greatestID: Statement
    private let number: Statement

    init(_ database: Database) throws(SQLiteError) {
        let columns =
            "id, name, last_seq, last_position, trimmed_seq, trimmed_position, trimmed_at"
        selectByName = try database.prepare("SELECT \(columns) FROM groups WHERE name = ?")
        selectNameByID = try database.prepare("SELECT name FROM groups WHERE id = ?")
        selectRange = try database.prepare(
            """
            SELECT \(columns) FROM groups
            WHERE name >= ? AND name < ? AND last_position > ?
            ORDER BY name LIMIT ?
            """)
        upsert = try database.prepare(
            """
            INSERT INTO groups (id, name, last_seq, last_position) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (id) DO UPDATE SET last_seq = ?3, last_position = ?4
            """)
        trim = try database.prepare(
            "UPDATE groups SET trimmed_seq = ?, trimmed_position = ?, trimmed_at = ? WHERE id = ?")
        greatestID = try database.prepare("SELECT max(id) FROM groups")
        remove = try database.prepare(
            "DELETE FROM groups WHERE id = ? AND last_seq = ? RETURNING id")
        addRetired = try database.prepare(
            """
            INSERT INTO groups VALUES (\(Self.retiredID), ?1, ?2, ?3, ?2, ?3, ?4)
            ON CONFLICT (id) DO UPDATE SET
                last_seq = last_seq + ?2, trimmed_seq = trimmed_seq + ?2,
                last_position = max(last_position, ?3),
                trimmed_position = max(trimmed_position, ?3), trimmed_at = max(trimmed_at, ?4)
            """)
        number = try database.prepare(
            "SELECT count(*) FROM groups WHERE id != \(Self.retiredID)")
    }

    func row(named name: String) throws(SQLiteError) -> GroupRow? {
        try selectByName.bind(1, name).first(Self.row)
    }

    func name(id: Int64) throws(SQLiteError) -> String? {
        try selectNameByID.bind(1, id).first { $0.text(0) }
    }

    /// Groups in the order of their names.
    ///
    /// - Parameters:
    ///   - range: Which names.
    ///   - position: Those that have had an event behind it.
    ///   - limit: The most to return.
    /// - Returns: At most `limit` rows.
    /// - Throws: What SQLite says.
    func rows(
        _ range: KeyRange, activeAfter position: UInt64 = 0, limit: Int
    ) throws(SQLiteError) -> [GroupRow] {
        selectRange.bind(1, text: range.from).bind(2, text: range.below)
        selectRange.bind(3, Int64(clamping: position)).bind(4, Int64(max(limit, 0)))
        var rows: [GroupRow] = []
        try selectRange.forEach { statement in
            rows.append(Self.row(statement))
            return true
        }
        return rows
    }

    func save(
        id: Int64, name: String, lastSeq: UInt64, lastPosition: UInt64
    ) throws(SQLiteError) {
        upsert.bind(1, id).bind(2, name)
        try upsert.bind(3, Int64(bitPattern: lastSeq)).bind(4, Int64(bitPattern: lastPosition))
            .run()
    }

    func saveTrimmed(_ last: EventTable.Header) throws(SQLiteError) {
        trim.bind(1, Int64(bitPattern: last.seq)).bind(2, Int64(bitPattern: last.position))
        try trim.bind(3, last.at.milliseconds).bind(4, last.groupID).run()
    }

    /// The row that stands for all groups that were retired; others have ids from 1 on.
    static let retiredID: Int64 = 0

    /// Removes the row of a group that has no event any more and gets no other, and adds what it
    /// was to the one row that stands for all such, so that what they have lost is still told.
    ///
    /// - Parameters:
    ///   - last: Its last event, which is removed as well.
    ///   - pattern: What it and all such are called; no group has that name.
    /// - Returns: Whether it was removed: it stays where that was not its last event.
    /// - Throws: What SQLite says.
    func retire(
        _ last: EventTable.Header, to pattern: GroupPattern
    ) throws(SQLiteError) -> Bool {
        let seq = Int64(bitPattern: last.seq)
        guard try remove.bind(1, last.groupID).bind(2, seq).first({ _ in true }) != nil else {
            return false
        }
        addRetired.bind(1, pattern.text).bind(2, seq).bind(3, Int64(bitPattern: last.position))
        try addRetired.bind(4, last.at.milliseconds).run()
        return true
    }

    /// The row that stands for all groups that were retired, where one of that name may have been
    /// among them.
    func retired(_ name: String) throws(SQLiteError) -> [GroupRow] {
        guard let pattern = try self.name(id: Self.retiredID).flatMap(GroupPattern.init(stored:)),
            pattern.matches(name: name), let row = try row(named: pattern.text)
        else { return [] }
        return [row]
    }

    func maxID() throws(SQLiteError) -> Int64 {
        try greatestID.first { $0.integer(0) } ?? 0
    }

    func count() throws(SQLiteError) -> Int64 {
        try number.first { $0.integer(0) } ?? 0
    }

    private static func row(_ row: Statement) -> GroupRow {
        GroupRow(
            id: row.integer(0), name: row.text(1), lastSeq: row.unsigned(2),
            lastPosition: row.unsigned(3), trimmedSeq: row.unsigned(4),
            trimmedPosition: row.unsigned(5), trimmedAt: Timestamp(milliseconds: row.integer(6)))
    }
}
