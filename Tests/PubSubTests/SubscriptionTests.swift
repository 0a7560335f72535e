import Log
import Testing

@testable import PubSub

@Suite("A subscription's way to the head")
struct SubscriptionTests {
    @Test("from now on: live at once, and nothing is read")
    func now() {
        let subscription = Subscription(liveTo: [pattern("a")], head: 7)
        #expect(subscription.isLive)
    }

    @Test("a cursor at the head: complete, caught up, live")
    func atHead() {
        var (subscription, query) = resume(after: 5)
        #expect(query.start == .after(5))
        let actions = subscription.received(page(5, 5, head: 5), tail: Tail(head: 5))
        #expect(names(actions) == ["announce complete 5", "caughtUp 5", "join"])
        #expect(subscription.isLive)
    }

    @Test("what was missed comes first, and is drained before the next page")
    func pages() {
        var (subscription, _) = resume(after: 0)
        let tail = Tail(head: 6)
        var actions = subscription.received(page(0, 3, head: 6, events: [1, 3]), tail: tail)
        #expect(names(actions) == ["announce complete 0", "deliver 1,3 through 3", "awaitDrain"])
        actions = subscription.drained(tail: tail)
        #expect(names(actions) == ["read after 3"])
        actions = subscription.received(page(3, 6, head: 6, events: [5]), tail: tail)
        #expect(names(actions) == ["deliver 5 through 6", "caughtUp 6", "join"])
    }

    @Test("events that were fanned out in the meantime come from the tail")
    func fromTail() {
        var (subscription, _) = resume(after: 0)
        var tail = Tail(head: 2)
        tail.append(batch([3, 4]))
        var actions = subscription.received(page(0, 2, head: 2, events: [1]), tail: tail)
        #expect(names(actions) == ["announce complete 0", "deliver 1 through 2", "awaitDrain"])
        actions = subscription.drained(tail: tail)
        #expect(names(actions) == ["deliver 3,4 through 4", "caughtUp 4", "join"])
    }

    @Test("a page past the loop's head waits until the loop gets there")
    func parked() {
        var (subscription, _) = resume(after: 0)
        var tail = Tail(head: 1)
        var actions = subscription.received(page(0, 3, head: 3, events: [1, 3]), tail: tail)
        #expect(names(actions) == ["announce complete 0"])
        #expect(subscription.isParked)
        tail.append(batch([2, 3]))
        actions = subscription.headMoved(tail: tail)
        #expect(names(actions) == ["deliver 1,3 through 3", "caughtUp 3", "join"])
    }

    @Test("a page waits until nothing waits before it")
    func parkedBehindTheQueue() {
        var (subscription, _) = resume(after: 0)
        let tail = Tail(head: 3)
        var actions = subscription.received(
            page(0, 3, head: 3, events: [1]), tail: tail, isQueueEmpty: false)
        #expect(names(actions) == ["announce complete 0"])
        #expect(subscription.isParked)
        #expect(subscription.headMoved(tail: tail, isQueueEmpty: false).isEmpty)
        actions = subscription.drained(tail: tail)
        #expect(names(actions) == ["deliver 1 through 3", "caughtUp 3", "join"])
    }

    @Test("what is past retention is a gap before what is kept")
    func gap() {
        var (subscription, _) = resume(after: 2)
        var page = page(2, 9, head: 9, events: [8])
        page.gaps = [Gap(group: pattern("a"), from: 2, to: 7, lostAtMost: 4)]
        let actions = subscription.received(page, tail: Tail(head: 9))
        #expect(
            names(actions) == [
                "announce gap 2", "gap 4", "deliver 8 through 9", "caughtUp 9", "join",
            ])
    }

    @Test("a position in the future is a reset, from the earliest on")
    func future() {
        var (subscription, _) = resume(after: 99)
        let tail = Tail(head: 9)
        var actions = subscription.received(page(99, 99, head: 9), tail: tail)
        #expect(names(actions) == ["read earliest"])
        actions = subscription.received(page(4, 9, head: 9, events: [5]), tail: tail)
        #expect(
            names(actions) == [
                "announce reset 4", "deliver 5 through 9", "caughtUp 9", "join",
            ])
    }

    @Test("a page in which nothing matches still moves the cursor")
    func bookmark() {
        var (subscription, _) = resume(after: 0)
        let actions = subscription.received(page(0, 500, head: 900), tail: Tail(head: 900))
        #expect(names(actions) == ["announce complete 0", "bookmark 500", "read after 500"])
    }

    @Test("who falls behind reads on from what its queue still holds")
    func slow() {
        var subscription = Subscription(liveTo: [pattern("a")], head: 1)
        var tail = Tail(head: 1, maxEvents: 2)
        for position in 2...6 { tail.append(batch([UInt64(position)])) }
        subscription.fellBehind(at: 3)
        #expect(!subscription.isLive)
        var actions = subscription.drained(tail: tail)
        #expect(names(actions) == ["read after 3"])
        actions = subscription.received(page(3, 6, head: 6, events: [4, 5, 6]), tail: tail)
        #expect(names(actions) == ["deliver 4,5,6 through 6", "caughtUp 6", "join"])
    }

    @Test("two subscriptions of one consumer hand on an event once")
    func overlap() {
        let live = Subscription(liveTo: [pattern("a")], head: 4)
        #expect(!live.hasDelivered(event(4), head: 9))
        #expect(live.hasDelivered(event(5), head: 9))
        #expect(live.hasDelivered(event(9), head: 9))
        #expect(!live.hasDelivered(event(10), head: 9))
        #expect(!live.hasDelivered(event(5, in: "b"), head: 9))
    }

    @Test("patterns that were given up match no longer")
    func removal() {
        var subscription = Subscription(liveTo: [pattern("a"), pattern("b")], head: 4)
        let removed = subscription.remove { $0.text == "a" }
        #expect(removed == [pattern("a")])
        #expect(subscription.patterns == [pattern("b")])
    }

    @Test("who falls behind before anything was sent does not begin before its start")
    func slowFromTheStart() {
        var live = Subscription(liveTo: [pattern("a")], head: 7)
        live.fellBehind(at: 0)
        #expect(names(live.drained(tail: Tail(head: 20))) == ["read after 7"])

        var (resumed, _) = resume(after: 5)
        _ = resumed.received(page(5, 5, head: 5), tail: Tail(head: 5))
        resumed.fellBehind(at: 0)
        #expect(names(resumed.drained(tail: Tail(head: 20))) == ["read after 5"])
    }

    @Test("who falls behind as soon as it has joined does not begin anew")
    func slowAfterJoining() {
        var (subscription, _) = resume(after: 0)
        _ = subscription.received(page(0, 4, head: 4, events: [1, 4]), tail: Tail(head: 4))
        #expect(subscription.isLive)
        subscription.fellBehind(at: 0)
        #expect(names(subscription.drained(tail: Tail(head: 4))) == ["caughtUp 4", "join"])
    }

    @Test("who falls behind reads pages as large as any other")
    func slowPages() throws {
        var subscription = Subscription(liveTo: [pattern("a")], head: 1, pageBytes: 4096)
        subscription.fellBehind(at: 3)
        let action = try #require(subscription.drained(tail: Tail(head: 9)).first)
        guard case .read(let query) = action else { return #expect(Bool(false), "\(action)") }
        #expect(query.maxBytes == 4096)
        #expect(query.maxEvents == Subscription.maxPageEvents)
    }

    @Test("a pattern that came later does not get what was before it from a page")
    func startOfEach() {
        var subscription = Subscription(liveTo: [pattern("a")], head: 1)
        subscription.merge(Subscription(liveTo: [pattern("b")], head: 4))
        subscription.fellBehind(at: 2)
        _ = subscription.drained(tail: Tail(head: 6))
        var page = page(2, 6, head: 6)
        page.events = [event(3), event(4, in: "b"), event(5, in: "b"), event(6)]
        #expect(
            names(subscription.received(page, tail: Tail(head: 6))) == [
                "deliver 3,5,6 through 6", "caughtUp 6", "join",
            ])
    }

    @Test("what a subscription handed on before it was merged does not come again")
    func settled() {
        var (late, _) = resume(after: 0, to: "b")
        var first = page(0, 4, head: 4)
        first.events = [event(1, in: "b"), event(4, in: "b")]
        _ = late.received(first, tail: Tail(head: 4))
        #expect(late.isLive)

        var subscription = Subscription(liveTo: [pattern("a")], head: 1)
        subscription.merge(late)
        subscription.fellBehind(at: 2)
        #expect(subscription.hasDelivered(event(4, in: "b"), head: 6))
        #expect(!subscription.hasDelivered(event(4), head: 6))
        _ = subscription.drained(tail: Tail(head: 6))
        var page = page(2, 6, head: 6)
        page.events = [event(3), event(4, in: "b"), event(5, in: "b")]
        #expect(
            names(subscription.received(page, tail: Tail(head: 6))) == [
                "deliver 3,5 through 6", "caughtUp 6", "join",
            ])
    }

    @Test("the tail too is handed on a page at a time")
    func tailByPages() {
        let size = event(1).json.count
        var (subscription, _) = Subscription.resuming(
            [pattern("a")], from: .after(0), isReset: false, pageBytes: 2 * size)
        var tail = Tail(head: 0)
        for position in 1...3 { tail.append(batch([UInt64(position)])) }
        var actions = subscription.received(page(0, 0, head: 0), tail: tail)
        #expect(
            names(actions) == ["announce complete 0", "deliver 1,2 through 2", "awaitDrain"])
        #expect(!subscription.isLive)
        tail.append(batch([4]))
        actions = subscription.drained(tail: tail)
        #expect(names(actions) == ["deliver 3,4 through 4", "caughtUp 4", "join"])
    }

    private func resume(
        after position: UInt64, to name: String = "a"
    ) -> (Subscription, PageQuery) {
        Subscription.resuming(
            [pattern(name)], from: .after(position), isReset: false, pageBytes: 1 << 16)
    }
}

@Suite("The tail of a loop")
struct TailTests {
    @Test("it answers for what it holds, and says where it no longer does")
    func bounds() {
        var tail = Tail(head: 10, maxEvents: 3, maxBytes: .max)
        #expect(positions(tail, after: 9) == nil)
        #expect(positions(tail, after: 10) == [])
        for position in 11...14 { tail.append(batch([UInt64(position)])) }
        #expect(tail.head == 14)
        #expect(positions(tail, after: 10) == nil)
        #expect(positions(tail, after: 11) == [12, 13, 14])
        #expect(positions(tail, after: 13) == [14])
        #expect(positions(tail, after: 15) == [])
    }

    @Test("bytes bound it too, but never the newest batch")
    func bytes() {
        var tail = Tail(head: 0, maxEvents: .max, maxBytes: 10)
        tail.append(batch([1]))
        tail.append(batch([2, 3]))
        #expect(positions(tail, after: 0) == nil)
        #expect(positions(tail, after: 1) == [2, 3])
    }

    @Test("in the long run it holds no more than its bound")
    func longRun() {
        var tail = Tail(head: 0, maxEvents: 5, maxBytes: .max)
        for position in 1...1000 { tail.append(batch([UInt64(position)])) }
        #expect(positions(tail, after: 995)?.count == 5)
        #expect(positions(tail, after: 994) == nil)
    }

    @Test("a stretch has as much as there is room for, and one event at least")
    func room() throws {
        var tail = Tail(head: 0)
        for position in 1...4 { tail.append(batch([UInt64(position)])) }
        let size = event(1).json.count
        for (room, through) in [(0, 1), (size, 1), (2 * size - 1, 1), (2 * size, 2), (9999, 4)] {
            let stretch = try #require(tail.events(after: 0, maxBytes: room))
            #expect(stretch.through == UInt64(through))
            #expect(stretch.events.count == through)
        }
    }

    @Test("what does not match takes no room, and is passed over")
    func filter() throws {
        var tail = Tail(head: 0)
        tail.append(batch([1, 2, 3, 4]))
        let even = try #require(tail.events(after: 0, maxBytes: 1) { $0.position % 2 == 0 })
        #expect(even.events.map(\.position) == [2])
        #expect(even.through == 3)
        let none = try #require(tail.events(after: 0) { _ in false })
        #expect(none.events.isEmpty)
        #expect(none.through == 4)
    }

    private func positions(_ tail: Tail, after position: UInt64) -> [UInt64]? {
        tail.events(after: position)?.events.map(\.position)
    }
}
