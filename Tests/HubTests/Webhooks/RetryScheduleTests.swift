import Log
import Testing

@testable import Hub

/// A draw that leaves a wait as it is.
let noJitter: UInt64 = 1 << 63

@Suite("When a delivery is tried again")
struct RetryScheduleTests {
    @Test("at once, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h: ten attempts, 75 hours")
    func standard() {
        var now = tenOClock
        var waits: [Int64] = []
        var attempts = 0
        while let next = RetrySchedule.standard.next(
            after: attempts, now: now, retryAfter: nil, draw: noJitter)
        {
            waits.append((next - now).components.seconds)
            now = next
            attempts += 1
        }
        let hour: Int64 = 3600
        #expect(
            waits == [
                0, 5, 300, 1800, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour,
            ])
        #expect(now == tenOClock + .seconds(75 * 3600 + 35 * 60 + 5))
    }

    @Test(
        "a wait is a tenth off at most",
        arguments: [(UInt64.min, 270), (noJitter, 300), (.max, 330)])
    func jitter(_ draw: UInt64, _ seconds: Int) throws {
        let next = try #require(
            RetrySchedule.standard.next(after: 2, now: tenOClock, retryAfter: nil, draw: draw))
        let off = (next - tenOClock - .seconds(seconds)).components
        #expect(off.seconds == 0)
    }

    @Test(
        "Retry-After is honoured where it is later, up to a day",
        arguments: [(1, 5), (4, 5), (5, 5), (60, 60), (86_400, 86_400), (86_401, 86_400)])
    func retryAfter(_ asked: Int, _ waited: Int) {
        let next = RetrySchedule.standard.next(
            after: 1, now: tenOClock, retryAfter: .seconds(asked), draw: noJitter)
        #expect(next == tenOClock + .seconds(waited))
    }

    @Test("no attempt follows the last, whatever the endpoint asks for")
    func end() {
        let schedule = RetrySchedule([.zero, .seconds(1)])
        #expect(schedule.next(after: 1, now: tenOClock, retryAfter: nil, draw: 0) != nil)
        #expect(
            schedule.next(after: 2, now: tenOClock, retryAfter: .seconds(1), draw: 0) == nil)
    }

    @Test(
        "a schedule has an attempt at least, and 32 at most",
        arguments: [(0, 1), (32, 32), (33, 32)])
    func bounds(_ given: Int, _ kept: Int) {
        #expect(RetrySchedule([Duration](repeating: .zero, count: given)).waits.count == kept)
    }

    @Test(
        "RFC 9110 §10.2.3 Retry-After is a number of seconds or a date",
        arguments: [
            ("0", Duration.zero), ("120", .seconds(120)),
            ("Thu, 15 Jan 2026 10:01:30 GMT", .seconds(90)),
            ("Thu, 15 Jan 2026 09:00:00 GMT", .zero), ("soon", nil), ("", nil), ("-1", nil),
            ("1.5", nil), ("Thu, 15 Jan 2026 10:01:30 CET", nil),
            ("Thu, 32 Jan 2026 10:01:30 GMT", nil),
            ("99999999999999999999", nil), ("9999999999", .seconds(1 << 32)),
        ])
    func field(_ text: String, _ wait: Duration?) {
        #expect(RetryAfter.wait(text, now: tenOClock) == wait)
    }
}
