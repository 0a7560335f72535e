import Log
import SQLite

/// A view of the records by the tables of one connection: what a reader and a transaction see
/// differs in when they look, not in how.
protocol TableSnapshot: Snapshot {
    var tables: Tables { get }

    /// What `body` returns; what SQLite says, in the engine's words.
    func attempt<Value>(_ body: () throws(SQLiteError) -> Value) throws(EngineError) -> Value
}

extension TableSnapshot {
    func record(_ collection: Collection, _ key: String) throws(EngineError) -> [UInt8]? {
        try attempt { () throws(SQLiteError) in
            try tables.records.value(collection, key, now: now)
        }
    }

    func records(
        _ collection: Collection, prefix: String, after: String?, limit: Int, descending: Bool
    ) throws(EngineError) -> [Record] {
        let range = KeyRange(prefix: prefix, after: after, descending: descending)
        return try attempt { () throws(SQLiteError) in
            try tables.records.records(
                collection, range, limit: limit, descending: descending, now: now)
        }
    }

    func count(_ collection: Collection, prefix: String) throws(EngineError) -> Int {
        let range = KeyRange(prefix: prefix, after: nil, descending: false)
        return try attempt { () throws(SQLiteError) in
            try tables.records.count(collection, range, now: now)
        }
    }
}
