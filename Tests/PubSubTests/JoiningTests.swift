import Log
import Testing

@testable import PubSub

/// Subscriptions of one consumer come, catch up, overflow and merge in any order.
///
/// Meanwhile events are committed, fanned out and read; a page may be ahead of the loop, and the
/// reader may stop.
@Suite("Between replay and live")
struct JoiningTests {
    @Test("nothing is missing and nothing comes twice, whatever comes first", arguments: 0..<400)
    func anyOrder(seed: Int) {
        var random = Random(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1)
        var scene = Scene(queueLimit: 1 + random.below(8), tailLimit: 1 + random.below(8))
        for _ in 0..<300 { scene.step(&random) }
        scene.settle()
        #expect(scene.received.sorted() == scene.expected)
        #expect(scene.caughtUpThrough == scene.log.count)
    }

    @Test("one subscription gets the order of the log", arguments: 0..<100)
    func order(seed: Int) {
        var random = Random(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1)
        var scene = Scene(queueLimit: 1 + random.below(8), tailLimit: 1 + random.below(8))
        for _ in 0..<20 { scene.commit(&random) }
        scene.subscribe(to: "**", after: UInt64(random.below(20)))
        for _ in 0..<300 { scene.step(&random, subscribing: false) }
        scene.settle()
        #expect(scene.received == scene.expected)
    }
}

/// A generator that gives the same numbers in each run (xorshift).
struct Random {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }
}

/// A log, one loop, and one consumer on it.
private struct Scene {
    private struct Piece {
        var positions: [UInt64]
        /// Where it brings the consumer; `nil` for what must arrive.
        var through: UInt64?
    }

    private static let groups = ["a", "b", "c"]

    private(set) var log: [Event] = []
    private var waiting: [CommittedBatch] = []
    private var tail: Tail
    private var table = SubscriptionTable<Int>()

    private var subscriptions: [(id: Int, machine: Subscription)] = []
    private var wanted: [(pattern: GroupPattern, start: UInt64)] = []
    private var reads: [(id: Int, query: PageQuery)] = []
    private var queue: [Piece] = []
    private var isFirstHalfSent = false
    private var sentThrough: UInt64 = 0
    private let queueLimit: Int

    private(set) var received: [UInt64] = []
    private(set) var caughtUpThrough = 0

    init(queueLimit: Int, tailLimit: Int) {
        self.queueLimit = queueLimit
        tail = Tail(head: 0, maxEvents: tailLimit)
    }

    var expected: [UInt64] {
        log.filter { event in
            wanted.contains { event.position > $0.start && $0.pattern.matches(event.group) }
        }.map(\.position)
    }

    mutating func step(_ random: inout Random, subscribing: Bool = true) {
        switch random.below(9) {
        case 0...1: commit(&random)
        case 2...3: fanOut()
        case 4...5: answer()
        case 6: send(half: random.below(3) == 0)
        case 7 where random.below(3) == 0: while !queue.isEmpty { send(half: false) }
        case 8 where subscribing && wanted.count < 4:
            let names = ["a", "b", "c", "*"]
            let start = random.below(2) == 0 ? nil : UInt64(random.below(log.count + 1))
            subscribe(to: names[random.below(names.count)], after: start)
        default: break
        }
    }

    /// Lets everything happen that is under way.
    mutating func settle() {
        while !waiting.isEmpty || !reads.isEmpty || !queue.isEmpty {
            fanOut()
            answer()
            send(half: false)
        }
        if subscriptions.allSatisfy(\.machine.isLive) { caughtUpThrough = Int(tail.head) }
    }

    // MARK: The log

    mutating func commit(_ random: inout Random) {
        var events: [Event] = []
        for _ in 0...random.below(3) {
            let name = Self.groups[random.below(Self.groups.count)]
            events.append(event(UInt64(log.count + events.count + 1), in: name))
        }
        log += events
        waiting.append(CommittedBatch(events: events, through: UInt64(log.count)))
    }

    private mutating func fanOut() {
        guard !waiting.isEmpty else { return }
        let batch = waiting.removeFirst()
        tail.append(batch)
        for event in batch.events where !table.members(of: event.group).isEmpty {
            #expect(table.members(of: event.group) == [1])
            deliverLive(event)
        }
        for (id, _) in subscriptions {
            perform(id) { $0.headMoved(tail: $1, isQueueEmpty: $2) }
        }
        if queue.isEmpty { drained() }  // at the end of the turn, never within a batch
    }

    private mutating func deliverLive(_ event: Event) {
        let count = queue.reduce(0) { $0 + $1.positions.count }
        guard queue.isEmpty || count < queueLimit else { return overflow() }
        queue.append(Piece(positions: [event.position], through: event.position))
    }

    private mutating func overflow() {
        let kept = isFirstHalfSent ? queue.first?.through : nil
        let half = isFirstHalfSent ? queue.prefix(1) : []
        queue = half + queue.dropFirst(half.count).filter { $0.through == nil }
        for index in subscriptions.indices where subscriptions[index].machine.isLive {
            for pattern in subscriptions[index].machine.patterns { table.remove(1, from: pattern) }
            subscriptions[index].machine.fellBehind(at: kept ?? sentThrough)
        }
    }

    /// Answers the oldest page that was asked for, as of now: the loop may be behind it.
    private mutating func answer() {
        guard !reads.isEmpty else { return }
        let (id, query) = reads.removeFirst()
        guard case .after(let start) = query.start else { return }
        var found: [Event] = []
        var through = UInt64(log.count)
        for event in log where event.position > start {
            guard query.patterns.contains(where: { $0.matches(event.group) }) else { continue }
            if found.count == 3 {
                through = event.position - 1
                break
            }
            found.append(event)
        }
        let page = Page(
            events: found, gaps: [], after: start, through: through, head: UInt64(log.count))
        perform(id) { $0.received(page, tail: $1, isQueueEmpty: $2) }
    }

    // MARK: The consumer

    mutating func subscribe(to name: String, after start: UInt64?) {
        let pattern = pattern(name)
        guard !wanted.contains(where: { $0.pattern == pattern }) else { return }
        let id = wanted.count
        wanted.append((pattern, start ?? tail.head))
        guard let start else {
            subscriptions.append((id, Subscription(liveTo: [pattern], head: tail.head)))
            return join(id)
        }
        let (machine, query) = Subscription.resuming(
            [pattern], from: .after(start), isReset: false, pageBytes: 40)
        subscriptions.append((id, machine))
        reads.append((id, query))
    }

    private mutating func perform(
        _ id: Int, _ call: (inout Subscription, Tail, Bool) -> [Subscription.Action]
    ) {
        guard let index = subscriptions.firstIndex(where: { $0.id == id }) else { return }
        for action in call(&subscriptions[index].machine, tail, queue.isEmpty) {
            switch action {
            case .announce, .sendGap, .sendBookmark, .sendCaughtUp, .awaitDrain: break
            case .deliver(let events, _): replay(events, from: id)
            case .read(let query): reads.append((id, query))
            case .join: join(id)
            }
        }
        if queue.isEmpty, subscriptions.contains(where: { $0.id == id }) { drained() }
    }

    private mutating func replay(_ events: [Event], from id: Int) {
        let fresh = events.filter { event in
            !subscriptions.contains {
                $0.id != id && $0.machine.hasDelivered(event, head: tail.head)
            }
        }
        if !fresh.isEmpty { queue.append(Piece(positions: fresh.map(\.position), through: nil)) }
    }

    private mutating func join(_ id: Int) {
        guard let index = subscriptions.firstIndex(where: { $0.id == id }) else { return }
        let joined = subscriptions[index].machine
        for pattern in joined.patterns { table.add(1, to: pattern) }
        guard
            let other = subscriptions.firstIndex(where: { $0.id != id && $0.machine.isLive })
        else { return sentThrough = max(sentThrough, tail.head) }
        subscriptions[other].machine.merge(joined)
        subscriptions.remove(at: index)
    }

    private mutating func send(half: Bool) {
        guard let first = queue.first else { return }
        guard !half else { return isFirstHalfSent = true }
        isFirstHalfSent = false
        received += first.positions
        if let through = first.through { sentThrough = max(sentThrough, through) }
        queue.removeFirst()
        if queue.isEmpty { drained() }
    }

    private mutating func drained() {
        for (id, _) in subscriptions where queue.isEmpty {
            guard let index = subscriptions.firstIndex(where: { $0.id == id }) else { continue }
            switch subscriptions[index].machine.phase {
            case .opening, .reading, .live: break
            case .parked(let page) where page.through > tail.head: break
            case .parked, .draining:
                perform(id) { machine, tail, _ in machine.drained(tail: tail) }
            }
        }
    }
}
