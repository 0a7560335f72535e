import Log
import SQLite

/// A page while it is filled.
struct PageBuilder {
    private(set) var events: [Event] = []
    private(set) var through: UInt64
    private let log: LogState
    private let maxEvents: Int
    private let maxBytes: Int
    private var bytes = 0

    init(_ query: PageQuery, _ log: LogState, through: UInt64) {
        self.log = log
        self.through = through
        maxEvents = max(query.maxEvents, 1)
        maxBytes = query.maxBytes
    }

    /// How many more events there is room for.
    var room: Int { maxEvents - events.count }

    /// Takes the next event that matches; whether there may be room for another.
    mutating func append(_ header: EventTable.Header, _ group: Group, _ json: Span<UInt8>) -> Bool {
        guard events.isEmpty || bytes + json.count <= maxBytes else {
            through = header.position - 1
            return false
        }
        var json = Array(copying: json)
        if header.position <= log.epochBase {
            EventEncoding.replaceEpoch(with: log.epoch, in: &json)
        }
        events.append(
            Event(
                position: header.position, seq: header.seq, group: group, at: header.at, json: json)
        )
        bytes += json.count
        through = header.position
        return room > 0
    }

    /// Notes that nothing matches up to `position`.
    mutating func skip(_ position: UInt64) { through = position }

    /// Notes that nothing more matches.
    mutating func reachEnd() { through = log.head }
}

/// The places of several groups' runs in one ascending sequence.
struct PositionMerge {
    /// One group's positions, read a chunk at a time.
    private struct Source {
        let group: Int64
        let last: UInt64
        var chunk: [UInt64]
        var index = 0

        var next: UInt64 { chunk[index] }
    }

    private let events: EventTable
    private let after: UInt64
    private let chunk: Int
    /// A binary heap: no source stands before its parent, at half its index.
    private var heap: [Source] = []

    init(_ events: EventTable, after: UInt64, chunk: Int) {
        self.events = events
        self.after = after
        self.chunk = chunk
    }

    mutating func add(_ group: GroupRow) throws(SQLiteError) {
        let positions = try events.positions(group: group.id, after: after, limit: chunk)
        guard !positions.isEmpty else { return }
        heap.append(Source(group: group.id, last: group.lastPosition, chunk: positions))
        var child = heap.count - 1
        while child > 0, heap[child].next < heap[(child - 1) / 2].next {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// The smallest position that has not been returned; `nil` at the end.
    mutating func next() throws(SQLiteError) -> (position: UInt64, group: Int64)? {
        guard let position = heap.first?.next, let group = heap.first?.group else { return nil }
        heap[0].index += 1
        if heap[0].index == heap[0].chunk.count {
            heap[0].chunk = []
            heap[0].index = 0
            if position < heap[0].last {
                heap[0].chunk = try events.positions(
                    group: heap[0].group, after: position, limit: chunk)
            }
        }
        if heap[0].chunk.isEmpty {
            heap.swapAt(0, heap.count - 1)
            heap.removeLast()
        }
        sink()
        return (position, group)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].next < heap[least].next {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
