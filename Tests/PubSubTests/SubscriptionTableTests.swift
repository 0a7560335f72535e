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

/// A number has no place of its own: it is searched for.
extension Int: TableMember {
    public var place: Int {
        get { 0 }
        nonmutating set {}
    }
}

/// A member that keeps its place, as connections do.
private final class Guest: TableMember {
    var place = 0

    static func == (one: Guest, other: Guest) -> Bool { one === other }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

@Suite("Members that know their place in the table")
struct PlacesTests {
    @Test("leave from wherever they stand, and the others stay", arguments: 1...7)
    func leaving(_ step: Int) throws {
        let patterns = try ["a", "a:*", "b"].map { try GroupPattern($0) }
        var table = SubscriptionTable<Guest>()
        var guests = (0..<20).map { _ in Guest() }
        for (number, guest) in guests.enumerated() {
            // One in three stands in several lists: its place is right in one of them.
            table.add(guest, to: patterns[0])
            if number % 3 == 0 { for pattern in patterns[1...] { table.add(guest, to: pattern) } }
        }
        var index = 0
        while !guests.isEmpty {
            index = (index + step) % guests.count
            let guest = guests.remove(at: index)
            for pattern in patterns { table.remove(guest, from: pattern) }
            #expect(try Set(table.members(of: Group("a"))) == Set(guests))
        }
        #expect(table.count == 0)
    }
}
