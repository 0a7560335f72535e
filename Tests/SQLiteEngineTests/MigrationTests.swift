import EngineConformance
import Foundation
import Log
import SQLite
import Testing

@testable import SQLiteEngine

@Suite("Databases of older versions")
struct MigrationTests {
    /// What version 1 wrote for three events of two groups, the first of them trimmed.
    private static let versionOne = """
        PRAGMA auto_vacuum = INCREMENTAL;
        PRAGMA journal_mode = WAL;
        \(Schema.migrations[0])
        INSERT INTO log VALUES (1, 'k3f9aa', 0, 4, 1, 3, 300, 1000);
        INSERT INTO groups VALUES (1, 'a', 3, 4, 1, 1, 900), (2, 'b', 1, 3, 0, 0, 0);
        INSERT INTO events VALUES
            (2, 1, 2, 1000, CAST('{"type":"t","group":"a","seq":2}' AS BLOB)),
            (3, 2, 1, 1000, CAST('{"type":"t","group":"b","seq":1}' AS BLOB)),
            (4, 1, 3, 1000, CAST('{"type":"t","group":"a","seq":3}' AS BLOB));
        INSERT INTO records VALUES ('things', 'k', CAST('v' AS BLOB), NULL);
        PRAGMA application_id = \(Schema.applicationID);
        PRAGMA user_version = 1;
        """

    @Test("version 1: all it holds is read, and what comes joins it, also in one commit")
    func versionOne() throws {
        let fixture = try DirectoryFixture()
        fixture.sqlite.stop()
        for name in ["campana.db", "campana.db-wal", "campana.db-shm", "campana.mark"] {
            try? FileManager.default.removeItem(atPath: fixture.path + "/" + name)
        }
        try Database(path: fixture.path + "/campana.db").execute(Self.versionOne)
        try fixture.start()

        #expect(fixture.engine.epoch.text == "k3f9aa")
        let record = try fixture.engine.readAndWait { s throws(EngineError) in
            try s.record(Collection(rawValue: "things"), "k")
        }
        #expect(record == Array("v".utf8))
        let places = try fixture.engine.publishTogether(["a", "a", "a"])
        #expect(places.map(\.cursor.position) == [5, 6, 7])
        #expect(places.map(\.seq) == [4, 5, 6])
        try fixture.restart()
        let page = try fixture.engine.pageAndWait(.earliest, ["a"])
        #expect(page.events.map(\.position) == [2, 4, 5, 6, 7])
        #expect(page.events.map(\.seq) == [2, 3, 4, 5, 6])
        #expect(page.events[0].json == Array(#"{"type":"t","group":"a","seq":2}"#.utf8))
    }
}

@Suite("Runs of events")
struct RunTests {
    @Test("a long stretch of runs is read by the groups' own index, wherever a page begins")
    func merge() throws {
        let fixture = try DirectoryFixture()
        let groups = (0..<6000).map { $0 % 600 < 17 ? "a" : ($0 % 600 < 23 ? "b" : "filler") }
        for start in stride(from: 0, to: groups.count, by: 100) {
            try fixture.engine.publishTogether(Array(groups[start..<start + 100]))
        }
        let positions = groups.indices.filter { groups[$0] != "filler" }.map { UInt64($0 + 1) }
        for after in Array(0...30) + [600, 605, 617, 620, 1500] {
            let page = try fixture.engine.pageAndWait(
                .after(UInt64(after)), ["a", "b"], maxEvents: 40)
            let wanted = positions.filter { $0 > after }
            #expect(page.events.map(\.position) == Array(wanted.prefix(40)), "after \(after)")
        }
    }

    private func run(_ sizes: [Int]) -> (EventRun, taken: Int) {
        func event(_ number: Int) throws -> Event {
            Event(
                position: UInt64(number), seq: UInt64(number), group: try Group("a"),
                at: Timestamp(milliseconds: 0),
                json: [UInt8](repeating: 0x78, count: sizes[number - 1]))
        }
        guard let first = try? event(1) else { preconditionFailure("a is a group") }
        var run = EventRun(first, groupID: 1)
        for number in 1..<sizes.count {
            guard let next = try? event(number + 1), run.append(next, groupID: 1) else { break }
        }
        return (run, run.count)
    }

    @Test(
        "a run takes what fits, and one event of any size",
        arguments: [
            ([EventRun.maxBytes * 3, 1], 1), ([EventRun.maxBytes - 3, 2], 2),
            ([EventRun.maxBytes - 3, 3], 1), ([1, EventRun.maxBytes], 1),
            (Array(repeating: 1, count: 980), 980), (Array(repeating: 1, count: 981), 980),
        ])
    func bound(_ sizes: [Int], _ count: Int) {
        let (run, taken) = run(sizes)
        #expect(taken == count)
        #expect(run.last.position == UInt64(count))
        #expect(count == 1 || run.json.count <= EventRun.maxBytes)
    }
}

@Suite("Events that the tables log and groups do not tell of yet")
struct TailTests {
    private func state(_ engine: any Engine) throws -> [String] {
        let groups = try engine.readAndWait { s throws(EngineError) in
            try s.groups(after: nil, limit: 10)
        }
        let status = engine.status()
        return groups.map { "\($0.group.name) \($0.lastSeq) \($0.kept)" } + [
            "\(status.head) \(status.events) \(status.eventBytes) \(status.groups)"
        ]
    }

    private func savedHead(_ fixture: DirectoryFixture) throws -> Int64? {
        try Database(path: fixture.path + "/campana.db").integer("SELECT head FROM log")
    }

    @Test("a crash or a stop loses none of them, wherever it comes between two savings")
    func restarts() throws {
        let fixture = try DirectoryFixture()
        var count: UInt64 = 0
        for step in [1, 2, 700, 321, 1, 1023, 1, 1, 2000] {
            try fixture.engine.publishTogether(Array(repeating: "a", count: step) + ["b"])
            count += UInt64(step)
            let before = try state(fixture.engine)
            #expect(before[0] == "a \(count) \(count)")
            try fixture.crash()
            #expect(try state(fixture.engine) == before, "a crash after \(count)")
            try fixture.restart()
            #expect(try state(fixture.engine) == before, "a stop after \(count)")
            let seq = try fixture.engine.publish("b")[0].seq
            #expect(before[1] == "b \(seq - 1) \(seq - 1)")
        }
    }

    @Test("they are few: at the bound both tables are written", arguments: [-1, 0])
    func bound(_ excess: Int) throws {
        let fixture = try DirectoryFixture()
        let count = Int(WriteTransaction.maxUnsavedEvents) + excess
        try fixture.engine.publishTogether(Array(repeating: "a", count: count))
        #expect(try savedHead(fixture) == (excess < 0 ? 0 : Int64(count)))
    }

    @Test("a commit that fails leaves the numbers of those before it")
    func failure() throws {
        let faults = Faults()
        var options = EngineOptions()
        options.vfs = faults.name
        let fixture = try DirectoryFixture(options: options)
        try fixture.engine.publishTogether(["a", "b", "a"])
        let before = try state(fixture.engine)
        faults.fail(.any, nth: 1, code: 13)
        #expect(throws: EngineError.self) { try fixture.engine.publishTogether(["a", "c"]) }
        faults.mend()
        #expect(try state(fixture.engine).dropLast() == before.dropLast())
        #expect(try fixture.engine.publishTogether(["a", "b", "c"]).map(\.seq) == [3, 2, 1])
        try fixture.restart()
        #expect(try state(fixture.engine)[..<3] == ["a 3 3", "b 2 2", "c 1 1"])
    }
}
