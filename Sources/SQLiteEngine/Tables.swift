import Log
import SQLite

/// The statements of one connection, compiled once.
struct Tables {
    let log: LogTable
    let groups: GroupTable
    let events: EventTable
    let records: RecordTable

    init(_ database: Database) throws(SQLiteError) {
        log = try LogTable(database)
        groups = try GroupTable(database)
        events = try EventTable(database)
        records = try RecordTable(database)
    }
}

extension GroupTable {
    /// Groups in the order of their names, as a snapshot shows them.
    ///
    /// - Parameters:
    ///   - after: The name to go on behind; `nil` for the first.
    ///   - limit: The most to return.
    ///   - tail: The events that the table does not tell of; `nil` where it tells of all.
    /// - Returns: At most `limit` of them.
    /// - Throws: What SQLite says.
    func summaries(
        after: String?, limit: Int, _ tail: EventTail? = nil
    ) throws(SQLiteError) -> [GroupSummary] {
        let range = KeyRange(prefix: "", after: after, descending: false)
        // One row more, for one of them may stand for groups that were retired.
        return try rows(range, limit: limit + 1).compactMap { row in
            guard let group = Group(stored: row.name) else { return nil }
            let lastSeq = tail?.newest[row.id]?.seq ?? row.lastSeq
            return GroupSummary(group: group, lastSeq: lastSeq, kept: lastSeq - row.trimmedSeq)
        }.prefix(limit).map(\.self)
    }
}

extension GroupPattern {
    /// The pattern of a row, of one group or of those that were retired.
    init?(stored text: String) {
        do throws(GroupNameError) { try self.init(text) } catch { return nil }
    }
}

extension Group {
    /// The group of a row; `nil` for the row of those that were retired, and in a database that
    /// another hand has changed.
    init?(stored name: String) {
        do throws(GroupNameError) { try self.init(name) } catch { return nil }
    }
}
