import HubClient
import Testing

@Suite("Backoff")
struct BackoffTests {
    /// Gives the largest or the smallest number there is.
    struct Extreme: RandomNumberGenerator {
        let number: UInt64
        mutating func next() -> UInt64 { number }
    }

    @Test("the ceiling doubles from 250 ms to 30 s, and stays there")
    func ceilings() {
        var backoff = Backoff()
        var random = Extreme(number: .max)
        let waits = (0..<9).map { _ in backoff.next(using: &random) / .milliseconds(1) }
        #expect(waits == [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    }

    @Test("the jitter is full: the shortest wait is none")
    func shortest() {
        var backoff = Backoff()
        var random = Extreme(number: 0)
        for _ in 0..<9 { #expect(backoff.next(using: &random) == .zero) }
    }

    @Test("waits spread evenly below the ceiling")
    func spread() {
        var random = SeededRandom()
        var sum = Duration.zero
        for _ in 0..<1000 {
            var backoff = Backoff()
            let wait = backoff.next(using: &random)
            #expect(wait >= .zero && wait <= .milliseconds(250))
            sum += wait
        }
        #expect(sum / 1000 > .milliseconds(115) && sum / 1000 < .milliseconds(135))
    }

    @Test("success begins anew, overload begins at the end")
    func resets() {
        var backoff = Backoff()
        var random = Extreme(number: .max)
        backoff.slowDown()
        #expect(backoff.next(using: &random) == .seconds(30))
        backoff.reset()
        #expect(backoff.next(using: &random) == .milliseconds(250))
    }
}
