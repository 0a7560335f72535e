import InMemory
import Log
import Testing

@testable import Hub

extension Scene {
    /// Lets the time come to that many seconds after ten o'clock, as the server does it: each
    /// second it asks what is due, and runs that.
    func passTime(to second: Int) throws {
        let end = tenOClock + .seconds(second)
        while store.now < end {
            store.now = min(end, store.now + .seconds(1))
            try runTimers()
        }
    }

    /// Runs what is due, and what that makes due at once.
    func runTimers() throws {
        for _ in 0..<100 {
            let due = try store.dueTimers(limit: 16)
            if due.isEmpty { return }
            for timer in due { _ = try store.run(rules.fire(timer)) }
        }
        Issue.record("timers that make one another due for ever")
    }
}

@Suite("Timers that outlive a restart")
struct TimersTests {
    private func timer(_ name: String, _ second: Int) -> DurableTimer {
        DurableTimer(.stockAlert, name, due: tenOClock + .seconds(second), payload: bytes(name))
    }

    @Test("the earliest is the first, and none comes before its time")
    func order() throws {
        let store = MemoryStore()
        for (name, second) in [("c", 30), ("a", 10), ("b", 20)] {
            try store.put(timer(name, second))
        }
        #expect(try store.dueTimers(limit: 9).isEmpty)
        store.now = tenOClock + .seconds(20)
        #expect(try store.dueTimers(limit: 9) == [timer("a", 10), timer("b", 20)])
        #expect(try store.dueTimers(limit: 1).map(\.name) == ["a"])
        #expect(try store.timer(.stockAlert, "c") == tenOClock + .seconds(30))
    }

    @Test("there is one of a name: a second replaces it, and it can be taken back")
    func replace() throws {
        let store = MemoryStore()
        try store.put(timer("a", 10))
        try store.put(timer("a", 5))
        store.now = tenOClock + .seconds(60)
        #expect(try store.dueTimers(limit: 9) == [timer("a", 5)])
        try store.cancelTimer(.stockAlert, "a")
        try store.cancelTimer(.stockAlert, "a")
        #expect(try store.dueTimers(limit: 9).isEmpty)
        #expect(try store.count(DurableTimer.names, prefix: "") == 0)
    }

    @Test("one that was put off or taken back since it was found does not run")
    func gone() throws {
        let scene = Scene()
        try scene.store.put(timer("1", 0))
        let found = try #require(try scene.store.dueTimers(limit: 1).first)
        try scene.store.put(timer("1", 10))
        #expect(try scene.store.run(scene.rules.fire(found)) == .gone)
        #expect(try scene.store.run(scene.rules.postpone(found, by: .seconds(1))) == .gone)
        scene.store.now = tenOClock + .seconds(10)
        let again = try #require(try scene.store.dueTimers(limit: 1).first)
        #expect(try scene.store.run(scene.rules.fire(again)) == .ran)
        #expect(try scene.store.run(scene.rules.fire(again)) == .gone)
    }

    @Test("one that fails stays as it was, and can be put off with what it carries")
    func failing() throws {
        let scene = Scene()
        try scene.store.put(StockRecords.articles, StockRecords.digits(1), bytes("nonsense"))
        try scene.store.put(timer("1", 0))
        let found = try #require(try scene.store.dueTimers(limit: 1).first)
        #expect(throws: EngineError.self) { try scene.store.run(scene.rules.fire(found)) }
        #expect(try scene.store.dueTimers(limit: 9) == [found])
        #expect(try scene.store.run(scene.rules.postpone(found, by: .seconds(60))) == .ran)
        #expect(try scene.store.dueTimers(limit: 9).isEmpty)
        scene.store.now = tenOClock + .seconds(60)
        #expect(try scene.store.dueTimers(limit: 9).map(\.payload) == [bytes("1")])
    }

    @Test("however many are of a kind that is not known, the others run")
    func among() throws {
        let store = MemoryStore()
        for number in 1...20 {
            let key = "\(DurableTimer.digits(tenOClock)) other:\(number)"
            try store.put(DurableTimer.collection, key, [])
        }
        try store.put(timer("a", 1))
        try store.put(timer("b", 2))
        try store.put(timer("c", 3))
        store.now = tenOClock + .seconds(2)
        #expect(try store.dueTimers(limit: 4).map(\.name) == ["a", "b"])
        #expect(try store.dueTimers(limit: 1).map(\.name) == ["a"])
        #expect(try store.count(DurableTimer.collection, prefix: "") == 23)
    }

    @Test("a record of a kind that is not known is passed over", arguments: ["x", "", "1 2:3"])
    func unknown(_ name: String) {
        let digits = DurableTimer.digits(tenOClock)
        #expect(DurableTimer(Record(key: "\(digits) \(name)", value: [])) == nil)
        #expect(DurableTimer(Record(key: name, value: [])) == nil)
    }
}
