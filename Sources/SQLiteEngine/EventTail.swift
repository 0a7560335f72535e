import Log
import SQLite

/// The events that the tables `log` and `groups` do not tell of yet.
///
/// Both are written once in many commits: a commit then writes its events and nothing else.
/// What has come since is found in the events themselves, for there are few.
struct EventTail {
    /// The newest event of each of their groups, by the group's `id`.
    private(set) var newest: [Int64: EventTable.Header] = [:]
    private(set) var count: UInt64 = 0
    /// What they count against retention.
    private(set) var bytes: UInt64 = 0
    private(set) var last: EventTable.Header?

    /// Reads the events behind `position`.
    init(_ events: EventTable, after position: UInt64) throws(SQLiteError) {
        var tail = EventTail()
        try events.forEach(after: position, limit: .max) { header, json in
            tail.newest[header.groupID] = header
            tail.count += 1
            tail.bytes += UInt64(json.count + EventTable.overheadBytes)
            tail.last = header
            return true
        }
        self = tail
    }

    private init() {}
}

extension LogState {
    /// Takes in the events behind `saved`.
    mutating func add(_ tail: EventTail) {
        guard let last = tail.last else { return }
        head = last.position
        events += tail.count
        bytes += tail.bytes
        lastAt = last.at
    }
}
