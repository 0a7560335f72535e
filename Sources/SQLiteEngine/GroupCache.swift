import Log
import SQLite

/// What the writer knows of groups, so that a publish looks nothing up.
///
/// It may be ahead of the table while a commit is under way; a commit that fails is followed by
/// `forget`, and the next one reads the table again.
final class GroupCache {
    /// One group, and where its next event will stand.
    final class Entry {
        let id: Int64
        let name: String
        var lastSeq: UInt64
        var lastPosition: UInt64
        var isDirty = false
        /// Whether the table has its row.
        var isStored: Bool

        init(id: Int64, name: String, lastSeq: UInt64, lastPosition: UInt64, isStored: Bool) {
            self.id = id
            self.name = name
            self.lastSeq = lastSeq
            self.lastPosition = lastPosition
            self.isStored = isStored
        }
    }

    /// The most groups held, about 200 bytes each; all are forgotten together, since which will be
    /// used again is not known, and a look-up costs 3 µs.
    static let maxEntries = 65_536

    private let table: GroupTable
    private var entries: [Group: Entry] = [:]
    private var dirty: [Entry] = []
    private var maxID: Int64
    /// How many groups the table has.
    private(set) var count: Int64

    init(_ table: GroupTable) throws(SQLiteError) {
        self.table = table
        maxID = try table.maxID()
        count = try table.count()
    }

    /// The group's entry; a new one if it has had no event.
    func entry(of group: Group) throws(SQLiteError) -> Entry {
        if let entry = entries[group] { return entry }
        let entry: Entry
        if let row = try table.row(named: group.name) {
            entry = Entry(
                id: row.id, name: row.name, lastSeq: row.lastSeq, lastPosition: row.lastPosition,
                isStored: true)
        } else {
            maxID += 1
            entry = Entry(id: maxID, name: group.name, lastSeq: 0, lastPosition: 0, isStored: false)
        }
        entries[group] = entry
        return entry
    }

    /// Notes that the row must be written before the commit.
    func markDirty(_ entry: Entry, lastPosition: UInt64) {
        entry.lastPosition = lastPosition
        guard !entry.isDirty else { return }
        entry.isDirty = true
        dirty.append(entry)
    }

    /// Writes the rows of all groups that have had an event in this commit.
    ///
    /// They stay dirty, so that nothing is lost if a savepoint undoes this.
    func write() throws(SQLiteError) {
        for entry in dirty {
            try table.save(
                id: entry.id, name: entry.name, lastSeq: entry.lastSeq,
                lastPosition: entry.lastPosition)
        }
    }

    /// Writes them for good, at the end of the commit.
    func flush() throws(SQLiteError) {
        try write()
        for entry in dirty {
            entry.isDirty = false
            if !entry.isStored { count += 1 }
            entry.isStored = true
        }
        dirty.removeAll(keepingCapacity: true)
    }

    /// Drops entries past the bound; between commits.
    func shrink() {
        if entries.count > GroupCache.maxEntries { entries = [:] }
    }

    /// Drops all, for the table is no longer what it was taken for.
    func forget() throws(SQLiteError) {
        entries = [:]
        dirty = []
        maxID = try table.maxID()
        count = try table.count()
    }
}
