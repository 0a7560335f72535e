import Testing

@testable import Admission

@Suite("A rate")
struct RateLimitTests {
    @Test(
        "is read as it is shown",
        arguments: ["1/s", "10/s", "60/min", "1000/hour", "5/day", "1000000/s"])
    func readsAndShows(_ text: String) {
        #expect(RateLimit(text)?.text == text)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "60", "60/", "/min", "60/m", "60/minute", "60 /min", "60/ min", "60/MIN", "-1/s",
            "+1/s",
            "0/min", "1000001/s", "1.5/s", "60/min/min", "99999999999999999999/s", "off",
        ])
    func misfits(_ text: String) {
        #expect(RateLimit(text) == nil)
    }

    @Test("may be so much, and no more")
    func bounds() {
        #expect(RateLimit(0, per: .minute) == nil)
        #expect(RateLimit(1, per: .minute)?.text == "1/min")
        #expect(RateLimit(RateLimit.maxCount, per: .day)?.count == 1_000_000)
        #expect(RateLimit(RateLimit.maxCount + 1, per: .day) == nil)
    }

    @Test("allows no more in its time than it says, and at most a thousandth less")
    func rounding() throws {
        for unit in RateLimit.Unit.allCases {
            let whole = unit.seconds * 1_000_000_000
            for count in [1, 3, 7, 60, 999, 1000, 33_333, 999_983, 1_000_000] {
                let limit = try #require(RateLimit(count, per: unit))
                #expect(limit.depth >= whole, "\(limit.text)")
                #expect(limit.depth <= whole + whole / 1000, "\(limit.text)")
            }
        }
    }

    @Test("is told by the name of its unit")
    func policy() throws {
        let limits = try RateLimits(["60/min", "1000/hour"].compactMap { RateLimit($0) })
        #expect(limits.policy == "\"min\";q=60;w=60, \"hour\";q=1000;w=3600")
        let day = try #require(RateLimit("5/day"))
        #expect(RateLimits(day).policy == "\"day\";q=5;w=86400")
        #expect(try RateLimits([]).isEmpty)
    }

    @Test("of one unit there may be one")
    func repeated() throws {
        let (one, other) = (try #require(RateLimit("60/min")), try #require(RateLimit("10/min")))
        let hour = try #require(RateLimit("10/hour"))
        #expect(throws: RateLimits.Repeated(first: one, second: other)) {
            try RateLimits([one, hour, other])
        }
    }
}
