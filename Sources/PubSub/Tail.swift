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

    /// The events after `position`, oldest first.
    ///
    /// - Returns: `nil` where some of them are no longer here.
    public func events(after position: UInt64) -> [Event]? {
        guard position >= floor else { return nil }
        guard position < head else { return [] }
        var newest: [Event] = []
        for batch in batches[first...] where batch.through > position {
            newest += batch.events.filter { $0.position > position }
        }
        return newest
    }

    private static func bytes(of batch: CommittedBatch) -> Int {
        batch.events.reduce(0) { $0 + $1.json.count }
    }
}
