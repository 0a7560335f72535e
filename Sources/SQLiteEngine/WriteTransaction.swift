import Log
import SQLite

/// The transaction that bodies see, used for one after the other within a commit.
///
/// Events are held back until their body commits, and a savepoint is opened only by the first
/// change to a record: a plain publish costs its insert and nothing else.
///
/// A call to SQLite that fails is kept in `failure`: the whole commit is then undone, whatever
/// the body makes of the error.
final class WriteTransaction: Transaction, TableSnapshot {
    let tables: Tables
    /// From so many events on that they do not tell of, `log` and `groups` are written; a reader
    /// goes through as many where it lists groups, which takes it a millisecond.
    static let maxUnsavedEvents: UInt64 = 1024

    private let database: Database
    private let groups: GroupCache
    private let savepoint: Statement
    private let release: Statement
    private let rollback: Statement

    /// The log with the events of the bodies that have committed so far.
    var log: LogState
    private(set) var now = Timestamp(milliseconds: 0)
    /// What bodies of this commit have published, in the order of the log.
    private(set) var events: [Event] = []
    /// How many records were put or deleted in this commit.
    private(set) var recordChanges = 0
    /// No record expires before this; `nil` if none does at all.
    var nextExpiry: Timestamp?
    /// What the commit has to write, about, in bytes.
    private(set) var bytes = 0
    private(set) var failure: SQLiteError?

    private var pending: [(event: Event, entry: GroupCache.Entry)] = []
    /// Kept events that are not in the table yet.
    private var run: EventRun?
    private var encoder = EventEncoder()
    private var hasSavepoint = false
    private var recordChangesOfBody = 0

    init(_ database: Database, _ tables: Tables, log: LogState) throws(SQLiteError) {
        self.database = database
        self.tables = tables
        self.log = log
        groups = try GroupCache(tables.groups)
        try groups.load(EventTail(tables.events, after: log.saved))
        savepoint = try database.prepare("SAVEPOINT body")
        release = try database.prepare("RELEASE body")
        rollback = try database.prepare("ROLLBACK TO body")
    }

    // MARK: The commit

    /// Begins a commit's first body.
    func begin(now: Timestamp) {
        self.now = now
        events = []
        recordChanges = 0
        bytes = 0
        failure = nil
        groups.shrink()
    }

    /// How many groups have had an event.
    var groupCount: UInt64 { UInt64(groups.count) }

    /// Whether the commit has anything to write.
    var hasChanges: Bool { !events.isEmpty || recordChanges > 0 }

    /// Writes the events that were held back for others to join them.
    func writeRun() throws(SQLiteError) {
        guard let run else { return }
        self.run = nil
        try tables.events.insert(run)
    }

    /// Whether this commit should bring the tables `log` and `groups` up to the head.
    var isSaveDue: Bool { log.head - log.saved >= Self.maxUnsavedEvents }

    /// Writes the rows of groups: of all whose row is behind, or only of those that are new.
    func flushGroups(all: Bool) throws(SQLiteError) {
        if all { try groups.flush() } else { try groups.flushNew() }
    }

    /// Writes the log's row, once the groups' are written.
    func saveLog() throws(SQLiteError) {
        log.saved = log.head
        try tables.log.save(log)
    }

    /// Forgets groups whose rows were removed.
    func forget(_ retired: [Group]) { groups.forget(retired) }

    /// Takes back all that the commit's bodies did; the database has been rolled back.
    func revert(to log: LogState) throws(SQLiteError) {
        self.log = log
        events = []
        pending = []
        run = nil
        recordChanges = 0
        recordChangesOfBody = 0
        hasSavepoint = false
        try groups.load(EventTail(tables.events, after: log.saved))
    }

    // MARK: One body

    /// Keeps what the body did.
    func keep() throws(EngineError) {
        try attempt { () throws(SQLiteError) in
            if events.isEmpty { events.reserveCapacity(pending.count) }
            var log = log
            for (event, entry) in pending {
                if run?.append(event, groupID: entry.id) != true {
                    try writeRun()
                    run = EventRun(event, groupID: entry.id)
                }
                groups.markDirty(entry, lastPosition: event.position)
                log.bytes += UInt64(event.json.count + EventTable.overheadBytes)
                log.lastAt = event.at
                events.append(event)
                bytes += event.json.count
            }
            log.head += UInt64(pending.count)
            log.events += UInt64(pending.count)
            self.log = log
            pending.removeAll(keepingCapacity: true)
            recordChanges += recordChangesOfBody
            recordChangesOfBody = 0
            if hasSavepoint { try release.run() }
            hasSavepoint = false
        }
    }

    /// Undoes what the body did.
    func undo() throws(EngineError) {
        for (_, entry) in pending { entry.lastSeq -= 1 }
        pending.removeAll(keepingCapacity: true)
        recordChangesOfBody = 0
        guard hasSavepoint, failure == nil else { return }
        hasSavepoint = false
        try attempt { () throws(SQLiteError) in
            try rollback.run()
            try release.run()
        }
    }

    func append(_ draft: EventDraft) throws(EngineError) -> Appended {
        try attempt { () throws(SQLiteError) in
            let entry = try groups.entry(of: draft.group)
            entry.lastSeq += 1
            let log = log
            let position = log.head + UInt64(pending.count) + 1
            let place = Appended(
                cursor: Cursor(epoch: log.epoch, position: position), seq: entry.lastSeq, at: now)
            let event = Event(
                position: position, seq: place.seq, group: draft.group,
                at: max(now, log.lastAt), json: encoder.encode(draft, place))
            pending.append((event, entry))
            return place
        }
    }

    func put(
        _ collection: Collection, _ key: String, _ value: [UInt8], expires: Timestamp?
    ) throws(EngineError) {
        try attempt { () throws(SQLiteError) in
            try openSavepoint()
            try tables.records.put(collection, key, value, expires: expires)
            recordChangesOfBody += 1
            if let expires { nextExpiry = min(nextExpiry ?? expires, expires) }
            bytes += value.count + key.utf8.count
        }
    }

    func delete(_ collection: Collection, _ key: String) throws(EngineError) -> Bool {
        try attempt { () throws(SQLiteError) in
            try openSavepoint()
            guard try tables.records.delete(collection, key, now: now) else { return false }
            recordChangesOfBody += 1
            return true
        }
    }

    private func openSavepoint() throws(SQLiteError) {
        guard !hasSavepoint else { return }
        try savepoint.run()
        hasSavepoint = true
    }

    // MARK: Reading

    var head: UInt64 { log.head + UInt64(pending.count) }

    func groups(after: String?, limit: Int) throws(EngineError) -> [GroupSummary] {
        try attempt { () throws(SQLiteError) in
            try groups.write()
            return try tables.groups.summaries(after: after, limit: limit)
        }
    }

    func attempt<Value>(_ body: () throws(SQLiteError) -> Value) throws(EngineError)
        -> Value
    {
        if let failure { throw EngineError(failure) }
        do throws(SQLiteError) {
            return try body()
        } catch {
            failure = error
            throw EngineError(error)
        }
    }
}
