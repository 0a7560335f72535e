import Testing
import Time

@testable import Admission

@Suite("Token buckets")
struct TokenBucketsTests {
    private let start = Instant(nanoseconds: 1_000_000_000_000)

    private func limits(_ texts: String...) throws -> RateLimits {
        try RateLimits(texts.map { try #require(RateLimit($0)) })
    }

    /// How many of `count` that come at once are let in.
    private func admitted(
        _ count: Int, _ buckets: inout TokenBuckets, _ limits: RateLimits, _ now: Instant
    ) -> Int {
        var admitted = 0
        for _ in 0..<count where buckets.take(limits, now: now).isAdmitted { admitted += 1 }
        return admitted
    }

    @Test("a full one has as many as its limit says, and no more", arguments: [1, 2, 60, 1000])
    func capacity(_ count: Int) throws {
        let limits = RateLimits(try #require(RateLimit(count, per: .minute)))
        var buckets = TokenBuckets()
        #expect(admitted(count - 1, &buckets, limits, start) == count - 1)
        #expect(admitted(1, &buckets, limits, start) == 1)
        #expect(admitted(3, &buckets, limits, start) == 0)
    }

    @Test("one token comes at its instant, and not a nanosecond before")
    func refill() throws {
        let limits = try limits("60/min")
        var buckets = TokenBuckets()
        #expect(admitted(61, &buckets, limits, start) == 60)
        let early = buckets.take(limits, now: start.advanced(by: .nanoseconds(999_999_999)))
        #expect(early.wait == .nanoseconds(1))
        #expect(admitted(2, &buckets, limits, start.advanced(by: .seconds(1))) == 1)
        #expect(admitted(61, &buckets, limits, start.advanced(by: .seconds(61))) == 60)
    }

    @Test("what is refused takes nothing away")
    func refusalsAreFree() throws {
        let limits = try limits("2/s")
        var buckets = TokenBuckets()
        #expect(admitted(1000, &buckets, limits, start) == 2)
        #expect(admitted(1, &buckets, limits, start.advanced(by: .milliseconds(500))) == 1)
    }

    @Test("who is quiet for long has no more than a full one")
    func noHoard() throws {
        let limits = try limits("10/s")
        var buckets = TokenBuckets()
        #expect(admitted(1, &buckets, limits, start) == 1)
        #expect(admitted(20, &buckets, limits, start.advanced(by: .seconds(86_400))) == 10)
    }

    @Test("of several limits all must have room, else none is charged")
    func together() throws {
        let limits = try limits("2/s", "5/min")
        var buckets = TokenBuckets()
        #expect(admitted(4, &buckets, limits, start) == 2)
        // Had refusals been charged by the minute, two would be left of it.
        let third = buckets.take(limits, now: start.advanced(by: .seconds(1)))
        #expect(third.standings.map(\.remaining) == [1, 2])
        #expect(admitted(4, &buckets, limits, start.advanced(by: .seconds(1))) == 1)
        #expect(admitted(4, &buckets, limits, start.advanced(by: .seconds(2))) == 1)
        let last = buckets.take(limits, now: start.advanced(by: .seconds(3)))
        #expect(last.standings.map(\.remaining) == [2, 0])
        #expect(last.wait == .seconds(9))
    }

    @Test("a verdict says what is left, and when there is more")
    func verdicts() throws {
        let limits = try limits("3/min", "1000/hour")
        var buckets = TokenBuckets()
        let fields = (0..<4).map { _ in buckets.take(limits, now: start).field }
        #expect(
            fields == [
                "\"min\";r=2;t=20, \"hour\";r=999;t=4",
                "\"min\";r=1;t=40, \"hour\";r=998;t=8",
                "\"min\";r=0;t=20, \"hour\";r=997;t=11",
                "\"min\";r=0;t=20, \"hour\";r=997;t=11",
            ])
    }

    @Test(
        "the wait is told in whole numbers, never too short",
        arguments: [
            (Duration.nanoseconds(1), Int64(1), Int64(1)),
            (.milliseconds(1), 1, 1), (.nanoseconds(1_000_001), 1, 2),
            (.seconds(1), 1, 1000), (.milliseconds(1001), 2, 1001),
            (.seconds(86_400), 86_400, 86_400_000),
        ])
    func waits(_ wait: Duration, _ seconds: Int64, _ milliseconds: Int64) {
        let verdict = RateVerdict(wait: wait, standings: [])
        #expect(verdict.retryAfterSeconds == seconds)
        #expect(verdict.retryAfterMilliseconds == milliseconds)
    }

    @Test("who is let in has nothing to wait for")
    func noWait() {
        let verdict = RateVerdict(wait: nil, standings: [])
        #expect(verdict.isAdmitted)
        #expect(verdict.retryAfterSeconds == nil)
        #expect(verdict.retryAfterMilliseconds == nil)
    }

    @Test("who waits as long as it was told has room")
    func waitIsEnough() throws {
        for text in ["7/s", "60/min", "999983/hour", "5/day"] {
            let limits = try limits(text)
            var buckets = TokenBuckets()
            var now = start
            while buckets.take(limits, now: now).isAdmitted {}
            for _ in 0..<5 {
                let refused = buckets.take(limits, now: now)
                let wait = try #require(refused.wait)
                now = now.advanced(by: wait)
                let then = buckets.take(limits, now: now)
                #expect(then.isAdmitted, "\(text) after \(wait)")
            }
        }
    }

    @Test(
        "time may overflow, or go back: nothing traps, and nobody waits longer than for a full one",
        arguments: [
            [Int64.max, .max, .min], [.min, .max, .min], [0, .min, .max], [.max - 1, 0, -1],
            [5, 4, 3],
        ])
    func clocks(_ clock: [Int64]) throws {
        let limits = try limits("2/day", "1000000/s")
        var buckets = TokenBuckets()
        for nanoseconds in clock + clock {
            for _ in 0..<3 {
                let verdict = buckets.take(limits, now: Instant(nanoseconds: nanoseconds))
                #expect((verdict.wait ?? .zero) <= .seconds(43_200))
                #expect(verdict.standings.allSatisfy { $0.remaining >= 0 && $0.reset >= .zero })
            }
        }
    }

    @Test("does what a bucket does that is filled drop by drop", arguments: 1...40)
    func model(_ seed: UInt64) throws {
        var random = Weak(state: seed)
        let units = RateLimit.Unit.allCases.shuffled(using: &random)
        let given = try units.prefix(.random(in: 1...4, using: &random)).map {
            try #require(RateLimit(.random(in: 1...20, using: &random), per: $0))
        }
        let limits = try RateLimits(given)
        var buckets = TokenBuckets()
        var models = given.map(NaiveBucket.init)
        var now: Int64 = .random(in: 0...1_000_000_000_000, using: &random)
        for _ in 0..<500 {
            // Often at once, often at the very instant of a token, sometimes much later.
            let steps: [Int64] = [
                0, 0, 1, given[0].interval - 1, given[0].interval, given[0].depth,
            ]
            now += steps.randomElement(using: &random) ?? 0
            for index in models.indices { models[index].fill(to: now) }
            let hasRoom = models.allSatisfy(\.hasToken)
            if hasRoom { for index in models.indices { models[index].take() } }
            let verdict = buckets.take(limits, now: Instant(nanoseconds: now))
            #expect(verdict.isAdmitted == hasRoom)
            #expect(verdict.standings.map(\.remaining) == models.map(\.tokens))
        }
    }
}

/// A bucket as one would draw it: a level that rises with time, and falls by a token.
private struct NaiveBucket {
    let limit: RateLimit
    var level: Int64
    var filledAt: Int64 = 0

    init(_ limit: RateLimit) {
        self.limit = limit
        level = limit.depth
    }

    var tokens: Int { Int(level / limit.interval) }
    var hasToken: Bool { level >= limit.interval }

    mutating func fill(to now: Int64) {
        level = min(limit.depth, level + (now - filledAt))
        filledAt = now
    }

    mutating func take() { level -= limit.interval }
}

/// SplitMix64: the same row of numbers each time.
private struct Weak: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
