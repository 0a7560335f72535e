import EngineConformance
import Log
import Reactor
import Testing

@testable import SQLiteEngine

/// SQLite's codes; the numbers are part of its file format's documentation and never change.
private let full: Int32 = 13
private let fsyncFailed: Int32 = 10 | 4 << 8
private let writeFailed: Int32 = 10 | 3 << 8
private let things = Collection(rawValue: "things")

@Suite("When the disk fails")
struct FaultTests {
    /// Transactions that wait together, so that one commit takes them; the first holds the writer.
    private func burst(_ engine: any Engine, count: Int) throws -> [Result<UInt64, EngineError>] {
        let event = try draft("a")
        let entered = WorkQueue<Bool>(capacity: 1)
        let gate = WorkQueue<Bool>(capacity: 1)
        let answers = WorkQueue<(Int, Result<UInt64, EngineError>)>(capacity: count + 1)
        engine.transact({ _ throws(EngineError) in
            entered.send(true)
            _ = gate.receive()
            return .refuse(())
        }) { _ in }
        _ = entered.receive()
        for n in 0..<count {
            engine.transact({ t throws(EngineError) in
                try t.put(things, "k\(n)", [UInt8](repeating: 7, count: 500))
                return .commit(try t.append(event).cursor.position)
            }) { answers.send((n, $0)) }
        }
        gate.send(true)
        var results: [(Int, Result<UInt64, EngineError>)] = []
        while results.count < count { results += answers.receive() }
        #expect(results.map(\.0) == Array(0..<count), "everyone is answered, in order")
        return results.map(\.1)
    }

    @Test("the n-th step fails, n = 1, 2, 3 …: nothing is kept, everyone is answered")
    func anomalies() throws {
        for nth in 1... {
            let faults = Faults()
            var options = EngineOptions()
            options.vfs = faults.name
            let fixture = try DirectoryFixture(options: options)
            try fixture.engine.publish("a")
            faults.fail(.any, nth: nth, code: full)
            let results = try burst(fixture.engine, count: 20)
            if !faults.hasFailed { break }
            faults.mend()
            let places = results.compactMap { try? $0.get() }
            #expect(results.allSatisfy { $0 == .failure(.full) }, "step \(nth): \(results)")
            let count = try fixture.engine.readAndWait { s throws(EngineError) in
                try s.count(things, prefix: "")
            }
            #expect(places.isEmpty && count == 0, "step \(nth)")
            #expect(try fixture.engine.publish("a").map(\.cursor.position) == [2], "step \(nth)")
            #expect(fixture.engine.status().canWrite)
            try fixture.crash()
            let page = try fixture.engine.pageAndWait(.earliest, ["a"])
            #expect(page.events.map(\.seq) == [1, 2], "step \(nth)")
        }
    }

    @Test("after a failed fsync or write nothing more is acknowledged", arguments: [true, false])
    func latches(isSync: Bool) throws {
        let faults = Faults()
        var options = EngineOptions()
        options.vfs = faults.name
        let fixture = try DirectoryFixture(options: options)
        try fixture.engine.publish("a")
        faults.fail(isSync ? .sync : .write, nth: 1, code: isSync ? fsyncFailed : writeFailed)
        #expect(throws: EngineError.self) { try fixture.engine.publish("a") }
        faults.mend()
        let error = #expect(throws: EngineError.self) { try fixture.engine.publish("a") }
        guard case .unavailable = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let status = fixture.engine.status()
        #expect(!status.canWrite)
        #expect(status.lastError == error)
        #expect(try fixture.engine.pageAndWait(.earliest, ["a"]).events.map(\.seq) == [1])
        try fixture.restart()
        #expect(fixture.engine.status().canWrite)
        #expect(try fixture.engine.publish("a")[0].seq >= 2)
    }

    @Test("a full disk refuses writes, serves reads, and writes return by themselves")
    func fullDisk() throws {
        let faults = Faults()
        var options = EngineOptions()
        options.vfs = faults.name
        let fixture = try DirectoryFixture(options: options)
        try fixture.engine.publish("a")
        faults.fail(.write, nth: 1, code: full, stays: true)
        for _ in 0..<3 {
            #expect(throws: EngineError.full) { try fixture.engine.publish("a") }
        }
        #expect(fixture.engine.status().lastError == .full)
        #expect(try fixture.engine.pageAndWait(.earliest, ["a"]).events.map(\.seq) == [1])
        faults.mend()
        // Nobody writes: the engine's own probe finds out that there is room.
        while !fixture.engine.status().canWrite {
            _ = try fixture.engine.pageAndWait(.earliest, [])
        }
        #expect(try fixture.engine.publish("a")[0].seq == 2)
    }

    @Test("a database at its largest size is full, not broken")
    func maxPages() throws {
        var options = EngineOptions()
        options.maxPages = 64
        let fixture = try DirectoryFixture(options: options)
        let payload = #""\#(String(repeating: "x", count: 4000))""#
        var kept = 0
        #expect(throws: EngineError.full) {
            while true {
                try fixture.engine.publish("a", payload: payload)
                kept += 1
            }
        }
        #expect(fixture.engine.status().head == UInt64(kept))
        #expect(try fixture.engine.pageAndWait(.earliest, ["a"]).events.count == kept)
    }

    @Test("a mailbox that is full says so at once; one that is stopped too")
    func overload() throws {
        var options = EngineOptions()
        options.maxQueuedTransactions = 4
        let fixture = try DirectoryFixture(options: options)
        let entered = WorkQueue<Bool>(capacity: 1)
        let gate = WorkQueue<Bool>(capacity: 1)
        let answers = WorkQueue<EngineError?>(capacity: 10)
        func refuse() {
            fixture.engine.transact({ _ throws(EngineError) in .refuse(()) }) { result in
                if case .failure(let error) = result {
                    answers.send(error)
                } else {
                    answers.send(nil)
                }
            }
        }
        fixture.engine.transact({ _ throws(EngineError) in
            entered.send(true)
            _ = gate.receive()
            return .refuse(())
        }) { _ in }
        _ = entered.receive()
        for _ in 0..<5 { refuse() }
        #expect(fixture.engine.status().queued == 4)
        #expect(answers.receive() == [.overloaded])
        gate.send(true)
        var count = 0
        while count < 4 { count += answers.receive().filter { $0 == nil }.count }
        fixture.sqlite.stop()
        refuse()
        #expect(answers.receive() == [.stopped])
    }
}
