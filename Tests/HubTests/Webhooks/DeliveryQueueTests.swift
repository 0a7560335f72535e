import Log
import Testing

@testable import Hub

private func event(_ position: UInt64, in group: String = "g") -> Event {
    guard let group = try? Group(group) else { preconditionFailure("not a group") }
    return Event(
        position: position, seq: position, group: group, at: tenOClock,
        json: bytes(#"{"type":"t","group":"g","seq":1}"#))
}

/// A queue and the clock that its owner would hold.
private struct Bench {
    var queue: DeliveryQueue
    var now = tenOClock

    init(
        _ progress: DeliveryProgress = DeliveryProgress(start: .after(0)),
        order: DeliveryOrder = .fifo, schedule: RetrySchedule = .standard
    ) {
        queue = DeliveryQueue(progress, order: order, schedule: schedule)
    }

    mutating func next() -> String {
        switch queue.next(now: now) {
        case .attempt(let event, let number): "attempt \(event.position) #\(number)"
        case .fetch(let position, _): "fetch \(position)"
        case .read(.after(let position)): "read \(position)"
        case .read(.earliest): "read earliest"
        case .read(.at(let time)): "read @\(time.milliseconds)"
        case .rest(nil): "rest"
        case .rest(let until?): "rest \((until - now).components.seconds)"
        case .finished: "finished"
        }
    }

    /// All steps up to the one that says to rest.
    mutating func steps() -> [String] {
        var steps: [String] = []
        repeat {
            steps.append(next())
        } while !["rest", "finished"].contains { steps.last?.hasPrefix($0) == true }
        return steps
    }

    mutating func page(_ positions: [UInt64], through: UInt64, isHead: Bool = true) {
        queue.received(positions.map { event($0) }, through: through, isHead: isHead)
    }

    @discardableResult
    mutating func answer(
        _ position: UInt64, _ status: UInt16, retryAfter: Duration? = nil
    ) -> Settlement? {
        queue.answered(
            position, .status(status, retryAfter: retryAfter), now: now, draw: noJitter)
    }

    /// Starts anew from what was recorded.
    mutating func restart() throws {
        let record = queue.progress.record
        queue = DeliveryQueue(
            try DeliveryProgress(record: record), order: queue.order, schedule: queue.schedule)
    }
}

@Suite("The way of a webhook through the log")
struct DeliveryQueueTests {
    @Test("fifo: one after the other, in the order of the log")
    func fifo() {
        var bench = Bench()
        #expect(bench.steps() == ["read 0", "rest"])
        bench.page([3, 5], through: 9)
        #expect(bench.steps() == ["attempt 3 #1", "rest"])
        #expect(bench.answer(3, 204) == .delivered)
        #expect(bench.steps() == ["attempt 5 #1", "rest"])
        #expect(bench.answer(5, 200) == .delivered)
        #expect(bench.steps() == ["rest"])
        #expect(bench.queue.progress == DeliveryProgress(start: .after(9)))
    }

    @Test("parallel: so many at a time, and a free place is filled at once")
    func parallel() {
        var bench = Bench(order: .parallel(2))
        _ = bench.steps()
        bench.page([1, 2, 3], through: 3)
        #expect(bench.steps() == ["attempt 1 #1", "attempt 2 #1", "rest"])
        bench.answer(2, 200)
        #expect(bench.steps() == ["attempt 3 #1", "rest"])
        #expect(bench.queue.progress.open.map(\.position) == [1, 3])
    }

    @Test("the whole schedule passes in no time; each attempt is of the same event")
    func schedule() {
        var bench = Bench()
        _ = bench.steps()
        bench.page([1, 2], through: 2)
        #expect(bench.steps() == ["attempt 1 #1", "rest"])
        var waits: [Int64] = []
        while case .retry(let due) = bench.answer(1, 500) {
            waits.append((due - bench.now).components.seconds)
            bench.now = due - .milliseconds(1)
            #expect(bench.next().hasPrefix("rest"))
            bench.now = due
            #expect(bench.next() == "fetch 1")
            #expect(bench.queue.fetched(1, event(1)) == nil)
            #expect(bench.next() == "attempt 1 #\(waits.count + 1)")
        }
        #expect(waits == [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400])
        // Given up, it does not hold up what follows.
        #expect(bench.steps() == ["attempt 2 #1", "rest"])
    }

    @Test("restarts in the middle of the schedule lose no attempt and add none")
    func restarts() throws {
        var bench = Bench(schedule: RetrySchedule([.zero, .seconds(5), .seconds(300)]))
        _ = bench.steps()
        bench.page([1, 2], through: 2)
        _ = bench.steps()
        bench.answer(1, 503)
        try bench.restart()
        #expect(bench.steps() == ["rest 5"])
        bench.now = bench.now + .seconds(5)
        #expect(bench.steps() == ["fetch 1", "rest"])
        _ = bench.queue.fetched(1, event(1))
        #expect(bench.steps() == ["attempt 1 #2", "rest"])
        try bench.restart()  // in the middle of an attempt: that one is made again
        #expect(bench.steps() == ["fetch 1", "rest"])
        _ = bench.queue.fetched(1, event(1))
        #expect(bench.steps() == ["attempt 1 #2", "rest"])
        bench.answer(1, 500)
        bench.now = bench.now + .seconds(300)
        try bench.restart()
        #expect(bench.steps() == ["fetch 1", "rest"])
        _ = bench.queue.fetched(1, event(1))
        #expect(bench.steps() == ["attempt 1 #3", "rest"])
        #expect(
            bench.answer(1, 500) == .exhausted("the endpoint answered 500, the last of 3 attempts"))
        try bench.restart()
        #expect(bench.steps() == ["read 1", "rest"])
    }

    @Test("what was begun and not recorded is delivered again, and nothing is left out")
    func crash() throws {
        var bench = Bench(order: .parallel(3))
        let recorded = bench.queue.progress
        _ = bench.steps()
        bench.page([1, 2, 3, 4], through: 4)
        _ = bench.steps()
        bench.answer(2, 200)
        bench.queue = DeliveryQueue(recorded, order: .parallel(3), schedule: .standard)
        #expect(bench.steps() == ["read 0", "rest"])
        bench.page([1, 2, 3, 4], through: 4)
        #expect(bench.steps() == ["attempt 1 #1", "attempt 2 #1", "attempt 3 #1", "rest"])
        bench.answer(1, 200)
        bench.answer(3, 500)
        try bench.restart()
        #expect(bench.queue.progress.open.map(\.position) == [2, 3])
        #expect(bench.steps() == ["fetch 2", "read 3", "rest 5"])
    }

    @Test(
        "RFC 9110 §15: 2xx is delivered, 410 ends it, everything else is tried again",
        arguments: [
            (200, "delivered"), (204, "delivered"), (299, "delivered"), (199, "retry"),
            (300, "retry"),
            (301, "retry"), (307, "retry"), (400, "retry"), (404, "retry"), (410, "gone"),
            (429, "retry"), (500, "retry"), (599, "retry"),
        ])
    func statuses(_ status: UInt16, _ outcome: String) {
        var bench = Bench()
        _ = bench.steps()
        bench.page([1], through: 1)
        _ = bench.steps()
        let settlement = bench.answer(1, status)
        #expect("\(settlement.map { "\($0)" } ?? "")".hasPrefix(outcome))
    }

    @Test("410 keeps the delivery for when the webhook is resumed")
    func gone() {
        var bench = Bench()
        _ = bench.steps()
        bench.page([1], through: 1)
        _ = bench.steps()
        #expect(bench.answer(1, 410) == .gone)
        #expect(bench.queue.progress.open.map(\.position) == [1])
        #expect(bench.steps() == ["fetch 1", "rest"])
    }

    @Test("429 with Retry-After: not before that")
    func retryAfter() {
        var bench = Bench()
        _ = bench.steps()
        bench.page([1], through: 1)
        _ = bench.steps()
        #expect(
            bench.answer(1, 429, retryAfter: .seconds(60)) == .retry(at: tenOClock + .seconds(60)))
        #expect(bench.steps() == ["rest 60"])
    }

    @Test("no answer counts as a failure; its reason is the last one's where it is given up")
    func failures() {
        var bench = Bench(schedule: RetrySchedule([.zero]))
        _ = bench.steps()
        bench.page([1], through: 1)
        _ = bench.steps()
        let settlement = bench.queue.answered(
            1, .failed("no answer within 10 s"), now: tenOClock, draw: 0)
        #expect(settlement == .exhausted("no answer within 10 s, the last of 1 attempts"))
    }

    @Test("five failures in a row open the breaker: one probe at a time, and nothing new")
    func breaker() {
        var bench = Bench(order: .parallel(8))
        _ = bench.steps()
        bench.page(Array(1...10), through: 10)
        #expect(bench.steps().count == 9)
        for position in UInt64(1)...4 { bench.answer(position, 500) }
        #expect(!bench.queue.isBreakerOpen)
        bench.answer(5, 500)
        #expect(bench.queue.isBreakerOpen)
        for position in UInt64(6)...8 { bench.answer(position, 500) }
        #expect(bench.steps() == ["rest 5"])
        bench.now = bench.now + .seconds(5)
        #expect(bench.steps() == ["fetch 1", "rest"])
        _ = bench.queue.fetched(1, event(1))
        #expect(bench.steps() == ["attempt 1 #2", "rest"])
        // The probe goes well: what waits is due at once, and new events follow.
        bench.answer(1, 200)
        #expect(!bench.queue.isBreakerOpen)
        let steps = bench.steps()
        #expect(steps.filter { $0.hasPrefix("fetch") } == (2...8).map { "fetch \($0)" })
        #expect(steps.filter { $0.hasPrefix("attempt") } == ["attempt 9 #1"])
    }

    @Test("with the breaker open and nothing to probe with, a new event is the probe")
    func probe() {
        var bench = Bench(order: .parallel(2), schedule: RetrySchedule([.zero]))
        _ = bench.steps()
        bench.page(Array(1...9), through: 9)
        for position in UInt64(1)...7 {
            _ = bench.steps()
            bench.answer(position, 500)
        }
        #expect(bench.queue.isBreakerOpen)
        #expect(bench.steps() == ["attempt 8 #1", "rest"])
        bench.answer(8, 500)
        #expect(bench.steps() == ["attempt 9 #1", "rest"])
    }

    @Test("answers that are not recorded are bounded: at 64 nothing is begun until they are")
    func unrecorded() {
        var bench = Bench()
        _ = bench.steps()
        bench.page(Array(1...100), through: 100)
        for position in 1...UInt64(DeliveryQueue.maxUnrecorded) {
            #expect(bench.next() == "attempt \(position) #1")
            bench.answer(position, 200)
        }
        #expect(bench.steps() == ["rest"])
        bench.queue.recorded(1)
        #expect(bench.steps() == ["attempt 65 #1", "rest"])
    }

    @Test("deliveries that wait are bounded: at 1000 no new event is begun")
    func open() {
        var bench = Bench(order: .parallel(64))
        _ = bench.steps()
        bench.page(Array(1...3000), through: 3000)
        var position: UInt64 = 0
        while case .attempt(let event, _) = bench.queue.next(now: bench.now) {
            position = event.position
            // One in two is refused, so that the breaker stays closed.
            bench.answer(position, position.isMultiple(of: 2) ? 400 : 200)
            bench.queue.recorded(1)
        }
        #expect(bench.queue.progress.open.count == DeliveryQueue.maxOpen)
        #expect(position == 2000)
    }

    @Test("at the head it waits to be woken, and reads from there")
    func waking() {
        var bench = Bench()
        _ = bench.steps()
        bench.page([], through: 10)
        #expect(bench.steps() == ["rest"])
        bench.queue.woken(by: 50)  // nothing between was wanted
        #expect(bench.steps() == ["read 49", "rest"])
        bench.page([50], through: 52)
        #expect(bench.steps() == ["attempt 50 #1", "rest"])
        bench.queue.woken(by: 52)  // looked at already
        bench.answer(50, 200)
        #expect(bench.steps() == ["read 52", "rest"])
    }

    @Test("where some of the log was not fanned out, it reads from where it stood")
    func missed() {
        var bench = Bench()
        _ = bench.steps()
        bench.page([], through: 10)
        bench.queue.missedSome()
        #expect(bench.steps() == ["read 10", "rest"])
    }

    @Test("a page that could not be read is asked for again")
    func unread() {
        var bench = Bench()
        #expect(bench.steps() == ["read 0", "rest"])
        bench.queue.readFailed()
        #expect(bench.steps() == ["read 0", "rest"])
    }

    @Test("an event that retention has removed before its retry is given up, and says so")
    func pastRetention() {
        var bench = Bench()
        _ = bench.steps()
        bench.page([1, 2], through: 2)
        _ = bench.steps()
        bench.answer(1, 500)
        bench.now = bench.now + .seconds(5)
        #expect(bench.steps() == ["fetch 1", "rest"])
        #expect(bench.queue.fetched(1, nil) == .exhausted("the event is past retention"))
        #expect(bench.steps() == ["attempt 2 #1", "rest"])
    }

    @Test("an attempt that is taken back was none")
    func abandoned() {
        var bench = Bench()
        _ = bench.steps()
        bench.page([1], through: 1)
        _ = bench.steps()
        bench.queue.abandoned(1, due: bench.now)
        #expect(bench.steps() == ["fetch 1", "rest"])
        _ = bench.queue.fetched(1, event(1))
        #expect(bench.steps() == ["attempt 1 #1", "rest"])
    }

    @Test("where another interest or order is wanted, what was read and not begun is read anew")
    func reconsidered() {
        var bench = Bench()
        _ = bench.steps()
        bench.page([1, 2, 3], through: 3)
        #expect(bench.steps() == ["attempt 1 #1", "rest"])
        bench.queue.reconsider(order: .parallel(2))
        #expect(bench.steps() == ["read 1", "rest"])
    }

    // MARK: Again

    @Test("what is sent again ends at its position, and then the way is finished")
    func replay() {
        var bench = Bench(
            DeliveryProgress(start: .after(2), range: .through(6, onlyFailed: false)))
        #expect(bench.steps() == ["read 2", "rest"])
        bench.page([3, 5, 7], through: 8, isHead: false)
        #expect(bench.steps() == ["attempt 3 #1", "rest"])
        bench.answer(3, 200)
        #expect(bench.steps() == ["attempt 5 #1", "rest"])
        bench.queue.woken(by: 9)
        bench.answer(5, 200)
        #expect(bench.steps() == ["finished"])
    }

    @Test("what failed for good is made anew, in order, with a schedule of its own")
    func onlyFailed() throws {
        var bench = Bench(
            DeliveryProgress(start: .after(0), range: .through(9, onlyFailed: true)))
        #expect(bench.steps() == ["read 0", "rest"])
        let group = try Group("g")
        bench.queue.received(
            failed: [(4, group), (6, group), (11, group)], through: 11, isEnd: true, now: bench.now)
        #expect(bench.steps() == ["fetch 4", "rest"])
        _ = bench.queue.fetched(4, event(4))
        #expect(bench.steps() == ["attempt 4 #1", "rest"])
        bench.answer(4, 200)
        #expect(bench.steps() == ["fetch 6", "rest"])
        _ = bench.queue.fetched(6, event(6))
        _ = bench.steps()
        bench.answer(6, 200)
        #expect(bench.steps() == ["finished"])
    }

    @Test(
        "progress is read as it was written",
        arguments: [
            DeliveryProgress(start: .after(7)), DeliveryProgress(start: .earliest, failures: 5),
            DeliveryProgress(start: .at(tenOClock)),
            DeliveryProgress(start: .after(.max), range: .through(9, onlyFailed: true)),
            DeliveryProgress(start: .after(1), range: .until(tenOClock, onlyFailed: false)),
        ])
    func record(_ progress: DeliveryProgress) throws {
        var progress = progress
        progress.open = [
            .init(event(3), due: tenOClock), .init(event(.max, in: "a:b"), due: tenOClock),
        ]
        #expect(try DeliveryProgress(record: progress.record) == progress)
    }

    @Test(
        "what the hub has not written is no progress",
        arguments: ["", "{}", "[]", #"{"start":"x"}"#])
    func corrupt(_ text: String) {
        #expect(throws: EngineError.self) { try DeliveryProgress(record: bytes(text)) }
    }
}
