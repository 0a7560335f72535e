import Testing

@testable import Reactor

@Suite("Timers")
struct TimerTests {
    private let poller = ScriptedPoller()

    @Test("each fires once, at its time and not before, earliest first")
    func order() throws {
        let loop = try poller.loop()
        let start = poller.now
        var fired: [Int] = []
        for second in [3, 1, 2] {
            loop.schedule(at: start + .seconds(second), Probe { fired.append(second) })
        }
        poller.now = start + .seconds(1) - .nanoseconds(1)
        loop.turn()
        #expect(fired == [])
        poller.now = start + .seconds(1)
        loop.turn()
        #expect(fired == [1])
        poller.now = start + .seconds(60)
        loop.turn()
        loop.turn()
        #expect(fired == [1, 2, 3])
        #expect(loop.timerCount == 0)
    }

    @Test("one that a timer of the same turn cancels does not fire")
    func cancelledWithinTurn() throws {
        let loop = try poller.loop()
        var fired: [Int] = []
        var second: TimerID?
        loop.schedule(
            at: poller.now,
            Probe {
                fired.append(1)
                if let second { loop.cancel(second) }
            })
        second = loop.schedule(at: poller.now + .nanoseconds(1), Probe { fired.append(2) })
        poller.now += .seconds(1)
        loop.turn()
        #expect(fired == [1])
    }

    @Test("one that schedules itself for now fires once a turn, so that others get theirs")
    func again() throws {
        let loop = try poller.loop()
        let ticker = Ticker(loop)
        loop.schedule(at: loop.now, ticker)
        loop.turn()
        loop.turn()
        #expect(ticker.count == 2)
        loop.close()
    }

    @Test("a cancelled number names nothing, though its slot is used again")
    func reuse() throws {
        let loop = try poller.loop()
        let first = loop.schedule(at: poller.now + .seconds(1), Probe {})
        loop.cancel(first)
        let second = loop.schedule(at: poller.now + .seconds(1), Probe {})
        loop.cancel(first)
        #expect(first != second)
        #expect(loop.timerCount == 1)
    }

    @Test("ten thousand at random, half of them cancelled, fire as a sorted list would")
    func random() {
        var queue = TimerQueue()
        var generator = SplitMix64(state: 7)
        var waiting: [(deadline: Int64, timer: TimerID)] = []
        for _ in 0..<10_000 {
            let deadline = Int64.random(in: 0..<1_000_000, using: &generator)
            waiting.append((deadline, queue.schedule(at: deadline, Probe {})))
        }
        waiting.shuffle(using: &generator)
        for (_, timer) in waiting[..<5000] { _ = queue.cancel(timer) }
        waiting.removeFirst(5000)
        waiting.sort { $0.deadline < $1.deadline }
        #expect(queue.count == 5000)
        #expect(queue.earliest() == waiting.first?.deadline)
        var due: [TimerID] = []
        queue.collect(upTo: 499_999, into: &due)
        let expected = waiting.prefix { $0.deadline <= 499_999 }
        let deadlines = Dictionary(uniqueKeysWithValues: waiting.map { ($0.timer, $0.deadline) })
        #expect(due.map { deadlines[$0] } == expected.map(\.deadline))
        queue.collect(upTo: .max, into: &due)
        #expect(due.map { deadlines[$0] } == waiting.map(\.deadline))
    }

    @Test("cancelled entries do not pile up")
    func compaction() {
        var queue = TimerQueue()
        let kept = queue.schedule(at: 5, Probe {})
        for deadline in 0..<100_000 {
            _ = queue.cancel(queue.schedule(at: 10 + Int64(deadline), Probe {}))
        }
        #expect(queue.entryCount <= 65)
        var due: [TimerID] = []
        queue.collect(upTo: .max, into: &due)
        #expect(due == [kept])
    }
}

private final class Ticker: TimerHandler {
    private let loop: EventLoop
    private(set) var count = 0

    init(_ loop: EventLoop) { self.loop = loop }

    func timePassed(_ timer: TimerID) {
        count += 1
        loop.schedule(at: loop.now, self)
    }
}

/// Steele and others, "Fast splittable pseudorandom number generators", 2014.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
