import Testing
import Time

@Suite("A point in time")
struct InstantTests {
    private let start = Instant(nanoseconds: 5)

    @Test(
        "is moved by a duration",
        arguments: [
            (.zero, 5), (.nanoseconds(1), 6), (.nanoseconds(-6), -1), (.seconds(2), 2_000_000_005),
            (.seconds(-1), -999_999_995),
            (Duration(secondsComponent: 0, attosecondsComponent: 9), 5),
            (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
            (.nanoseconds(Int64.max), .max), (.seconds(9_223_372_036), 9_223_372_036_000_000_005),
        ] as [(Duration, Int64)])
    func advanced(_ duration: Duration, _ nanoseconds: Int64) {
        #expect(start.advanced(by: duration).nanoseconds == nanoseconds)
    }

    @Test("is so far from another as it takes to get there")
    func distance() {
        let other = start.advanced(by: .milliseconds(1500))
        #expect(start.duration(to: other) == .milliseconds(1500))
        #expect(other.duration(to: start) == .milliseconds(-1500))
        #expect(
            Instant(nanoseconds: .min).duration(to: Instant(nanoseconds: .max))
                > .seconds(Int64(1) << 34))
        #expect(start < other && other < .distantFuture)
    }
}
