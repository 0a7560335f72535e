import Log

private let things = Collection(rawValue: "things")
private let others = Collection(rawValue: "others")

extension EngineConformance {
    static let recordChecks = [
        ConformanceCheck("a record is put, replaced, deleted") { fixture in
            let engine = fixture.engine
            let found = try engine.transactAndWait { t throws(EngineError) in
                try t.put(things, "k", [1])
                try t.put(things, "k", [2])
                try t.put(others, "k", [])
                let values = [try t.record(things, "k"), try t.record(others, "k")]
                let deleted = [try t.delete(things, "k"), try t.delete(things, "k")]
                let isGone = try t.record(things, "k") == nil
                return .commit(
                    values == [[2], []] && deleted == [true, false]
                        && isGone)
            }
            try equal(found, true)
        },
        ConformanceCheck("records come in the order of their keys' octets, within a prefix") {
            fixture in
            let keys = ["a", "ab", "a\u{0}", "b", "á", "a\u{10FFFF}", ""]
            try fixture.engine.transactAndWait { t throws(EngineError) in
                for key in keys { try t.put(things, key, Array(key.utf8)) }
                try t.put(others, "aa", [])
                return .commit(())
            }
            func list(
                _ prefix: String, after: String? = nil, limit: Int = 100, descending: Bool = false
            ) throws -> [String] {
                try fixture.engine.readAndWait { s throws(EngineError) in
                    try s.records(
                        things, prefix: prefix, after: after, limit: limit, descending: descending)
                }.map(\.key)
            }
            let all = ["", "a", "a\u{0}", "ab", "a\u{10FFFF}", "b", "á"]
            try equal(try list(""), all)
            try equal(try list("", descending: true), all.reversed())
            try equal(try list("a"), Array(all[1...4]))
            try equal(try list("a", after: "a"), Array(all[2...4]))
            try equal(try list("a", after: "aa", limit: 1), ["ab"])
            try equal(try list("a", after: "ab", descending: true), ["a\u{0}", "a"])
            try equal(try list("a", after: "", limit: 1), ["a"])
            try equal(try list("a", after: "z", descending: true), all[1...4].reversed())
            try equal(try list("a", after: "z"), [])
            try equal(try list("", limit: 0), [])
            let count = try fixture.engine.readAndWait { s throws(EngineError) in
                try s.count(things, prefix: "a")
            }
            try equal(count, 4)
        },
        ConformanceCheck("a record that has expired is gone at that moment") { fixture in
            let start = fixture.clock.now
            try fixture.engine.transactAndWait { t throws(EngineError) in
                try t.put(things, "k", [1], expires: start + .seconds(10))
                try t.put(things, "l", [1], expires: start + .seconds(20))
                return .commit(())
            }
            func keys() throws -> [String] {
                try fixture.engine.transactAndWait { t throws(EngineError) in
                    .refuse(try t.records(things, limit: 10).map(\.key))
                }
            }
            fixture.clock.now = start + .milliseconds(9_999)
            try equal(try keys(), ["k", "l"])
            fixture.clock.now = start + .seconds(10)
            try equal(try keys(), ["l"])
            let deleted = try fixture.engine.transactAndWait { t throws(EngineError) in
                .commit(try t.delete(things, "k"))
            }
            try equal(deleted, false)
        },
        ConformanceCheck("an expired key can be put again") { fixture in
            let start = fixture.clock.now
            try fixture.engine.transactAndWait { t throws(EngineError) in
                .commit(try t.put(things, "k", [1], expires: start + .seconds(1)))
            }
            fixture.clock.now = start + .seconds(5)
            let value = try fixture.engine.transactAndWait { t throws(EngineError) in
                try t.put(things, "k", [2])
                return .commit(try t.record(things, "k"))
            }
            try equal(value, [2])
        },
        ConformanceCheck("a snapshot lists the groups with what they keep") { fixture in
            try fixture.engine.publish("b", count: 2)
            try fixture.engine.publish("a")
            let groups = try fixture.engine.readAndWait { s throws(EngineError) in
                try s.groups(after: nil, limit: 10)
            }
            try equal(groups.map(\.group.name), ["a", "b"])
            try equal(groups.map(\.lastSeq), [1, 2])
            try equal(groups.map(\.kept), [1, 2])
            let event = try draft("c")
            let seen = try fixture.engine.transactAndWait { t throws(EngineError) in
                try t.put(things, "x", [])
                _ = try t.groups(after: "a", limit: 1)
                try t.append(event)
                return .refuse(try t.groups(after: "a", limit: 1).map(\.group.name))
            }
            try equal(seen, ["b"])
        },
    ]
}
