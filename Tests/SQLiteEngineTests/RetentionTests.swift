import EngineConformance
import Log
import Testing

@testable import SQLiteEngine

@Suite("Retention")
struct RetentionTests {
    private func fixture(_ retention: Retention) throws -> DirectoryFixture {
        var options = EngineOptions()
        options.retention = retention
        return try DirectoryFixture(options: options)
    }

    @Test("by number: the oldest go, and what is kept is whole")
    func byNumber() throws {
        let fixture = try fixture(Retention(events: 10))
        for n in 0..<100 { try fixture.engine.publish(n % 2 == 0 ? "a" : "b") }
        let status = fixture.engine.status()
        #expect([status.events, status.earliest, status.head] == [10, 91, 100])
        let page = try fixture.engine.pageAndWait(.earliest, ["**"])
        #expect(page.events.map(\.position) == Array(91...100))
        #expect(page.after == 90)
        #expect(page.gaps.isEmpty)
    }

    @Test("by number, within a run of events that were committed together")
    func byNumberWithinRun() throws {
        let fixture = try fixture(Retention(events: 10))
        for last in stride(from: UInt64(23), through: 92, by: 23) {
            try fixture.engine.publishTogether(Array(repeating: "a", count: 23))
            let page = try fixture.engine.pageAndWait(.earliest, ["a"])
            #expect(page.events.map(\.position) == Array(last - 9...last))
            #expect(page.events.map(\.seq) == Array(last - 9...last))
            let status = fixture.engine.status()
            #expect([status.events, status.earliest, status.head] == [10, last - 9, last])
            let bytes = page.events.reduce(0) { $0 + $1.json.count + 48 }
            #expect(status.eventBytes == UInt64(bytes))
            let gaps = try fixture.engine.pageAndWait(.after(2), ["a"]).gaps
            #expect(gaps.map(\.to) == [last - 10])
        }
        try fixture.restart()
        let page = try fixture.engine.pageAndWait(.earliest, ["a"])
        #expect(page.events.map(\.position) == Array(83...92))
    }

    @Test("by size, in the bytes that are documented")
    func bySize() throws {
        let fixture = try fixture(Retention(bytes: 5000))
        try fixture.engine.publish("a", count: 100)
        let page = try fixture.engine.pageAndWait(.earliest, ["a"])
        let bytes = page.events.reduce(0) { $0 + $1.json.count + 48 }
        #expect(fixture.engine.status().eventBytes == UInt64(bytes))
        #expect(bytes <= 5000)
        #expect(bytes > 5000 - 300)
    }

    @Test("by age, at the next commit or by itself")
    func byAge() throws {
        let fixture = try fixture(Retention(age: .seconds(60)))
        let start = fixture.clock.now
        try fixture.engine.publish("a", count: 3)
        fixture.clock.now = start + .seconds(60)
        try fixture.engine.publish("a")
        #expect(fixture.engine.status().events == 4, "not older than the limit")
        fixture.clock.now = start + .milliseconds(60_001)
        try fixture.engine.publish("a")
        #expect(fixture.engine.status().events == 2)
        fixture.clock.now = start + .seconds(3600)
        try fixture.restart()
        while fixture.engine.status().events > 0 {
            _ = try fixture.engine.pageAndWait(.earliest, [])
        }
        #expect(try fixture.engine.publish("a")[0].seq == 6)
    }

    @Test("a cursor before it gets a gap for each group that lost events, and no other")
    func gaps() throws {
        let fixture = try fixture(Retention(events: 4))
        for group in ["a", "a", "b", "a", "b", "c", "b", "c"] { try fixture.engine.publish(group) }
        func gaps(_ start: PageQuery.Start, _ patterns: String...) throws -> [Gap] {
            try fixture.engine.pageAndWait(start, patterns).gaps
        }
        func gap(_ group: String, _ from: UInt64, _ to: UInt64, _ lost: UInt64) throws -> Gap {
            Gap(group: try GroupPattern(group), from: from, to: to, lostAtMost: lost)
        }
        // Positions 1 to 4 are gone: three of a, one of b.
        #expect(try gaps(.after(0), "a") == [gap("a", 0, 4, 3)])
        #expect(try gaps(.after(0), "**") == [gap("b", 0, 3, 1), gap("a", 0, 4, 3)])
        #expect(try gaps(.after(2), "a", "b", "*") == [gap("b", 2, 3, 1), gap("a", 2, 4, 2)])
        #expect(try gaps(.after(3), "a", "b") == [gap("a", 3, 4, 1)])
        #expect(try gaps(.after(4), "**").isEmpty)
        #expect(try gaps(.after(0), "c", "nobody").isEmpty)
        #expect(try gaps(.earliest, "**").isEmpty)
        let page = try fixture.engine.pageAndWait(.after(1), ["a", "b"])
        #expect(page.events.map(\.position) == [5, 7])
        #expect(page.after == 1)
        #expect(page.through == 8)
    }

    @Test("a time before it gets a gap, a time within it none")
    func gapsByTime() throws {
        let fixture = try fixture(Retention(events: 2))
        let start = fixture.clock.now
        for second in 0..<4 {
            fixture.clock.now = start + .seconds(second)
            try fixture.engine.publish("a")
        }
        let early = try fixture.engine.pageAndWait(.at(start + .seconds(1)), ["a"])
        #expect(early.gaps.map(\.to) == [2])
        #expect(early.events.map(\.position) == [3, 4])
        let late = try fixture.engine.pageAndWait(.at(start + .seconds(2)), ["a"])
        #expect(late.gaps.isEmpty)
        #expect(late.events.map(\.position) == [3, 4])
    }

    @Test("a transient group goes with its last event, and what it lost is told all the same")
    func transient() throws {
        var options = EngineOptions()
        options.retention = Retention(events: 4)
        options.transientGroups = try GroupPattern("r:*")
        let fixture = try DirectoryFixture(options: options)
        for group in ["r:1", "a", "r:2", "r:2", "a", "r:3", "r:2", "a"] {
            try fixture.engine.publish(group)
        }
        func gaps(_ start: PageQuery.Start, _ patterns: String...) throws -> [Gap] {
            try fixture.engine.pageAndWait(start, patterns).gaps
        }
        func gap(_ group: String, _ from: UInt64, _ to: UInt64, _ lost: UInt64) throws -> Gap {
            Gap(group: try GroupPattern(group), from: from, to: to, lostAtMost: lost)
        }
        func check() throws {
            // Positions 1 to 4 are gone: all of r:1, one of a, and two of r:2, which goes on.
            #expect(fixture.engine.status().groups == 3)
            let groups = try fixture.engine.readAndWait { snapshot throws(EngineError) in
                try snapshot.groups(after: nil, limit: 3)
            }
            #expect(groups.map(\.group.name) == ["a", "r:2", "r:3"])
            #expect(groups.map(\.kept) == [2, 1, 1])
            #expect(try gaps(.after(0), "r:1") == [gap("r:*", 0, 1, 1)])
            #expect(try gaps(.after(0), "r:2") == [gap("r:2", 0, 4, 2)])
            #expect(try gaps(.after(0), "r:3", "s:1").isEmpty)
            #expect(
                try gaps(.after(0), "**") == [
                    gap("r:*", 0, 1, 1), gap("a", 0, 2, 1), gap("r:2", 0, 4, 2),
                ])
            #expect(try gaps(.after(1), "r:1", "r:*") == [gap("r:2", 1, 4, 2)])
        }
        try check()
        try fixture.restart()
        try check()
        try fixture.crash()
        try check()
        for group in ["b", "c", "r:3", "d"] { try fixture.engine.publish(group) }
        #expect(fixture.engine.status().groups == 5, "a, b, c, d and r:3, which has begun anew")
        #expect(try gaps(.after(0), "r:*") == [gap("r:*", 0, 7, 5)])
        // One that comes again begins anew, and takes no other group's place.
        #expect(try fixture.engine.publish("r:1")[0].seq == 1)
        try fixture.restart()
        #expect(try fixture.engine.publish("r:4")[0].seq == 1)
        let page = try fixture.engine.pageAndWait(.earliest, ["**"])
        #expect(page.events.map(\.group.name) == ["r:3", "d", "r:1", "r:4"])
        #expect(page.events.map(\.seq) == [1, 1, 1, 1])
    }

    @Test("without one that is named so, no group is transient")
    func none() throws {
        let fixture = try fixture(Retention(events: 1))
        for group in ["r:1", "r:2", "r:1"] { try fixture.engine.publish(group) }
        #expect(fixture.engine.status().groups == 2)
        #expect(try fixture.engine.publish("r:2")[0].seq == 2)
    }

    @Test("many groups of one pattern share one gap")
    func sharedGap() throws {
        let fixture = try fixture(Retention(events: 1))
        let count = PageReader.maxNamedGaps + 2
        for n in 0..<count { try fixture.engine.publish("g:\(n)") }
        let named = try fixture.engine.pageAndWait(.after(1), ["g:*"]).gaps
        #expect(named.count == PageReader.maxNamedGaps)
        let shared = try fixture.engine.pageAndWait(.after(0), ["g:*"]).gaps
        #expect(shared.map(\.group.text) == ["g:*"])
        #expect(shared.map(\.lostAtMost) == [UInt64(count - 1)])
    }

    @Test("more groups than are looked at share one gap, and only where something may be lost")
    func unexamined() throws {
        let fixture = try fixture(Retention(events: 2))
        let start = fixture.clock.now
        let count = PageReader.maxExaminedGroups + 1
        for first in stride(from: 0, to: count, by: 1000) {
            try fixture.engine.publishTogether(
                (first..<min(first + 1000, count)).map { "g:\($0)" })
        }
        while fixture.engine.status().events > 2 { try fixture.engine.publish("h") }
        fixture.clock.now = start + .seconds(60)
        for n in 0..<count where n % 1000 == 0 { try fixture.engine.publish("g:\(n)") }
        let trimmed = fixture.engine.status().earliest - 1
        let gaps = try fixture.engine.pageAndWait(.after(0), ["g:*"]).gaps
        #expect(gaps.map(\.group.text) == ["g:*"])
        #expect(gaps.map(\.lostAtMost) == [trimmed])
        #expect(try fixture.engine.pageAndWait(.at(start + .seconds(1)), ["h"]).gaps.isEmpty)
        fixture.clock.now = start + .seconds(120)
        try fixture.engine.publish("g:1")
        let late = try fixture.engine.pageAndWait(.at(start + .seconds(100)), ["g:*"])
        #expect(late.gaps.isEmpty)
        #expect(late.events.map(\.group.name) == ["g:1"])
    }

    @Test("seq and positions go on when everything is gone")
    func emptied() throws {
        let fixture = try fixture(Retention(bytes: 1))
        try fixture.engine.publish("a", count: 3)
        try fixture.crash()
        let status = fixture.engine.status()
        #expect([status.events, status.head, status.earliest] == [0, 3, 4])
        let place = try fixture.engine.publish("a")[0]
        #expect(place.seq == 4)
        #expect(place.cursor.position == 4)
    }

    @Test("space is given back, and expired records go by themselves")
    func space() throws {
        let fixture = try fixture(Retention(age: .seconds(10)))
        let payload = #""\#(String(repeating: "x", count: 20_000))""#
        try fixture.engine.publish("a", count: 200, payload: payload)
        let expires = fixture.clock.now + .seconds(10)
        try fixture.engine.transactAndWait { t throws(EngineError) in
            let things = Collection(rawValue: "things")
            for n in 0..<200 {
                try t.put(things, "k\(n)", [UInt8](repeating: 1, count: 20_000), expires: expires)
            }
            return .commit(())
        }
        fixture.clock.now = fixture.clock.now + .seconds(11)
        try fixture.restart()
        // Two sizes of payload were 8 MB; 256 spare pages are 1 MB.
        while fixture.engine.status().diskBytes > 2 << 20 {
            _ = try fixture.engine.pageAndWait(.earliest, [])
        }
        #expect(fixture.engine.status().events == 0)
    }
}
