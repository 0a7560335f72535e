import InMemory
import Log
import Testing

@testable import Hub

@Suite("A page of a list")
struct RecordPageTests {
    private static let collection = Collection(rawValue: "numbers")

    private func store(_ count: Int) throws -> MemoryStore {
        let store = MemoryStore()
        for number in 0..<count {
            try store.put(Self.collection, "k\(10_000 + number)", bytes("\(number)"))
        }
        return store
    }

    @Test("has the rows that were asked for, and says what is next", arguments: [1, 2, 3, 4, 9])
    func count(_ limit: Int) throws {
        let store = try store(4)
        var (seen, place): ([String], String?) = ([], nil)
        repeat {
            let page = try RecordPage(store, Self.collection, after: place, limit: limit) {
                record in
                record.value
            }
            #expect(page.rows.count <= limit)
            seen += page.rows.map(text)
            place = page.next
        } while place != nil
        #expect(seen == ["0", "1", "2", "3"])
    }

    @Test("ends behind the row with which it is large enough")
    func size() throws {
        let store = try store(6)
        let row = [UInt8](repeating: 0x20, count: RecordPage.maxBytes / 3)
        let page = try RecordPage(store, Self.collection, after: nil, limit: 100) { _ in row }
        #expect(page.rows.count == 4)
        #expect(page.next == "k10003")
        let rest = try RecordPage(store, Self.collection, after: page.next, limit: 100) { _ in row }
        #expect(rest.rows.count == 2)
        #expect(rest.next == nil)
    }

    @Test("looks at so many records and no more", arguments: [-1, 0, 1])
    func scanned(_ more: Int) throws {
        let store = try store(RecordPage.maxScanned + more)
        let page = try RecordPage(store, Self.collection, after: nil, limit: 1000) { _ in nil }
        #expect(page.rows.isEmpty)
        #expect((page.next == nil) == (more <= 0))
    }
}
