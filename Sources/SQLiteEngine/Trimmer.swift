import Log
import SQLite

/// Removes events that are past retention, a few at a time.
final class Trimmer {
    private let retention: Retention
    private let transientGroups: GroupPattern?
    private let tables: Tables
    /// The `at` of the event behind `trimmed`, so that it is looked up once.
    private var oldest: (trimmed: UInt64, at: Timestamp)?

    /// The groups whose rows went with their last events in the step that was made last.
    private(set) var retired: [Group] = []

    init(_ options: EngineOptions, _ tables: Tables) {
        retention = options.retention
        transientGroups = options.transientGroups
        self.tables = tables
    }

    /// When the oldest event is past retention.
    ///
    /// - Parameter log: What is kept.
    /// - Returns: A moment in the past if that is so already by number or size; `nil` for never.
    func due(_ log: LogState) -> Timestamp? {
        guard log.events > 0 else { return nil }
        if exceeds(log) { return Timestamp(milliseconds: .min) }
        guard let age = retention.age else { return nil }
        if oldest?.trimmed != log.trimmed { oldest = lookUp(log) }
        // A look-up that fails is tried again with the next commit, whose failure is reported.
        return oldest.map { $0.at + age + .milliseconds(1) }
    }

    /// Forgets the oldest event: it may have been one of a commit that was undone.
    func forget() { oldest = nil }

    private func lookUp(_ log: LogState) -> (trimmed: UInt64, at: Timestamp)? {
        do throws(SQLiteError) {
            return try tables.events.moment(from: log.trimmed + 1).map { (log.trimmed, $0.at) }
        } catch {
            return nil
        }
    }

    /// Removes the oldest of what is past retention; within a transaction.
    ///
    /// - Parameters:
    ///   - log: The log's state, which is brought up to date but not saved.
    ///   - now: The engine's clock.
    ///   - budget: The most events to remove.
    /// - Returns: How many were removed; less than `budget` if no more are past retention.
    /// - Throws: What SQLite says; the transaction must then be undone.
    func trim(_ log: inout LogState, now: Timestamp, budget: Int) throws(SQLiteError) -> Int {
        retired = []
        guard let due = due(log), due <= now else { return 0 }
        let oldest = retention.age.map { now - $0 }
        var rest = log
        var removed = 0
        var lastOfGroup: [Int64: EventTable.Header] = [:]
        try tables.events.forEach(after: log.trimmed, limit: budget) { header, json in
            guard exceeds(rest) || oldest.map({ header.at < $0 }) ?? false else { return false }
            rest.trimmed = header.position
            rest.events -= 1
            rest.bytes -= UInt64(json.count + EventTable.overheadBytes)
            lastOfGroup[header.groupID] = header
            removed += 1
            return true
        }
        guard removed > 0 else { return 0 }
        try tables.events.delete(through: rest.trimmed)
        for header in lastOfGroup.values where try !retire(header) {
            try tables.groups.saveTrimmed(header)
        }
        log = rest
        return removed
    }

    /// Removes the row of a transient group whose last event goes; whether it was one.
    private func retire(_ last: EventTable.Header) throws(SQLiteError) -> Bool {
        guard let transientGroups,
            let group = try tables.groups.name(id: last.groupID).flatMap(Group.init(stored:)),
            transientGroups.matches(group), try tables.groups.retire(last, to: transientGroups)
        else { return false }
        retired.append(group)
        return true
    }

    private func exceeds(_ log: LogState) -> Bool {
        log.events > 0
            && (retention.events.map { log.events > $0 } ?? false
                || retention.bytes.map { log.bytes > $0 } ?? false)
    }
}
