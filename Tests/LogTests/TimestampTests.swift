import Foundation
import Log
import Testing

@Suite("RFC 3339 timestamps")
struct TimestampTests {
    @Test(
        "§5.6 a moment is written in UTC with three digits",
        arguments: [
            (Int64(0), "1970-01-01T00:00:00.000Z"),
            (1_768_471_200_123, "2026-01-15T10:00:00.123Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
        ])
    func writes(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test("what RFC 3339 cannot say is shown at the nearest end")
    func clamps() {
        #expect(Timestamp(milliseconds: .max).rfc3339 == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(milliseconds: .min).rfc3339 == "0000-01-01T00:00:00.000Z")
    }

    @Test(
        "§5.6 the other ways to write a moment",
        arguments: [
            ("2026-01-15T10:00:00Z", Int64(1_768_471_200_000)),
            ("2026-01-15t10:00:00.1z", 1_768_471_200_100),
            ("2026-01-15 10:00:00.123999999Z", 1_768_471_200_123),
            ("2026-01-15T12:30:00+02:30", 1_768_471_200_000),
            ("2026-01-14T23:00:00-11:00", 1_768_471_200_000),
            ("2026-01-15T09:59:60Z", 1_768_471_200_000),
        ])
    func reads(_ text: String, _ milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(
        "what is no moment",
        arguments: [
            "", "2026-01-15", "2026-01-15T10:00:00", "2026-1-15T10:00:00Z", "2026-02-30T10:00:00Z",
            "2025-02-29T10:00:00Z", "2026-13-01T10:00:00Z", "2026-00-01T10:00:00Z",
            "2026-01-00T10:00:00Z", "2026-01-15T24:00:00Z", "2026-01-15T10:60:00Z",
            "2026-01-15T10:00:61Z", "2026-01-15T10:00:00.Z", "2026-01-15T10:00:00+24:00",
            "2026-01-15T10:00:00+0200", "2026-01-15T10:00:00Z ", "+026-01-15T10:00:00Z",
            "２026-01-15T10:00:00Z",
        ])
    func refuses(_ text: String) { #expect(Timestamp(rfc3339: text) == nil) }

    @Test(
        "the calendar is Foundation's, in every year from 1583 on (before, Foundation's is Julian)")
    func oracle() {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for second in stride(
            from: -12_212_553_600, through: 190_000_000_000, by: 7 * 86_400 * 53 + 61)
        {
            let date = Date(timeIntervalSince1970: Double(second))
            #expect(Timestamp(milliseconds: Int64(second) * 1000).rfc3339 == date.formatted(style))
        }
    }

    @Test("durations are added and taken away, and never trap")
    func arithmetic() {
        let moment = Timestamp(milliseconds: 1000)
        #expect((moment + .milliseconds(5)).milliseconds == 1005)
        #expect((moment - .seconds(2)).milliseconds == -1000)
        #expect(moment - Timestamp(milliseconds: 400) == .milliseconds(600))
        #expect((Timestamp(milliseconds: .max) + .seconds(1)).milliseconds == .max)
        #expect((Timestamp(milliseconds: .min) - .seconds(1)).milliseconds == .min)
        #expect((moment + .seconds(Int64.max)).milliseconds == .max)
        #expect((moment - .seconds(Int64.max)).milliseconds < 0)
    }
}
