import Log
import SQLite

/// What the writer knows of groups, so that a publish looks nothing up.
///
/// It is ahead of the table for many commits (``EventTail``); a commit that fails is followed by
/// `load`, which reads the table again.
final class GroupCache {
    /// One group, and where its next event will stand.
    final class Entry {
        let id: Int64
        let group: Group
        var lastSeq: UInt64
        var lastPosition: UInt64
        /// Whether the table's row is behind.
        var isDirty = false
        /// Whether the table has its row.
        var isStored: Bool

        init(id: Int64, group: Group, lastSeq: UInt64, lastPosition: UInt64, isStored: Bool) {
            self.id = id
            self.group = group
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
    /// The one that was asked for last; it is likely to be the next, too.
    private var last: Entry?
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
        if let last, last.group == group { return last }
        let entry = try lookUp(group)
        last = entry
        return entry
    }

    private func lookUp(_ group: Group) throws(SQLiteError) -> Entry {
        if let entry = entries[group] { return entry }
        let entry: Entry
        if let row = try table.row(named: group.name) {
            entry = Entry(
                id: row.id, group: group, lastSeq: row.lastSeq, lastPosition: row.lastPosition,
                isStored: true)
        } else {
            maxID += 1
            entry = Entry(id: maxID, group: group, lastSeq: 0, lastPosition: 0, isStored: false)
        }
        entries[group] = entry
        return entry
    }

    /// Notes that the row must be written; one that is not there yet, before the commit.
    func markDirty(_ entry: Entry, lastPosition: UInt64) {
        entry.lastPosition = lastPosition
        guard !entry.isDirty else { return }
        entry.isDirty = true
        dirty.append(entry)
    }

    /// Writes the rows of all groups that have had an event since they were written.
    ///
    /// They stay dirty, so that nothing is lost if a savepoint undoes this.
    func write() throws(SQLiteError) {
        for entry in dirty { try save(entry) }
    }

    /// Writes the rows of groups that are new, at the end of a commit that does not write all.
    func flushNew() throws(SQLiteError) {
        for entry in dirty where !entry.isStored {
            try save(entry)
            entry.isStored = true
            count += 1
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

    private func save(_ entry: Entry) throws(SQLiteError) {
        try table.save(
            id: entry.id, name: entry.group.name, lastSeq: entry.lastSeq,
            lastPosition: entry.lastPosition)
    }

    /// Forgets groups whose rows were removed; none of them is dirty.
    func forget(_ retired: [Group]) {
        guard !retired.isEmpty else { return }
        for group in retired { entries[group] = nil }
        last = nil
        count -= Int64(retired.count)
    }

    /// Drops entries past the bound, but for those that the table is behind of; between commits.
    func shrink() {
        guard entries.count > GroupCache.maxEntries else { return }
        entries = [:]
        last = nil
        for entry in dirty { entries[entry.group] = entry }
    }

    /// Reads the table anew.
    ///
    /// - Parameter tail: The events that the table does not tell of.
    /// - Throws: What SQLite says.
    func load(_ tail: EventTail) throws(SQLiteError) {
        entries = [:]
        last = nil
        dirty = []
        // A number is not used again as long as this runs: readers remember whose it was.
        maxID = max(maxID, try table.maxID())
        count = try table.count()
        for header in tail.newest.values {
            guard let group = try table.name(id: header.groupID).flatMap(Group.init(stored:))
            else { continue }
            let entry = Entry(
                id: header.groupID, group: group, lastSeq: header.seq,
                lastPosition: header.position, isStored: true)
            entries[group] = entry
            markDirty(entry, lastPosition: header.position)
        }
    }
}
