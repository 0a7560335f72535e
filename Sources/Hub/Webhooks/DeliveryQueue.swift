import Log

/// One webhook's way through the log: which event is delivered next, and when.
///
/// It is a cursor over the log, like every consumer. It decides; its owner reads pages, makes
/// requests, keeps the time, and records ``progress``. What is not recorded is delivered again
/// after a crash, under the same identifier.
public struct DeliveryQueue: Sendable {
    /// What the owner is to do next; it asks again until it is told to rest.
    public enum Step: Equatable, Sendable {
        /// Deliver this event; ``answered(_:_:now:draw:)`` is to be called with what came of it.
        case attempt(Event, number: Int)
        /// Read this event again; ``fetched(_:_:)`` is to be called with it.
        case fetch(position: UInt64, group: Group)
        /// Read the log on; ``received(_:through:isHead:)`` is to be called.
        case read(PageQuery.Start)
        /// Nothing can be done before that time, or before an answer, a page or a new event.
        case rest(until: Timestamp?)
        /// All that was to be sent again was.
        case finished
    }

    private struct Item: Sendable {
        enum State: Sendable {
            case waiting
            case fetching
            case held(Event)
            case flying
        }

        var open: DeliveryProgress.Open
        var state: State
    }

    /// The most deliveries that wait to be tried again; more events are not begun.
    public static let maxOpen = 1000
    /// The most answers that are not recorded yet: what a crash may cause to be sent again.
    public static let maxUnrecorded = 64
    /// So many failures in a row open the breaker: one attempt at a time, and nothing new.
    public static let breakerThreshold = 5

    public private(set) var order: DeliveryOrder
    public let schedule: RetrySchedule
    private let range: DeliveryProgress.Range
    private var items: [Item] = []
    private var ready: ArraySlice<Event> = []
    private var scanned: PageQuery.Start
    private var isReading = false
    /// Whether all that the loop has fanned out was looked at.
    public private(set) var isAtHead = false
    private var failures: Int
    /// How many answers are not recorded yet.
    public private(set) var unrecorded = 0

    /// Goes on where `progress` stands.
    ///
    /// - Parameters:
    ///   - progress: What was recorded.
    ///   - order: How many at a time.
    ///   - schedule: When to try again.
    public init(_ progress: DeliveryProgress, order: DeliveryOrder, schedule: RetrySchedule) {
        self.order = order
        self.schedule = schedule
        range = progress.range
        scanned = progress.start
        failures = progress.failures
        items = progress.open.map { Item(open: $0, state: .waiting) }
    }

    /// What is to be recorded.
    public var progress: DeliveryProgress {
        let start = ready.first.map { PageQuery.Start.after($0.position - 1) } ?? scanned
        return DeliveryProgress(
            start: start, open: items.map(\.open), failures: failures, range: range)
    }

    /// Whether an attempt is under way.
    public var isInFlight: Bool { inFlight > 0 }

    /// Whether the endpoint has failed so often that it is only probed.
    public var isBreakerOpen: Bool { failures >= Self.breakerThreshold }

    private var inFlight: Int {
        items.count { item in
            switch item.state {
            case .waiting: false
            case .fetching, .held, .flying: true
            }
        }
    }

    // MARK: What to do

    /// What to do next.
    public mutating func next(now: Timestamp) -> Step {
        if let index = items.firstIndex(where: { if case .held = $0.state { true } else { false } }
        ),
            case .held(let event) = items[index].state
        {
            items[index].state = .flying
            return .attempt(event, number: items[index].open.attempts + 1)
        }
        let limit = isBreakerOpen ? 1 : order.maxInFlight
        guard unrecorded < Self.maxUnrecorded, inFlight < limit else { return .rest(until: nil) }
        if let index = dueItem(now) {
            items[index].state = .fetching
            let open = items[index].open
            return .fetch(position: open.position, group: open.group)
        }
        if mayBegin {
            if let event = ready.popFirst() {
                items.append(Item(open: .init(event, due: now), state: .flying))
                return .attempt(event, number: 1)
            }
            if !isReading, !isAtHead {
                isReading = true
                return .read(scanned)
            }
        }
        if range != .all, isAtHead, ready.isEmpty, items.isEmpty { return .finished }
        return .rest(until: waiting.map(\.open.due).min())
    }

    private var waiting: [Item] {
        let candidates = order == .fifo ? items.prefix(1) : items[...]
        return candidates.filter { if case .waiting = $0.state { true } else { false } }
    }

    /// The item that is due first; in fifo order only the first one counts.
    private func dueItem(_ now: Timestamp) -> Int? {
        let candidates = order == .fifo ? items.indices.prefix(1) : items.indices
        return candidates.filter { index in
            guard case .waiting = items[index].state else { return false }
            return items[index].open.due <= now
        }.min { items[$0].open.due < items[$1].open.due }
    }

    /// Where nothing waits that could be the probe, a new event is.
    private var mayBegin: Bool {
        guard !isBreakerOpen || items.isEmpty else { return false }
        return order == .fifo ? items.isEmpty : items.count < Self.maxOpen
    }

    // MARK: What came of it

    /// Takes a page of the log.
    ///
    /// - Parameters:
    ///   - events: What the webhook wants, in the order of the log.
    ///   - through: Everything up to here was looked at.
    ///   - isHead: Whether that is all that the loop has fanned out.
    public mutating func received(_ events: [Event], through: UInt64, isHead: Bool) {
        isReading = false
        ready += events.prefix { !range.ends(before: $0) }
        scanned = .after(through)
        isAtHead = isHead || range.ends(at: through) || ready.count < events.count
    }

    /// Takes deliveries that had failed for good, to be made anew.
    ///
    /// - Parameters:
    ///   - failed: Position and group of each, in the order of the log.
    ///   - through: Everything up to here was looked at.
    ///   - isEnd: Whether there are no others.
    ///   - now: When they are due: at once.
    public mutating func received(
        failed: [(position: UInt64, group: Group)], through: UInt64, isEnd: Bool, now: Timestamp
    ) {
        isReading = false
        for (position, group) in failed where !range.ends(before: position) {
            let open = DeliveryProgress.Open(
                position: position, group: group, attempts: 0, due: now)
            items.append(Item(open: open, state: .waiting))
        }
        scanned = .after(through)
        isAtHead = isEnd || range.ends(at: through)
    }

    /// The page could not be read; it is asked for again.
    public mutating func readFailed() { isReading = false }

    /// Something that it wants was fanned out.
    ///
    /// - Parameter position: Of the first of it; what came before is not wanted.
    public mutating func woken(by position: UInt64) {
        guard isAtHead, range == .all else { return }
        isAtHead = false
        if case .after(let old) = scanned { scanned = .after(max(old, position - 1)) }
    }

    /// Not all was fanned out: the log is read from where this stood.
    public mutating func missedSome() { if range == .all { isAtHead = false } }

    /// Takes an event that was read again; `nil` where it is past retention.
    ///
    /// - Returns: What that leads to; `nil` where the attempt goes on.
    public mutating func fetched(_ position: UInt64, _ event: Event?) -> Settlement? {
        guard let index = index(of: position) else { return nil }
        guard let event else {
            items.remove(at: index)
            unrecorded += 1
            return .exhausted("the event is past retention")
        }
        items[index].state = .held(event)
        return nil
    }

    /// Takes back an attempt that was not made, or not to its end; it is due again at `due`.
    public mutating func abandoned(_ position: UInt64, due: Timestamp) {
        guard let index = index(of: position) else { return }
        items[index].state = .waiting
        items[index].open.due = due
    }

    /// Takes what came of an attempt.
    ///
    /// - Parameters:
    ///   - position: Of its event.
    ///   - answer: What came.
    ///   - now: When.
    ///   - draw: Any number; jitter is taken from it.
    /// - Returns: What it led to; `nil` where no such attempt was under way.
    public mutating func answered(
        _ position: UInt64, _ answer: DeliveryAnswer, now: Timestamp, draw: UInt64
    ) -> Settlement? {
        guard let index = index(of: position) else { return nil }
        unrecorded += 1
        switch answer {
        case .status(200..<300, _):
            items.remove(at: index)
            if isBreakerOpen { bringForward(to: now) }
            failures = 0
            return .delivered
        case .status(410, _):
            items[index].open.attempts += 1
            items[index].open.due = now
            items[index].state = .waiting
            return .gone
        case .status(let status, let retryAfter):
            return failed(index, "the endpoint answered \(status)", retryAfter, now, draw)
        case .failed(let reason):
            return failed(index, reason, nil, now, draw)
        }
    }

    private mutating func failed(
        _ index: Int, _ reason: String, _ retryAfter: Duration?, _ now: Timestamp, _ draw: UInt64
    ) -> Settlement {
        failures = min(failures + 1, Self.breakerThreshold)
        items[index].open.attempts += 1
        let attempts = items[index].open.attempts
        guard
            let due = schedule.next(
                after: attempts, now: now, retryAfter: retryAfter, draw: draw)
        else {
            items.remove(at: index)
            return .exhausted("\(reason), the last of \(attempts) attempts")
        }
        items[index].open.due = due
        items[index].state = .waiting
        return .retry(at: due)
    }

    /// So many answers are durable now.
    public mutating func recorded(_ count: Int) { unrecorded -= min(count, unrecorded) }

    /// What is wanted, or in which order, has changed: what was read and not begun is read anew.
    public mutating func reconsider(order: DeliveryOrder) {
        scanned = progress.start
        ready = []
        isReading = false
        isAtHead = false
        self.order = order
    }

    /// The endpoint is back, or is said to be: what waits is due at once.
    public mutating func bringForward(to now: Timestamp) {
        for index in items.indices where items[index].open.due > now { items[index].open.due = now }
    }

    private func index(of position: UInt64) -> Int? {
        items.firstIndex { $0.open.position == position }
    }
}
