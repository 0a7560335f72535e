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
