import Log
import PubSub
import Testing

@Suite("The subscription table")
struct SubscriptionTableTests {
    @Test(
        "who gets an event",
        arguments: [
            ("tasks", [1, 9]), ("stock", [9]), ("stock:norte", [2, 3, 4, 9]),
            ("stock:norte:caja", [4, 5, 9]), ("stock:sur", [3, 4, 9]), ("a:stock", [9]),
            ("$sys:webhooks", [7]), ("$sys", []),
        ])
    func members(_ group: String, _ expected: [Int]) throws {
        let table = try table([
            (1, "tasks"), (2, "stock:norte"), (3, "stock:*"), (4, "stock:**"), (5, "stock:*:caja"),
            (6, "notifications:*"), (7, "$sys:*"), (9, "**"),
        ])
        #expect(try table.members(of: Group(group)).sorted() == expected)
    }

    @Test("a member that several patterns match is listed once")
    func once() throws {
        let table = try table([(1, "a:b"), (1, "a:*"), (1, "**"), (2, "a:b")])
        #expect(try table.members(of: Group("a:b")).sorted() == [1, 2])
    }

    @Test("what was added can be taken out, and leaves nothing behind")
    func removal() throws {
        let rows = [(1, "a"), (2, "a"), (1, "a:*"), (2, "a:*:c"), (3, "a:**"), (3, "x:y:**")]
        var table = try table(rows)
        for (member, pattern) in rows {
            #expect(table.count > 0)
            table.remove(member, from: try GroupPattern(pattern))
            table.remove(member, from: try GroupPattern(pattern))
        }
        #expect(table.count == 0)
        #expect(try table.members(of: Group("a")).isEmpty)
        #expect(try table.members(of: Group("a:b")).isEmpty)
    }

    @Test("the table agrees with the patterns' own rule")
    func oracle() throws {
        let segments = ["a", "b", "*"]
        var patterns = segments + ["**", "a:**", "*:**", "a:b:**", "*:b:**"]
        for first in segments {
            for second in segments {
                patterns.append("\(first):\(second)")
                for third in segments { patterns.append("\(first):\(second):\(third)") }
            }
        }
        let table = try table(patterns.enumerated().map { ($0.offset, $0.element) })
        for name in ["a", "b", "c", "a:a", "a:b", "b:c", "a:b:a", "b:b:b", "a:b:c:d", "$a", "$a:b"]
        {
            let group = try Group(name)
            let expected = try patterns.indices.filter {
                try GroupPattern(patterns[$0]).matches(group)
            }
            #expect(table.members(of: group).sorted() == expected, "\(name)")
        }
    }

    private func table(_ rows: [(Int, String)]) throws -> SubscriptionTable<Int> {
        var table = SubscriptionTable<Int>()
        for (member, pattern) in rows { table.add(member, to: try GroupPattern(pattern)) }
        return table
    }
}
