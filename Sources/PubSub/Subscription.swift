import Log

/// A consumer's place in the log, and what it takes to bring it to the head.
///
/// Every consumer is one of these, whatever carries its bytes. It is *catching up*, reading
/// pages of the log at the speed at which its queue drains, or *live*, handed what a loop
/// fans out. The machine decides; its owner reads pages, encodes and sends.
///
/// A loop has a *head*: the position up to which it has fanned out. A page that reaches past
/// the head is parked until the loop gets there, so that at the moment of joining every
/// event is either behind the consumer or still to be fanned out: none missing, none twice.
public struct Subscription: Sendable {
    /// A pattern, and the position after which its events are wanted.
    public struct Interest: Sendable, Equatable {
        public let pattern: GroupPattern
        public let start: UInt64
        /// Up to here everything was handed on before it joined; what is handed on while it
        /// catches up must arrive, so it is not handed on again when it falls behind.
        var settled: UInt64 = 0

        /// The position after which something may be handed on from the log.
        var floor: UInt64 { max(start, settled) }

        /// Whether a page that is read now is to bring it `event`.
        func wants(_ event: Event) -> Bool {
            event.position > floor && pattern.matches(event.group)
        }

        /// Whether it was brought `event`, if its subscription stands at `position`.
        func hasDelivered(_ event: Event, at position: UInt64) -> Bool {
            event.position > start && event.position <= max(position, settled)
                && pattern.matches(event.group)
        }
    }

    /// What happened between a consumer's cursor and the events that it gets first.
    public enum Verdict: String, Sendable {
        /// Nothing was missed.
        case complete
        /// Some of it is past retention; a gap frame says how much.
        case gap
        /// The cursor is not of this log: all that is kept follows, from the earliest on.
        case reset
        /// From now on; nothing before was asked for.
        case live
    }

    /// What the owner is to do, in this order.
    public enum Action: Sendable {
        /// Say where it starts, and with which verdict.
        case announce(Verdict, position: UInt64)
        case sendGap(Gap)
        /// Events that all match, in log order; after them the consumer stands at `through`.
        case deliver([Event], through: UInt64)
        /// Nothing matched up to here, and the consumer may resume from it.
        case sendBookmark(position: UInt64)
        case sendCaughtUp(position: UInt64)
        /// Ask the engine for a page; `received(_:tail:)` is to be called with it.
        case read(PageQuery)
        /// Call `drained(tail:)` once nothing waits in the consumer's queue.
        case awaitDrain
        /// Hand it the events of its patterns from now on.
        case join
    }

    enum Phase: Sendable {
        /// The first page is on its way; the verdict waits for it.
        case opening(isReset: Bool)
        case reading
        /// A page reaches past the loop's head.
        indirect case parked(Page)
        case draining
        case live
    }

    public private(set) var interests: Few<Interest>
    /// All that matches and is not after this has been handed on; where it joined, while live.
    public private(set) var position: UInt64
    private(set) var phase: Phase
    private let maxPageBytes: UInt32
    private var pageBytes: Int { Int(maxPageBytes) }

    /// The most events in a page.
    public static let maxPageEvents = 1024
    /// The most bytes of events in a page, where the owner has no wish of its own.
    public static let defaultPageBytes = 128 << 10

    public var isLive: Bool {
        if case .live = phase { true } else { false }
    }

    /// Whether a page waits: `headMoved` is to be called with each move of the loop's head, and
    /// `drained` when nothing waits to be sent.
    public var isParked: Bool {
        if case .parked = phase { true } else { false }
    }

    public var patterns: [GroupPattern] { interests.map(\.pattern) }

    /// Begins at the head: live at once.
    ///
    /// - Parameters:
    ///   - patterns: What is subscribed to.
    ///   - head: The position up to which the loop has fanned out.
    ///   - pageBytes: The most bytes of events in a page, should it fall behind.
    public init(
        liveTo patterns: [GroupPattern], head: UInt64, pageBytes: Int = defaultPageBytes
    ) {
        interests = Few(patterns.map { Interest(pattern: $0, start: head) })
        position = head
        phase = .live
        maxPageBytes = UInt32(clamping: pageBytes)
    }

    private init(_ patterns: [GroupPattern], isReset: Bool, pageBytes: Int) {
        interests = Few(patterns.map { Interest(pattern: $0, start: 0) })
        position = 0
        phase = .opening(isReset: isReset)
        maxPageBytes = UInt32(clamping: pageBytes)
    }

    /// Begins in the past.
    ///
    /// - Parameters:
    ///   - patterns: What is subscribed to.
    ///   - start: Where to begin.
    ///   - isReset: Whether `start` stands in for a cursor of another epoch.
    ///   - pageBytes: The most bytes of events in a page.
    /// - Returns: The subscription, and the first page that it needs.
    public static func resuming(
        _ patterns: [GroupPattern], from start: PageQuery.Start, isReset: Bool, pageBytes: Int
    ) -> (Subscription, PageQuery) {
        let subscription = Subscription(patterns, isReset: isReset, pageBytes: pageBytes)
        return (subscription, subscription.query(from: start))
    }

    private func query(from start: PageQuery.Start) -> PageQuery {
        PageQuery(
            start: start, patterns: patterns, maxEvents: Self.maxPageEvents, maxBytes: pageBytes)
    }

    /// Whether `event` was, at `head`, handed on by this subscription.
    public func hasDelivered(_ event: Event, head: UInt64) -> Bool {
        let position = isLive ? head : position
        return interests.contains { $0.hasDelivered(event, at: position) }
    }

    private func wants(_ event: Event) -> Bool { interests.contains { $0.wants(event) } }

    /// Takes a page that was asked for.
    ///
    /// - Parameters:
    ///   - page: What the engine answered.
    ///   - tail: What the loop has fanned out lately.
    ///   - isQueueEmpty: Whether nothing waits to be sent to the consumer. If something does,
    ///     the page waits too: what another subscription was handed live could still be dropped,
    ///     and must not be counted as handed on.
    /// - Returns: What to do now; nothing if no page was asked for.
    public mutating func received(
        _ page: Page, tail: borrowing Tail, isQueueEmpty: Bool = true
    ) -> [Action] {
        switch phase {
        case .opening(let isReset):
            return opened(page, isReset: isReset, tail: tail, isQueueEmpty: isQueueEmpty)
        case .reading:
            return take(page, tail: tail, isQueueEmpty: isQueueEmpty)
        case .parked, .draining, .live:
            return []
        }
    }

    /// Goes on with a parked page, if the loop's head has reached it and nothing waits.
    public mutating func headMoved(
        tail: borrowing Tail, isQueueEmpty: Bool = true
    ) -> [Action] {
        guard case .parked(let page) = phase else { return [] }
        return take(page, tail: tail, isQueueEmpty: isQueueEmpty)
    }

    /// Goes on once the consumer's queue is empty.
    public mutating func drained(tail: borrowing Tail) -> [Action] {
        switch phase {
        case .parked(let page): return take(page, tail: tail, isQueueEmpty: true)
        case .draining: return advance(tail: tail)
        case .opening, .reading, .live: return []
        }
    }

    /// Goes back to reading the log, since the queue of the consumer is full.
    ///
    /// - Parameter kept: The last position whose live events the queue still holds, or has
    ///   sent. Where that is before it joined, as no live event was sent yet, it goes back no
    ///   further than to where it joined.
    public mutating func fellBehind(at kept: UInt64) {
        guard case .live = phase else { return }
        position = max(kept, interests.map(\.floor).min() ?? kept)
        phase = .draining
    }

    /// Goes on as part of `other`: both are live, and one order holds for all they match.
    public mutating func merge(_ other: Subscription) {
        interests.append(contentsOf: other.interests)
    }

    /// Gives up the patterns that `isRefused` picks.
    ///
    /// - Returns: What was given up.
    public mutating func remove(where isRefused: (GroupPattern) -> Bool) -> [GroupPattern] {
        let refused = patterns.filter(isRefused)
        interests.removeAll { isRefused($0.pattern) }
        return refused
    }

    private mutating func opened(
        _ page: Page, isReset: Bool, tail: borrowing Tail, isQueueEmpty: Bool
    ) -> [Action] {
        // WIRE: a position in the future is of another log, as is a foreign epoch.
        if page.after > page.head {
            phase = .opening(isReset: true)
            return [.read(query(from: .earliest))]
        }
        interests = Few(patterns.map { Interest(pattern: $0, start: page.after) })
        position = page.after
        let verdict: Verdict = isReset ? .reset : page.gaps.isEmpty ? .complete : .gap
        return [.announce(verdict, position: page.after)]
            + take(page, tail: tail, isQueueEmpty: isQueueEmpty)
    }

    private mutating func take(
        _ page: Page, tail: borrowing Tail, isQueueEmpty: Bool
    ) -> [Action] {
        guard page.through <= tail.head, isQueueEmpty else {
            phase = .parked(page)
            return []
        }
        var actions = page.gaps.map(Action.sendGap)
        position = page.through
        // A page that is wanted whole, as nearly all are, is not copied.
        let events = page.events.allSatisfy(wants) ? page.events : page.events.filter(wants)
        if !events.isEmpty {
            actions.append(.deliver(events, through: page.through))
        } else if page.through < page.head {
            actions.append(.sendBookmark(position: page.through))
        }
        return actions + advance(tail: tail, isQueueEmpty: events.isEmpty)
    }

    private mutating func advance(tail: borrowing Tail, isQueueEmpty: Bool = true) -> [Action] {
        guard
            let missed = tail.events(after: position, maxBytes: pageBytes, where: wants)
        else {
            guard isQueueEmpty else {
                phase = .draining
                return [.awaitDrain]
            }
            phase = .reading
            return [.read(query(from: .after(position)))]
        }
        guard isQueueEmpty || missed.events.isEmpty else {
            phase = .draining
            return [.awaitDrain]
        }
        position = missed.through
        let deliveries =
            missed.events.isEmpty ? [] : [Action.deliver(missed.events, through: missed.through)]
        guard missed.through >= tail.head else {
            phase = .draining
            return deliveries + [.awaitDrain]
        }
        phase = .live
        for index in interests.indices { interests[index].settled = position }
        return deliveries + [.sendCaughtUp(position: position), .join]
    }
}
