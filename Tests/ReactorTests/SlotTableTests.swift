import Testing

@testable import Reactor

@Suite("The slot table")
struct SlotTableTests {
    @Test("a token is good for one stay, and a slot for many")
    func tokens() {
        var table = SlotTable<String>()
        let first = table.insert("a", number: 1)
        let second = table.insert("b", number: 2)
        #expect(table.remove(first) == "a")
        let third = table.insert("c", number: 3)
        #expect(third & 0xFFFF_FFFF == first & 0xFFFF_FFFF, "the slot is used again")
        #expect(table[first] == nil)
        #expect(table.remove(first) == nil)
        #expect(table[second] == "b")
        #expect(table.number(of: third) == 3)
        #expect(table.number(of: first) == nil)
        #expect(table.count == 2)
        #expect(Set(table.removeAll()) == ["b", "c"])
        #expect(table.count == 0)
    }

    @Test("all are shown, some at a time, whoever leaves meanwhile", arguments: [1, 2, 3, 4, 100])
    func visit(_ count: Int) {
        var table = SlotTable<Int>()
        let tokens = (0..<10).map { table.insert($0, number: 0) }
        _ = table.remove(tokens[3])
        var (seen, slot): ([Int], Int?) = ([], 0)
        while let next = slot {
            var shown = 0
            slot = table.visit(from: next, atMost: count) { handler in
                seen.append(handler)
                shown += 1
            }
            #expect(shown <= count)
            _ = table.remove(tokens[0])
        }
        #expect(seen == [0, 1, 2, 4, 5, 6, 7, 8, 9])
        #expect(table.visit(from: 10, atMost: 1) { _ in } == nil)
        #expect(table.visit(from: .max - 1, atMost: .max) { _ in } == nil)
    }

    @Test("a token that was never given out names nothing")
    func unknown() {
        let table = SlotTable<String>()
        #expect(table[0] == nil)
        #expect(table[.max] == nil)
    }

    @Test("a registered connection costs 24 bytes")
    func size() {
        #expect(SlotTable<any EventHandler>.slotBytes == 24)
        #expect(DeadlineHeap.entryBytes == 16)
    }
}
