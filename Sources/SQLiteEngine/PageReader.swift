import Log
import SQLite

/// Reads pages of the log, in one of two ways.
///
/// A *scan* goes through the events by position and drops what does not match: right near the
/// head, and where many groups match. A *merge* follows the index of each matching group, and
/// costs only what it returns: right where few groups match in a long stretch.
final class PageReader {
    /// Up to so many positions a scan is taken whatever the filter: about 1 ms.
    static let shortStretch: UInt64 = 4096
    /// The most events that a scan looks at for one page: about 10 ms.
    ///
    /// A page that has found
    /// nothing by then is empty, and still advances.
    static let maxScannedEvents = 32_768
    /// The most groups that a merge follows: each costs a look-up of 3 µs.
    static let maxMergedGroups = 1024
    /// The most rows of groups looked at to find which match.
    static let maxExaminedGroups = 8192
    /// The most groups of one pattern whose gaps are named one by one.
    static let maxNamedGaps = 100
    /// The most names held, about 100 bytes each.
    private static let maxNames = 65_536

    private let tables: Tables
    private var names: [Int64: Group] = [:]

    init(_ tables: Tables) { self.tables = tables }

    /// Reads a page; within a transaction, whose view `log` is of.
    func page(_ query: PageQuery, _ log: LogState) throws(SQLiteError) -> Page {
        let after = try resolve(query.start, log)
        let from = min(max(after, log.trimmed), log.head)
        let gaps = try gaps(query, after: after, log)
        var builder = PageBuilder(query, log, through: from)
        if log.head > from {
            if let groups = try groupsToMerge(query.patterns, after: from, log) {
                try merge(groups, after: from, through: log.saved, into: &builder)
            } else {
                try scan(query.patterns, after: from, into: &builder)
            }
        }
        return Page(
            events: builder.events, gaps: gaps, after: after, through: builder.through,
            head: log.head)
    }

    // MARK: Where it begins

    private func resolve(_ start: PageQuery.Start, _ log: LogState) throws(SQLiteError) -> UInt64 {
        switch start {
        case .after(let position): position
        case .earliest: log.trimmed
        case .at(let moment): try lastPosition(before: moment, log)
        }
    }

    /// Finds the newest event before `moment` by bisection, for `at` never falls.
    private func lastPosition(
        before moment: Timestamp, _ log: LogState
    ) throws(SQLiteError) -> UInt64 {
        var low = log.trimmed  // all up to here are before
        var high = log.head  // all behind here are not
        while low < high {
            let middle = low + (high - low + 1) / 2
            guard let event = try tables.events.moment(from: middle), event.at < moment else {
                high = middle - 1
                continue
            }
            low = min(event.position, high)
        }
        return low
    }

    // MARK: What is found

    /// The groups whose indexes are to be followed; `nil` for a scan.
    private func groupsToMerge(
        _ patterns: [GroupPattern], after: UInt64, _ log: LogState
    ) throws(SQLiteError) -> [GroupRow]? {
        // The groups' rows tell of no event behind `saved`; from there on, a scan is short.
        guard log.saved > after, log.head - after > PageReader.shortStretch else { return nil }
        var found: [Int64: GroupRow] = [:]
        var examined = 0
        for pattern in patterns {
            let limit = PageReader.maxExaminedGroups - examined
            let rows = try candidates(pattern, activeAfter: after, limit: limit + 1)
            examined += rows.count
            guard rows.count <= limit else { return nil }
            for row in rows where pattern.matches(name: row.name) { found[row.id] = row }
            guard found.count <= PageReader.maxMergedGroups else { return nil }
        }
        return Array(found.values)
    }

    private func candidates(
        _ pattern: GroupPattern, activeAfter position: UInt64, limit: Int
    ) throws(SQLiteError) -> [GroupRow] {
        guard pattern.isExact else {
            let range = KeyRange(prefix: pattern.literalPrefix, after: nil, descending: false)
            return try tables.groups.rows(range, activeAfter: position, limit: limit)
        }
        guard let row = try tables.groups.row(named: pattern.text), row.lastPosition > position
        else { return [] }
        return [row]
    }

    private func merge(
        _ groups: [GroupRow], after: UInt64, through end: UInt64,
        into builder: inout PageBuilder
    ) throws(SQLiteError) {
        let chunk = max(8, min(builder.room, 4096 / max(groups.count, 1)))
        var merge = PositionMerge(tables.events, after: after, chunk: chunk)
        for group in groups { try merge.add(group) }
        while let run = try merge.next(), run.position <= end {
            guard let group = try group(run.group) else { continue }
            var isFull = false
            try tables.events.forEachOfRun(at: run.position, after: after) {
                header, json in
                isFull = !builder.append(header, group, json)
                return !isFull
            }
            if isFull { return }
        }
        builder.skip(end)
    }

    private func scan(
        _ patterns: [GroupPattern], after: UInt64, into builder: inout PageBuilder
    ) throws(SQLiteError) {
        var matching: [Int64: Group?] = [:]
        var seen = 0
        var fault: SQLiteError?
        var isFull = false
        let limit = PageReader.maxScannedEvents
        try tables.events.forEach(after: after, limit: limit) { header, json in
            if matching[header.groupID] == nil {
                do throws(SQLiteError) {
                    let group = try group(header.groupID)
                    matching[header.groupID] = .some(
                        group.flatMap { group in
                            patterns.contains { $0.matches(group) } ? group : nil
                        })
                } catch {
                    fault = error
                    return false
                }
            }
            seen += 1
            guard let group = matching[header.groupID] ?? nil else {
                builder.skip(header.position)
                return true
            }
            isFull = !builder.append(header, group, json)
            return !isFull
        }
        if let fault { throw fault }
        if !isFull, seen < limit { builder.reachEnd() }
    }

    private func group(_ id: Int64) throws(SQLiteError) -> Group? {
        if let group = names[id] { return group }
        guard let group = try tables.groups.name(id: id).flatMap(Group.init(stored:)) else {
            return nil
        }
        if names.count >= PageReader.maxNames { names = [:] }
        names[id] = group
        return group
    }

    // MARK: What is lost

    private func gaps(
        _ query: PageQuery, after: UInt64, _ log: LogState
    ) throws(SQLiteError) -> [Gap] {
        let loss: Loss
        switch query.start {
        case .earliest: return []
        case .after:
            guard after < log.trimmed else { return [] }
            loss = .behind(after)
        case .at(let moment):
            // An event that is kept and stands before the moment stands behind all that is lost.
            guard log.trimmed > 0, after <= log.trimmed else { return [] }
            loss = .since(moment)
        }
        var gaps: [Gap] = []
        var named: Set<Int64> = []
        for pattern in query.patterns {
            guard let losers = try losers(pattern, loss) else {
                gaps.append(loss.gap(of: pattern, through: log.trimmed))
                continue
            }
            let rows = losers.filter { named.insert($0.id).inserted }
            if rows.count <= PageReader.maxNamedGaps {
                gaps += rows.compactMap { row in
                    GroupPattern(stored: row.name).map { loss.gap(of: $0, [row]) }
                }
            } else {
                gaps.append(loss.gap(of: pattern, rows))
            }
        }
        return gaps.sorted { $0.to < $1.to }
    }

    /// The groups of a pattern that have lost something; `nil` where too many may have.
    private func losers(
        _ pattern: GroupPattern, _ loss: Loss
    ) throws(SQLiteError) -> [GroupRow]? {
        let limit = PageReader.maxExaminedGroups
        var rows = try candidates(pattern, activeAfter: loss.position, limit: limit + 1)
        guard rows.count <= limit else { return nil }
        rows.removeAll { !pattern.matches(name: $0.name) }
        if rows.isEmpty, pattern.isExact { rows = try tables.groups.retired(pattern.text) }
        return rows.filter(loss.concerns)
    }
}

/// Which lost events a reader would have got.
private enum Loss {
    case behind(UInt64)
    case since(Timestamp)

    var position: UInt64 {
        switch self {
        case .behind(let position): position
        case .since: 0
        }
    }

    func concerns(_ group: GroupRow) -> Bool {
        switch self {
        case .behind(let position): group.trimmedPosition > position
        case .since(let moment): group.trimmedSeq > 0 && group.trimmedAt >= moment
        }
    }

    /// The gap of groups that are too many to be looked at.
    func gap(of pattern: GroupPattern, through end: UInt64) -> Gap {
        Gap(group: pattern, from: position, to: end, lostAtMost: end - position)
    }

    /// The gap of groups that it concerns.
    ///
    /// A group lost no more than it ever lost, nor more than positions are in between.
    func gap(of pattern: GroupPattern, _ groups: [GroupRow]) -> Gap {
        let to = groups.map(\.trimmedPosition).max() ?? position
        let lost = groups.reduce(0) { $0 + min($1.trimmedSeq, $1.trimmedPosition - position) }
        return Gap(group: pattern, from: position, to: to, lostAtMost: min(lost, to - position))
    }
}
