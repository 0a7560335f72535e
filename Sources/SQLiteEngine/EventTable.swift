import Bytes
import Log
import SQLite

/// The table `events`, for one connection.
///
/// A row is a *run*: events of one group that were committed together and follow each other in the
/// log, in the order of their positions. Most of the cost of an insert is by the row.
final class EventTable {
    /// An event without its JSON.
    struct Header {
        var position: UInt64
        var groupID: Int64
        var seq: UInt64
        var at: Timestamp
    }

    /// What an event takes beside its JSON: its row's other columns and its place in the index.
    static let overheadBytes = 48

    private let insert: Statement
    private let select: Statement
    private let selectFrom: Statement
    private let positions: Statement
    private let moment: Statement
    private let removeThrough: Statement
    private let greatest: Statement

    init(_ database: Database) throws(SQLiteError) {
        let columns = "position, group_id, seq, at, json, count"
        insert = try database.prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)")
        select = try database.prepare(
            "SELECT \(columns) FROM events WHERE position >= ? ORDER BY position LIMIT 1")
        selectFrom = try database.prepare(
            "SELECT \(columns) FROM events WHERE position > ? ORDER BY position LIMIT ?")
        positions = try database.prepare(
            """
            SELECT position FROM events INDEXED BY events_by_group
            WHERE group_id = ? AND position > ? ORDER BY position LIMIT ?
            """)
        moment = try database.prepare(
            "SELECT position, at, count FROM events WHERE position >= ? ORDER BY position LIMIT 1")
        greatest = try database.prepare("SELECT max(position) FROM events")
        removeThrough = try database.prepare("DELETE FROM events WHERE position <= ?")
    }

    func insert(_ run: EventRun) throws(SQLiteError) {
        insert.bind(1, Int64(bitPattern: run.last.position)).bind(2, run.last.groupID)
        insert.bind(3, Int64(bitPattern: run.last.seq)).bind(4, run.last.at.milliseconds)
        try insert.bind(6, Int64(run.count)).run(with: run.json, at: 5)
    }

    /// The event at `position`, with its JSON as it is stored.
    func event(at position: UInt64) throws(SQLiteError) -> (Header, json: [UInt8])? {
        var found: (Header, json: [UInt8])?
        guard position > 0 else { return nil }
        try forEachOfRun(at: position, after: position - 1) { header, json in
            if header.position == position { found = (header, Array(copying: json)) }
            return false
        }
        return found
    }

    /// Goes through the events of the run that holds `place`, or else of the one behind it.
    ///
    /// - Parameters:
    ///   - place: A position.
    ///   - position: Where to begin, itself left out.
    ///   - body: Called with each; it answers whether to go on.
    /// - Throws: What SQLite says.
    func forEachOfRun(
        at place: UInt64, after position: UInt64,
        _ body: (Header, _ json: Span<UInt8>) -> Bool
    ) throws(SQLiteError) {
        try select.bind(1, Int64(clamping: place)).forEach { row in
            _ = Self.forEachEvent(of: row, after: position, body)
            return false
        }
    }

    /// Goes through the events behind `position`, in their order.
    ///
    /// - Parameters:
    ///   - position: Where to begin, itself left out.
    ///   - limit: The most events to see.
    ///   - body: Called with each; it answers whether to go on.
    /// - Throws: What SQLite says.
    func forEach(
        after position: UInt64, limit: Int, _ body: (Header, _ json: Span<UInt8>) -> Bool
    ) throws(SQLiteError) {
        var room = limit
        guard room > 0 else { return }
        selectFrom.bind(1, Int64(clamping: position)).bind(2, Int64(limit))
        try selectFrom.forEach { row in
            Self.forEachEvent(of: row, after: position) { header, json in
                room -= 1
                return body(header, json) && room > 0
            }
        }
    }

    /// Goes through the events of a row that are behind `position`; whether `body` never said no.
    private static func forEachEvent(
        of row: Statement, after position: UInt64, _ body: (Header, Span<UInt8>) -> Bool
    ) -> Bool {
        var header = header(row)
        let count = UInt64(clamping: row.integer(5))
        guard count > 1 else { return row.withBlob(4) { body(header, $0) } }
        header.position -= min(count, header.position)
        header.seq -= min(count, header.seq)
        return row.withBlob(4) { lines in
            var start = 0
            while start < lines.count {
                let end = lines.firstIndex(of: ASCII.lf, from: start)
                header.position += 1
                header.seq += 1
                if header.position > position,
                    !body(header, lines.extracting(start..<end))
                {
                    return false
                }
                start = end + 1
            }
            return true
        }
    }

    /// The places of a group's runs that end behind `position`, in their order.
    func positions(
        group: Int64, after position: UInt64, limit: Int
    ) throws(SQLiteError) -> [UInt64] {
        positions.bind(1, group).bind(2, Int64(clamping: position)).bind(3, Int64(limit))
        var found: [UInt64] = []
        try positions.forEach { row in
            found.append(row.unsigned(0))
            return true
        }
        return found
    }

    /// The first event at `position` or behind it, and its `at`.
    func moment(from position: UInt64) throws(SQLiteError) -> (position: UInt64, at: Timestamp)? {
        try moment.bind(1, Int64(clamping: position)).first { row in
            let last = row.unsigned(0)
            let first = last + 1 - min(UInt64(clamping: row.integer(2)), last)
            return (max(first, position), Timestamp(milliseconds: row.integer(1)))
        }
    }

    /// The newest position; 0 where there is no event.
    func newestPosition() throws(SQLiteError) -> UInt64 {
        try greatest.first { $0.unsigned(0) } ?? 0
    }

    /// Removes the runs that end at `position` or before it; one that ends behind it stays whole.
    func delete(through position: UInt64) throws(SQLiteError) {
        try removeThrough.bind(1, Int64(clamping: position)).run()
    }

    private static func header(_ row: Statement) -> Header {
        Header(
            position: row.unsigned(0), groupID: row.integer(1), seq: row.unsigned(2),
            at: Timestamp(milliseconds: row.integer(3)))
    }
}

/// Events of one group that follow each other in the log and were committed together.
struct EventRun {
    /// What the JSON of a run of more than one event may take: two rows fit a page, so that no
    /// third of it is wasted, and none needs a chain of pages.
    static let maxBytes = 1960

    /// Of the newest event.
    private(set) var last: EventTable.Header
    private(set) var count = 1
    /// The events' JSON, a line for each: no event has a line break.
    private(set) var json: [UInt8]

    init(_ event: Event, groupID: Int64) {
        last = EventTable.Header(
            position: event.position, groupID: groupID, seq: event.seq, at: event.at)
        json = event.json
    }

    /// Takes the event behind the newest one; whether it belongs to this run and fits.
    mutating func append(_ event: Event, groupID: Int64) -> Bool {
        guard last.groupID == groupID, last.at == event.at, last.seq + 1 == event.seq,
            last.position + 1 == event.position,
            json.count + 1 + event.json.count <= Self.maxBytes
        else { return false }
        if count == 1 { json.reserveCapacity(Self.maxBytes) }
        json.append(ASCII.lf)
        json.append(contentsOf: event.json)
        last.position = event.position
        last.seq = event.seq
        count += 1
        return true
    }
}
