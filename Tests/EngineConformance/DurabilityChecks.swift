import Log
import Reactor

private let things = Collection(rawValue: "things")

extension EngineConformance {
    static let durabilityChecks = [
        ConformanceCheck("what was answered is there after a restart") { fixture in
            try keeps(fixture) { try fixture.restart() }
        },
        ConformanceCheck("what was answered is there after a crash") { fixture in
            try keeps(fixture) { try fixture.crash() }
        },
        ConformanceCheck("status counts the log") { fixture in
            try fixture.engine.publish("a", count: 3)
            let status = fixture.engine.status()
            try equal([status.head, status.earliest, status.events], [3, 1, 3])
            try equal(status.groups, 1)
            try equal(status.canWrite, true)
            try equal(status.commits >= 3, true, "commits")
            try equal(status.diskBytes > 0, true, "bytes on disk")
        },
    ]

    private static func keeps(
        _ fixture: any EngineFixture, through event: () throws -> Void
    ) throws {
        let epoch = fixture.engine.epoch
        let drafts = try ["a", "b"].map { try draft($0) }
        let before = try (0..<50).map { n in
            try fixture.engine.transactAndWait { t throws(EngineError) in
                try t.put(things, "k\(n)", [UInt8(n)])
                return .commit(try t.append(drafts[n % 2]))
            }
        }
        try event()
        try equal(fixture.engine.epoch, epoch, "the epoch")
        let page = try fixture.engine.pageAndWait(.earliest, ["a", "b"])
        try equal(page.events.map(\.position), before.map(\.cursor.position))
        try equal(page.events.map(\.seq), before.map(\.seq))
        let count = try fixture.engine.readAndWait { s throws(EngineError) in
            try s.count(things, prefix: "")
        }
        try equal(count, 50)
        let next = try fixture.engine.publish("a")[0]
        try equal([next.seq, next.cursor.position], [26, 51])
    }
}
