import Admission
import HTTP1
import JSON
import Log
import Testing

@testable import Hub

@Suite("WIRE §6 Tickets: good once, for 30 s, for what they were made for")
struct TicketTests {
    private static let now = Timestamp(milliseconds: 1_000_000)
    private static let ana = Principal(name: "key:ana", grants: [])

    private func ticket(_ name: UInt8, expires: Timestamp = now + Ticket.age) -> Ticket {
        Ticket(digest: [name], principal: Self.ana, expires: expires)
    }

    @Test("it is redeemed once, before its end, by its digest")
    func once() {
        var tickets = Tickets()
        for name in 1...4 as ClosedRange<UInt8> {
            #expect(tickets.add(ticket(name), of: nil, now: Self.now) == .kept)
        }
        #expect(tickets.redeem([9], now: Self.now) == nil)
        #expect(tickets.redeem([], now: Self.now) == nil)
        #expect(tickets.redeem([1], now: Self.now) == Self.ana)
        #expect(tickets.redeem([1], now: Self.now) == nil)
        let end = Self.now + Ticket.age
        #expect(tickets.redeem([2], now: end - .milliseconds(1)) == Self.ana)
        #expect(tickets.redeem([3], now: end) == nil)
        #expect(tickets.redeem([3], now: Self.now) == nil)  // gone, though the clock goes back
        #expect(tickets.count == 1)
    }

    @Test("one client has 1000 that wait, of which each that is redeemed or ends makes room")
    func perParty() {
        var tickets = Tickets()
        func add(_ number: Int, _ name: String, at now: Timestamp) -> Tickets.Answer {
            tickets.add(
                Ticket(
                    digest: [UInt8(number >> 8), UInt8(number & 255)] + Array(name.utf8),
                    principal: Self.ana, expires: now + Ticket.age),
                of: .principal(name), now: now)
        }
        for number in 0..<Tickets.maxPerParty { #expect(add(number, "a", at: Self.now) == .kept) }
        let end = Self.now + Ticket.age
        #expect(add(1000, "a", at: Self.now) == .tooMany(until: end))
        #expect(add(1000, "b", at: Self.now) == .kept)
        #expect(tickets.redeem([0, 7, 0x61], now: Self.now) == Self.ana)
        #expect(add(1000, "a", at: Self.now) == .kept)
        #expect(add(1001, "a", at: Self.now) == .tooMany(until: end))
        #expect(add(1001, "a", at: end) == .kept)
    }

    // MARK: POST /tickets

    private func issue(_ body: String, as principal: Principal) throws -> Ticket {
        let reaction = try Scene().react(
            .post, "/tickets", ["Content-Type": "application/json"], body: body, as: principal)
        switch reaction {
        case .issueTicket(let ticket, let response):
            #expect(response.fields["Cache-Control"] == "no-store")
            #expect(response.text.contains(#""expires_in":30"#))
            let text = try #require(try response.json()["ticket"]?.string)
            #expect(text.hasPrefix("tk_") && text.utf8.count == 3 + 32)
            #expect(ticket.digest == bytes("digest of " + text))
            return ticket
        case .respond(let response):
            throw Refused(status: response.status.rawValue)
        default: throw Refused(status: 0)
        }
    }

    private struct Refused: Error, Equatable { var status: UInt16 }

    @Test("it grants what its owner may, or less, and never more")
    func grants() throws {
        let owner = Principal(
            name: "key:ana", grants: try Grant.parse(["publish,subscribe:a:*"]),
            expires: Self.now, keyID: "k", tokenKey: 7)
        for body in ["", "{}"] { #expect(try issue(body, as: owner).principal == owner) }
        var fewer = owner
        fewer.grants = try Grant.parse(["subscribe:a:b"])
        #expect(try issue(#"{"grants":["subscribe:a:b"]}"#, as: owner).principal == fewer)
        fewer.grants = []
        #expect(try issue(#"{"grants":[]}"#, as: owner).principal == fewer)
        for (body, status) in [
            (#"{"grants":["subscribe:a:**"]}"#, 403), (#"{"grants":["write:a:b"]}"#, 403),
            (#"{"grants":["subscribe:a:b","subscribe:c"]}"#, 403),
            (#"{"grants":["read:a"]}"#, 422), (#"{"grants":"subscribe:a:b"}"#, 422),
            (#"{"grants":[1]}"#, 422), ("[]", 422), ("{", 400),
        ] as [(String, UInt16)] {
            #expect(throws: Refused(status: status), "\(body)") { try issue(body, as: owner) }
        }
        #expect(throws: Refused(status: 401)) { try issue("", as: .nobody) }
    }
}
