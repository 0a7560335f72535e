import Log

/// The newest events that a loop has fanned out, kept in memory within a bound.
///
/// A consumer whose position is not older than the tail joins without reading the disk; so
/// catching up ends even while events come faster than pages can be read. The events are
/// shared with the other loops and with the engine: a tail costs references.
public struct Tail {
    private var batches: [CommittedBatch] = []
    private var first = 0
    private var eventCount = 0
    private var byteCount = 0
    /// The position after which the tail holds everything.
    private var floor: UInt64
    /// The position up to which the loop has fanned out.
    public private(set) var head: UInt64

    private let maxEvents: Int
    private let maxBytes: Int

    /// Makes an empty tail.
    ///
    /// - Parameters:
    ///   - head: The newest position of the log when the loop starts.
    ///   - maxEvents: The most events kept, but for one batch.
    ///   - maxBytes: The most bytes of events kept, but for one batch.
    public init(head: UInt64, maxEvents: Int = 8192, maxBytes: Int = 4 << 20) {
        self.head = head
        self.floor = head
        self.maxEvents = maxEvents
        self.maxBytes = maxBytes
    }

    /// Takes what was committed next.
    public mutating func append(_ batch: CommittedBatch) {
        batches.append(batch)
        head = batch.through
        eventCount += batch.events.count
        byteCount += Self.bytes(of: batch)
        while batches.count - first > 1, eventCount > maxEvents || byteCount > maxBytes {
            let oldest = batches[first]
            eventCount -= oldest.events.count
            byteCount -= Self.bytes(of: oldest)
            floor = oldest.through
            first += 1
        }
        if first > 64, first > batches.count / 2 {
            batches.removeFirst(first)
            first = 0
        }
    }

    /// A part of the tail, as a filter shows it.
    public struct Stretch {
        /// What matches, oldest first.
        public var events: [Event]
        /// All that matches and is not after this position is in ``events``.
        public var through: UInt64
    }

    /// The events after `position` that match, as many as there is room for.
    ///
    /// - Parameters:
    ///   - position: Where to begin, itself left out.
    ///   - maxBytes: The most that their JSON may be together; the first comes however long it is.
    ///   - isWanted: Whether an event matches.
    /// - Returns: `nil` where some of what comes after `position` is no longer here.
    public func events(
        after position: UInt64, maxBytes: Int = .max,
        where isWanted: (Event) -> Bool = { _ in true }
    ) -> Stretch? {
        guard position >= floor else { return nil }
        var stretch = Stretch(events: [], through: max(position, head))
        var room = maxBytes
        for batch in batches[firstBatch(after: position)...] {
            for event in batch.events where event.position > position && isWanted(event) {
                guard stretch.events.isEmpty || event.json.count <= room else {
                    stretch.through = event.position - 1
                    return stretch
                }
                room -= event.json.count
                stretch.events.append(event)
            }
        }
        return stretch
    }

    /// Where the batches begin that reach past `position`, found by bisection.
    private func firstBatch(after position: UInt64) -> Int {
        var (low, high) = (first, batches.count)
        while low < high {
            let middle = low + (high - low) / 2
            if batches[middle].through > position { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private static func bytes(of batch: CommittedBatch) -> Int {
        batch.events.reduce(0) { $0 + $1.json.count }
    }
}
