import Log
import SQLite

/// The table `records`, for one connection.
final class RecordTable {
    private let select: Statement
    private let ascending: Statement
    private let descending: Statement
    private let number: Statement
    private let upsert: Statement
    private let remove: Statement
    private let removeExpired: Statement
    private let earliestExpiry: Statement
    private let database: Database

    init(_ database: Database) throws(SQLiteError) {
        let live = "(expires IS NULL OR expires > ?)"
        let range = "FROM records WHERE collection = ? AND key >= ? AND key < ? AND \(live)"
        self.database = database
        select = try database.prepare(
            "SELECT value FROM records WHERE collection = ? AND key = ? AND \(live)")
        ascending = try database.prepare("SELECT key, value \(range) ORDER BY key LIMIT ?")
        descending = try database.prepare("SELECT key, value \(range) ORDER BY key DESC LIMIT ?")
        number = try database.prepare("SELECT count(*) \(range)")
        upsert = try database.prepare("REPLACE INTO records VALUES (?, ?, ?, ?)")
        remove = try database.prepare(
            "DELETE FROM records WHERE collection = ? AND key = ? AND \(live)")
        removeExpired = try database.prepare(
            """
            DELETE FROM records WHERE (collection, key) IN (
                SELECT collection, key FROM records
                WHERE expires <= ? ORDER BY expires LIMIT ?)
            """)
        earliestExpiry = try database.prepare(
            "SELECT expires FROM records WHERE expires IS NOT NULL ORDER BY expires LIMIT 1")
    }

    func value(
        _ collection: Collection, _ key: String, now: Timestamp
    ) throws(SQLiteError) -> [UInt8]? {
        select.bind(1, collection.rawValue).bind(2, key).bind(3, now.milliseconds)
        return try select.first { $0.blob(0) }
    }

    func records(
        _ collection: Collection, _ range: KeyRange, limit: Int, descending isDescending: Bool,
        now: Timestamp
    ) throws(SQLiteError) -> [Record] {
        let statement = isDescending ? descending : ascending
        bind(statement, collection, range, now).bind(5, Int64(max(limit, 0)))
        var records: [Record] = []
        try statement.forEach { row in
            records.append(Record(key: row.text(0), value: row.blob(1)))
            return true
        }
        return records
    }

    func count(
        _ collection: Collection, _ range: KeyRange, now: Timestamp
    ) throws(SQLiteError) -> Int {
        let count = try bind(number, collection, range, now).first { $0.integer(0) }
        return Int(count ?? 0)
    }

    func put(
        _ collection: Collection, _ key: String, _ value: [UInt8], expires: Timestamp?
    ) throws(SQLiteError) {
        upsert.bind(1, collection.rawValue).bind(2, key).bind(3, blob: value)
        try upsert.bind(4, expires?.milliseconds).run()
    }

    /// Removes a record; whether there was one that had not expired.
    func delete(
        _ collection: Collection, _ key: String, now: Timestamp
    ) throws(SQLiteError) -> Bool {
        remove.bind(1, collection.rawValue).bind(2, key)
        try remove.bind(3, now.milliseconds).run()
        return database.changes > 0
    }

    /// Removes the records that expired first; how many those were.
    func deleteExpired(now: Timestamp, limit: Int) throws(SQLiteError) -> Int {
        try removeExpired.bind(1, now.milliseconds).bind(2, Int64(limit)).run()
        return database.changes
    }

    /// When the next record expires; `nil` if none does.
    func nextExpiry() throws(SQLiteError) -> Timestamp? {
        try earliestExpiry.first { Timestamp(milliseconds: $0.integer(0)) }
    }

    @discardableResult
    private func bind(
        _ statement: Statement, _ collection: Collection, _ range: KeyRange, _ now: Timestamp
    ) -> Statement {
        statement.bind(1, collection.rawValue).bind(2, text: range.from).bind(3, text: range.below)
            .bind(4, now.milliseconds)
    }
}

/// Keys from `from` on and below `below`, by their octets.
struct KeyRange {
    var from: [UInt8]
    var below: [UInt8]

    /// The keys that begin with `prefix` and come behind `after`, in the direction of travel.
    init(prefix: String, after: String?, descending: Bool) {
        from = Array(prefix.utf8)
        below = from + [0xFF]  // no octet of UTF-8 is as great
        guard let after = after.map({ Array($0.utf8) }) else { return }
        if descending {
            if after.lexicographicallyPrecedes(below) { below = after }
        } else if !after.lexicographicallyPrecedes(from) {
            from = after + [0]  // the next key that there can be
        }
    }
}
