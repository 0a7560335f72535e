import EngineConformance
import Log
import Testing

@testable import SQLiteEngine

@Suite("The epoch and the high-water mark")
struct EpochTests {
    @Test("a restored copy that lacks acknowledged events gets a new epoch, and serves in it")
    func restored() throws {
        let fixture = try DirectoryFixture()
        try fixture.engine.publish("a", count: 3)
        fixture.sqlite.stop()
        let backup = try fixture.copyDirectory()
        try fixture.start()
        let old = fixture.engine.epoch
        try fixture.engine.publish("a", count: 2)
        fixture.sqlite.stop()
        try fixture.restoreDatabase(from: backup)
        try fixture.start()
        let new = fixture.engine.epoch
        #expect(new != old)
        try fixture.engine.publish("a")
        let page = try fixture.engine.pageAndWait(.earliest, ["a"])
        for (event, seq) in zip(page.events, 1...) {
            let json = String(decoding: event.json, as: UTF8.self)
            #expect(json.contains(#""seq":\#(seq),"cursor":"\#(new.text)-\#(seq)""#))
        }
        #expect(page.events.count == 4)
        try fixture.restart()
        #expect(fixture.engine.epoch == new, "once is enough")
    }

    @Test("a copy that went on elsewhere is found out by the event at the mark")
    func diverged() throws {
        let fixture = try DirectoryFixture()
        try fixture.engine.publish("a")
        fixture.sqlite.stop()
        let copy = try fixture.copyDirectory()
        try fixture.start()
        let old = fixture.engine.epoch
        try fixture.engine.publish("a", payload: "1")
        fixture.sqlite.stop()
        let elsewhere = try EmbeddedEngine(
            path: copy, clock: { [clock = fixture.clock] in clock.now },
            generator: SystemRandomNumberGenerator(),
            observer: { _ in })
        try elsewhere.publish("a", count: 5, payload: "2")
        elsewhere.stop()
        try fixture.restoreDatabase(from: copy)
        try fixture.start()
        #expect(fixture.engine.epoch != old)
    }

    @Test("no restart, clean or not, and no retention changes the epoch")
    func unchanged() throws {
        var options = EngineOptions()
        options.retention = Retention(events: 2)
        let fixture = try DirectoryFixture(options: options)
        let epoch = fixture.engine.epoch
        for _ in 0..<5 {
            try fixture.engine.publish("a", count: 3)
            try fixture.restart()
            #expect(fixture.engine.epoch == epoch)
            try fixture.engine.publish("a", count: 3)
            try fixture.crash()
            #expect(fixture.engine.epoch == epoch)
        }
        #expect(fixture.engine.status().head == 30)
    }

    @Test(
        "what the mark says of a log",
        arguments: [
            (epoch: "aaaaaa", head: UInt64(9), json: "x", isAhead: true),
            (epoch: "bbbbbb", head: 4, json: "", isAhead: true),
            (epoch: "bbbbbb", head: 5, json: "x", isAhead: false),
            (epoch: "bbbbbb", head: 5, json: "y", isAhead: true),
            (epoch: "bbbbbb", head: 9, json: "", isAhead: false),
        ])
    func verdict(_ row: (epoch: String, head: UInt64, json: String, isAhead: Bool)) throws {
        let marked = try #require(Cursor("bbbbbb-5"))
        let mark = HighWaterMark(marked, json: Array("x".utf8))
        let epoch = try #require(Epoch(row.epoch))
        let json = row.json.isEmpty ? nil : Array(row.json.utf8)
        #expect(mark.isAhead(ofEpoch: epoch, head: row.head, json: json) == row.isAhead)
        #expect(HighWaterMark(line: mark.line) == mark)
    }

    @Test(
        "a line that is no mark",
        arguments: [
            "", "campana-mark 1 bbbbbb-5 7", "campana-mark 2 bbbbbb-5 7\n",
            "campana-mark 1 bbbbb-5 7\n", "campana-mark 1 bbbbbb-5 x\n", "campana-mark 1 \n",
        ])
    func noMark(_ line: String) { #expect(HighWaterMark(line: line) == nil) }
}
