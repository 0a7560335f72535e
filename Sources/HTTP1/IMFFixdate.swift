import Bytes

/// A time as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
///
/// Made once a second and given to every response of it.
public struct IMFFixdate: Hashable, Sendable {
    /// The whole field line, with its CRLF.
    let line: [UInt8]

    /// Formats a time of the years 0 to 9999; one outside of them is taken as the nearest.
    ///
    /// - Parameter secondsSince1970: Seconds since 1970-01-01T00:00:00Z, without leap seconds.
    public init(secondsSince1970: Int64) {
        let seconds = min(max(secondsSince1970, -62_167_219_200), 253_402_300_799)
        let sinceYear0 = seconds + 62_167_219_200
        let days = Int(sinceYear0 / 86_400) - 719_528  // since 1970-01-01
        let secondOfDay = UInt64(sinceYear0 % 86_400)
        let (year, month, day) = IMFFixdate.date(days)
        let weekday = (days + 719_530) % 7  // 1970-01-01 was a Thursday

        var line: [UInt8] = []
        line.reserveCapacity(37)
        line.append(utf8: "Date: ")
        line.append(utf8: IMFFixdate.weekdays[weekday])
        line.append(utf8: ", ")
        line.append(decimal: UInt64(day), width: 2)
        line.append(utf8: IMFFixdate.months[month - 1])
        line.append(decimal: UInt64(year), width: 4)
        line.append(ASCII.space)
        line.append(decimal: secondOfDay / 3600, width: 2)
        line.append(ASCII.colon)
        line.append(decimal: secondOfDay / 60 % 60, width: 2)
        line.append(ASCII.colon)
        line.append(decimal: secondOfDay % 60, width: 2)
        line.append(utf8: " GMT\r\n")
        self.line = line
    }

    /// The date as text.
    public var text: String { String(decoding: line.dropFirst(6).dropLast(2), as: UTF8.self) }

    private static let weekdays: [StaticString] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months: [StaticString] = [
        " Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ",
        " Jul ", " Aug ", " Sep ", " Oct ", " Nov ", " Dec ",
    ]

    /// The date of the proleptic Gregorian calendar, `days` after 1970-01-01.
    ///
    /// Years are counted from March, so that the leap day is the last of its year; 400 of them
    /// have 146 097 days (after H. Hinnant, "chrono-compatible low-level date algorithms").
    private static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468 + 146_097  // days since 0000-03-01, one era earlier
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + (era - 1) * 400 + (month <= 2 ? 1 : 0)
        return (year, month, day)
    }
}
