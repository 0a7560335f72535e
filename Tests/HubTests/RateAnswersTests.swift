import Admission
import Bytes
import HTTP1
import Log
import Testing

@testable import Hub

@Suite("What is said to who asks too much")
struct RateAnswersTests {
    private func limits(_ texts: String...) throws -> RateLimits {
        try RateLimits(texts.map { try #require(RateLimit($0)) })
    }

    /// The verdicts of so many at once.
    private func verdicts(_ count: Int, _ limits: RateLimits) -> [RateVerdict] {
        var buckets = TokenBuckets()
        return (0..<count).map { _ in buckets.take(limits, now: .init(nanoseconds: 0)) }
    }

    @Test("every answer has the fields of draft-ietf-httpapi-ratelimit-headers")
    func fields() throws {
        let limits = try limits("60/min", "1000/hour")
        let fields = try #require(verdicts(1, limits).first).fields(limits)
        #expect(fields.first("ratelimit-policy") == "\"min\";q=60;w=60, \"hour\";q=1000;w=3600")
        #expect(fields.first("ratelimit") == "\"min\";r=59;t=1, \"hour\";r=999;t=4")
    }

    @Test("past the rate it is 429 with the limits and the wait, within it nothing")
    func problem() throws {
        let limits = try limits("2/min")
        let problems = verdicts(3, limits).map { Problem.rateLimited($0, limits) }
        #expect(problems.map { $0 == nil } == [true, true, false])
        let problem = try #require(problems.compactMap { $0 }.last)
        #expect(problem.status == .tooManyRequests && problem.failure == .rateLimited)
        #expect(problem.fields.first("retry-after") == "30")
        #expect(problem.detail.contains("2/min") && problem.detail.contains("30 s"))
    }

    @Test("a message past the rate has its ref back, and when to send it again")
    func message() {
        let ref = Array(#"{"a":[1,2]}"#.utf8)
        let message = ServerMessage.limited(
            .rateLimited, "later", retryAfterMilliseconds: 1500, ref: ref)
        #expect(
            text(message.json)
                == #"{"type":"error","code":"rate_limited","message":"later","retry_after_ms":1500,"ref":{"a":[1,2]}}"#
        )
    }

    @Test(
        "the ref of a message that is not acted upon is found wherever it stands",
        arguments: [
            (#"{"ref":1,"type":"publish"}"#, "1"), (#"{"type":"ping","ref":"a b"}"#, #""a b""#),
            (#"{"type":"nonsense","ref":{"x":null}}"#, #"{"x":null}"#),
            (#"{"type":5,"ref":7}"#, "7"), (#"{"groups":"no list","ref":7}"#, "7"),
            (#"{"type":"ping"}"#, nil), ("no JSON", nil), ("", nil), ("[1]", nil),
        ] as [(String, String?)])
    func refs(_ text: String, _ ref: String?) {
        let found = Scene().rules.ref(of: Array(text.utf8))
        #expect(found.map { HubTests.text($0) } == ref)
    }

    @Test(
        "probes count against no rate, whatever their final slash",
        arguments: [
            ("/health", true), ("/health/", true), ("/readyz", true), ("/api/health", true),
            ("/api/cascade/health/", true), ("/", false), ("/status", false), ("/metrics", false),
            ("/health/more", false), ("/tasks", false), ("/api/healthy", false),
        ])
    func probes(_ path: String, _ isProbe: Bool) throws {
        let head = try RequestHead(
            method: .get, target: RequestTarget(path, method: .get), fields: ["Host": "localhost"])
        #expect(Request(head: head, body: [], now: tenOClock).isProbe == isProbe)
    }
}

@Suite("Tickets that wait")
struct TicketsTests {
    private let now = Timestamp(milliseconds: 1_000_000)
    private let one = Party.principal("key:one")

    private func ticket(_ number: Int, at time: Timestamp) -> Ticket {
        Ticket(
            digest: Array("\(number)".utf8), principal: .nobody, expires: time + Ticket.age)
    }

    @Test("of one client a thousand, and no more; another's have room")
    func perClient() {
        var tickets = Tickets()
        for number in 0..<Tickets.maxPerParty {
            let result = tickets.add(ticket(number, at: now), of: one, now: now)
            #expect(result == .kept)
        }
        let next = tickets.add(ticket(-1, at: now), of: one, now: now)
        #expect(next == .tooMany(until: now + Ticket.age))
        let others = [Party.principal("key:two"), .address(AddressKey(.v4(1))), nil].enumerated()
            .map { tickets.add(ticket(2000 + $0, at: now), of: $1, now: now) }
        #expect(others == [.kept, .kept, .kept])
    }

    @Test("who uses one, or lets one end, may have another")
    func room() {
        var tickets = Tickets()
        for number in 0..<Tickets.maxPerParty {
            _ = tickets.add(ticket(number, at: now + .milliseconds(number)), of: one, now: now)
        }
        let owner = tickets.redeem(Array("500".utf8), now: now)
        #expect(owner == .nobody)
        let afterUse = tickets.add(ticket(1000, at: now), of: one, now: now)
        #expect(afterUse == .kept)
        let before = tickets.add(
            ticket(1001, at: now), of: one, now: now + Ticket.age - .milliseconds(1))
        #expect(before == .tooMany(until: now + Ticket.age))
        let after = tickets.add(
            ticket(1001, at: now + Ticket.age), of: one, now: now + Ticket.age)
        #expect(after == .kept)
        #expect(tickets.count == Tickets.maxPerParty)
    }

    @Test("in all so many; those that have ended make room")
    func inAll() {
        var tickets = Tickets()
        for number in 0..<Tickets.maxCount {
            _ = tickets.add(ticket(number, at: now), of: nil, now: now)
        }
        #expect(tickets.count == Tickets.maxCount)
        let full = tickets.add(ticket(-1, at: now), of: one, now: now)
        #expect(full == .full)
        let later = now + Ticket.age
        let kept = tickets.add(ticket(-1, at: later), of: one, now: later)
        #expect(kept == .kept)
        #expect(tickets.count == 1)
    }

    @Test("one is good once, and until its time")
    func once() {
        var tickets = Tickets()
        _ = tickets.add(ticket(1, at: now), of: one, now: now)
        _ = tickets.add(ticket(2, at: now), of: one, now: now)
        let found = [1, 1, 3].map { tickets.redeem(Array("\($0)".utf8), now: now) }
        #expect(found == [.nobody, nil, nil])
        let late = tickets.redeem(Array("2".utf8), now: now + Ticket.age)
        #expect(late == nil)
        #expect(tickets.count == 0)
    }
}
