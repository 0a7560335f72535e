import Log

extension EngineConformance {
    static let pageChecks = [
        ConformanceCheck("a page is filtered by groups and patterns, in the log's order") {
            fixture in
            let engine = fixture.engine
            for group in ["a", "s:n", "b", "s:s", "a", "s", "$sys:x", "s:n:x"] {
                try engine.publish(group)
            }
            func positions(_ patterns: String...) throws -> [UInt64] {
                let page = try engine.pageAndWait(.earliest, patterns)
                try equal(page.through, 8)
                try equal(page.head, 8)
                return page.events.map(\.position)
            }
            try equal(try positions("a"), [1, 5])
            try equal(try positions("s:*"), [2, 4])
            try equal(try positions("s:**"), [2, 4, 8])
            try equal(try positions("**"), [1, 2, 3, 4, 5, 6, 8])
            try equal(try positions("$sys:*"), [7])
            try equal(try positions("a", "*", "s:n"), [1, 2, 3, 5, 6])
            try equal(try positions("nobody"), [])
            try equal(try positions(), [])
        },
        ConformanceCheck("pages follow each other without a hole or a double") { fixture in
            let engine = fixture.engine
            for n in 0..<100 { try engine.publish(n % 3 == 0 ? "a" : "b") }
            for size in [1, 7, 34, 50] {
                var found: [UInt64] = []
                var page = try engine.pageAndWait(.earliest, ["a"], maxEvents: size)
                found += page.events.map(\.seq)
                while page.through < page.head {
                    page = try engine.pageAndWait(.after(page.through), ["a"], maxEvents: size)
                    found += page.events.map(\.seq)
                }
                try equal(found, Array(1...34), "pages of \(size)")
            }
        },
        ConformanceCheck("events that were committed together are read one by one") { fixture in
            let engine = fixture.engine
            let runs = [("a", 30), ("b", 5), ("a", 1), ("c", 1), ("a", 40), ("b", 2)]
            let groups = runs.flatMap { Array(repeating: $0.0, count: $0.1) }
            try engine.publishTogether(groups)
            try engine.publishTogether(groups)
            let all = groups + groups
            for wanted in [["a"], ["b"], ["a", "b"], ["**"]] {
                let positions = all.indices.filter { wanted == ["**"] || wanted.contains(all[$0]) }
                    .map { UInt64($0 + 1) }
                for after in 0...UInt64(all.count) {
                    let page = try engine.pageAndWait(.after(after), wanted, maxEvents: 9)
                    let left = positions.filter { $0 > after }
                    try equal(page.events.map(\.position), Array(left.prefix(9)))
                    let end = left.count >= 9 ? left[8] : UInt64(all.count)
                    try equal(page.through, max(end, after), "after \(after)")
                }
            }
            let page = try engine.pageAndWait(.earliest, ["b"])
            try equal(page.events.map(\.seq), Array(1...14))
            for event in page.events {
                let members = #""group":"b","seq":\#(event.seq),"cursor":"#
                let json = String(decoding: event.json, as: UTF8.self)
                try equal(json.contains(members) && !json.contains("\n"), true, json)
                try equal(json.last, "}")
            }
        },
        ConformanceCheck("a page holds no more bytes than asked, but one event at least") {
            fixture in
            let engine = fixture.engine
            try engine.publish(
                "a", count: 3, payload: #""\#(String(repeating: "x", count: 1000))""#)
            let one = try engine.pageAndWait(.earliest, ["a"], maxBytes: 10)
            try equal(one.events.map(\.position), [1])
            try equal(one.through, 1)
            let bytes = one.events[0].json.count
            let two = try engine.pageAndWait(.earliest, ["a"], maxBytes: 2 * bytes)
            try equal(two.events.map(\.position), [1, 2])
            try equal(two.through, 2)
            let short = try engine.pageAndWait(.earliest, ["a"], maxBytes: 2 * bytes - 1)
            try equal(short.events.map(\.position), [1])
        },
        ConformanceCheck("a page begins where it is told") { fixture in
            let engine = fixture.engine
            let start = fixture.clock.now
            for second in 0..<10 {
                fixture.clock.now = start + .seconds(second)
                try engine.publish("a")
            }
            func begins(_ start: PageQuery.Start) throws -> [UInt64] {
                let page = try engine.pageAndWait(start, ["a"], maxEvents: 1)
                try equal(page.gaps, [])
                return [page.after] + page.events.map(\.position)
            }
            try equal(try begins(.earliest), [0, 1])
            try equal(try begins(.after(0)), [0, 1])
            try equal(try begins(.after(4)), [4, 5])
            try equal(try begins(.after(10)), [10])
            try equal(try begins(.after(.max)), [.max])
            try equal(try begins(.at(start)), [0, 1])
            try equal(try begins(.at(start + .milliseconds(4001))), [5, 6])
            try equal(try begins(.at(start + .seconds(5))), [5, 6])
            try equal(try begins(.at(start + .seconds(60))), [10])
            try equal(try begins(.at(Timestamp(milliseconds: 0))), [0, 1])
        },
        ConformanceCheck("an empty log gives an empty page") { fixture in
            let beyond = try fixture.engine.pageAndWait(.after(5), ["**"])
            try equal([beyond.after, beyond.through, beyond.head], [5, 0, 0])
            for start: PageQuery.Start in [.earliest, .after(0), .at(fixture.clock.now)] {
                let page = try fixture.engine.pageAndWait(start, ["**"])
                try equal(page.events, [])
                try equal([page.after, page.through, page.head], [0, 0, 0])
            }
        },
        ConformanceCheck("a filter that matches little still comes to the end") { fixture in
            let engine = fixture.engine
            let noise = try draft("noise")
            try engine.publish("rare")
            for _ in 0..<10 {
                try engine.transactAndWait { t throws(EngineError) in
                    for _ in 0..<1000 { try t.append(noise) }
                    return .commit(())
                }
            }
            try engine.publish("rare")
            for patterns in [["rare"], ["*"], ["nobody", "rare", "r:**"]] {
                var page = try engine.pageAndWait(.earliest, patterns)
                var found = page.events.filter { $0.group.name == "rare" }.map(\.position)
                while page.through < page.head {
                    page = try engine.pageAndWait(.after(page.through), patterns)
                    found += page.events.filter { $0.group.name == "rare" }.map(\.position)
                }
                try equal(found, [1, 10_002])
            }
        },
    ]
}
