import Testing

@testable import HubServer

@Suite("How many connections each client has")
struct ClientCountsTests {
    @Test("below, at and above the bound; what was refused is not counted")
    func bound() {
        var counts = ClientCounts<String>()
        let first = (1...4).map { _ in counts.add("a", upTo: 3) }
        #expect(first == [true, true, true, false])
        let other = counts.add("b", upTo: 3)
        #expect(other)
        counts.remove("a")
        let again = (1...2).map { _ in counts.add("a", upTo: 3) }
        #expect(again == [true, false])
    }

    @Test("nothing is kept of who has none, and nothing is given back that was not counted")
    func empty() {
        var counts = ClientCounts<Int>()
        for client in 0..<100 { _ = counts.add(client, upTo: 2) }
        #expect(counts.clients == 100)
        for client in 0..<100 { counts.remove(client) }
        #expect(counts.clients == 0)
        counts.remove(7)
        let added = (1...3).map { _ in counts.add(7, upTo: 2) }
        #expect(added == [true, true, false])
        #expect(counts.clients == 1)
    }
}
