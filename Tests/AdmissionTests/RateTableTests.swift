import Bytes
import Testing
import Time

@testable import Admission

@Suite("A table of rates")
struct RateTableTests {
    private let now = Instant(nanoseconds: 0)

    private func table(_ text: String, maxClients: Int = 4) throws -> RateTable {
        RateTable(RateLimits(try #require(RateLimit(text))), maxClients: maxClients)
    }

    @Test("clients do not share: names, addresses, and a name that looks like another's address")
    func apart() throws {
        var table = try table("1/min")
        let parties: [Party] = [
            .principal("key:a"), .principal("key:b"), .at(1), .at(2), .principal("1"),
        ]
        for party in parties {
            let first = table.take(for: party, now: now)
            let second = table.take(for: party, now: now)
            #expect(first.isAdmitted && !second.isAdmitted, "\(party)")
        }
    }

    @Test("the bound of a generation: at it all are remembered, beyond it the older is forgotten")
    func generations() throws {
        var table = try table("1/min", maxClients: 2)
        func admits(_ address: UInt32) -> Bool {
            table.take(for: .at(UInt32(address)), now: now).isAdmitted
        }
        #expect(admits(1) && admits(2))
        #expect(table.count == 2)
        #expect(admits(3))  // 1 and 2 are the older now
        #expect(admits(4))
        #expect(table.count == 4)
        #expect(!admits(3) && !admits(4))
        #expect(admits(5))  // 3 and 4 are the older: 1 and 2 are forgotten
        #expect(table.count == 3)
        #expect(!admits(3))  // moved to the recent ones
        #expect(admits(1))  // a full bucket again
        #expect(!admits(5) && !admits(3) && !admits(1))
    }

    @Test("who goes on asking is not forgotten, however many others come")
    func busy() throws {
        var table = try table("1/day", maxClients: 3)
        #expect(table.take(for: .principal("key:a"), now: now).isAdmitted)
        for address in 0..<1000 {
            _ = table.take(for: .at(UInt32(address)), now: now)
            let again = table.take(for: .principal("key:a"), now: now)
            #expect(!again.isAdmitted)
            #expect(table.count <= 6)
        }
    }

    @Test("never more than two generations, at the bound that the hub has")
    func bound() throws {
        var table = RateTable(RateLimits(try #require(RateLimit("1/min"))))
        for address in 0..<UInt32(RateTable.maxClients * 2) {
            _ = table.take(for: .at(UInt32(address)), now: now)
        }
        #expect(table.count == RateTable.maxClients * 2)
        _ = table.take(for: .at(.max), now: now)
        #expect(table.count == RateTable.maxClients + 1)
    }
}

extension Party {
    fileprivate static func at(_ address: UInt32) -> Party { .address(AddressKey(.v4(address))) }
}
