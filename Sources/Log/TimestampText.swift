import Bytes

/// A timestamp in the text of RFC 3339.
extension Timestamp {
    /// The moment in UTC with three digits of the second's fraction, 24 bytes long:
    /// `2026-01-15T10:00:00.123Z`.
    ///
    /// RFC 3339 knows the years 0000 to 9999; a moment outside is shown at the nearest end.
    public var rfc3339: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(lossyUTF8: text)
    }

    /// Appends what ``rfc3339`` says.
    public func append(to text: inout [UInt8]) {
        let clamped = min(max(milliseconds, Self.yearZero), Self.endOfYear9999)
        let day = clamped.flooredQuotient(by: 86_400_000)
        let rest = UInt32(clamped - day * 86_400_000)
        let date = CivilDate(daysSince1970: day)
        text.append(decimal: UInt32(date.year), width: 4)
        text.append(ASCII.minus)
        text.append(decimal: UInt32(date.month), width: 2)
        text.append(ASCII.minus)
        text.append(decimal: UInt32(date.day), width: 2)
        text.append(0x54)
        text.append(decimal: rest / 3_600_000, width: 2)
        text.append(ASCII.colon)
        text.append(decimal: rest / 60_000 % 60, width: 2)
        text.append(ASCII.colon)
        text.append(decimal: rest / 1000 % 60, width: 2)
        text.append(ASCII.dot)
        text.append(decimal: rest % 1000, width: 3)
        text.append(0x5A)
    }

    /// Reads a date and time with an offset (RFC 3339 §5.6).
    ///
    /// Any number of fraction digits is taken, those after the third are dropped. A leap second
    /// (`:60`) is the first of the next minute. `T` and `Z` may be in lower case, and `T` a space.
    ///
    /// - Parameter text: What was written; `nil` for anything else, a date that no calendar has
    ///   among it.
    public init?(rfc3339 text: String) {
        var fields = TimestampReader(text)
        guard let moment = fields.read() else { return nil }
        self = moment
    }

    private static let yearZero: Int64 = -62_167_219_200_000
    private static let endOfYear9999: Int64 = 253_402_300_799_999
}

/// The fields of RFC 3339 §5.6, read from the left.
private struct TimestampReader {
    private let octets: [UInt8]
    private var offset = 0

    init(_ text: String) { octets = Array(text.utf8) }

    mutating func read() -> Timestamp? {
        guard let year = digits(4), skip(ASCII.minus), let month = digits(2), skip(ASCII.minus),
            let day = digits(2), let date = CivilDate(year: year, month: month, day: day),
            skip(0x54, 0x74, ASCII.space), let time = time(), let offset = zoneOffset(),
            self.offset == octets.count
        else { return nil }
        return Timestamp(milliseconds: date.daysSince1970 * 86_400_000 + time - offset)
    }

    private mutating func time() -> Int64? {
        guard let hour = digits(2), hour <= 23, skip(ASCII.colon), let minute = digits(2),
            minute <= 59, skip(ASCII.colon), let second = digits(2), second <= 60,
            let fraction = fraction()
        else { return nil }
        return (hour * 3600 + minute * 60 + second) * 1000 + fraction
    }

    private mutating func fraction() -> Int64? {
        guard skip(ASCII.dot) else { return 0 }
        var value: Int64 = 0
        var count = 0
        while offset < octets.count, ASCII.isDigit(octets[offset]) {
            if count < 3 { value = value * 10 + Int64(octets[offset] - ASCII.zero) }
            count += 1
            offset += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 3)..<3 { value *= 10 }
        return value
    }

    private mutating func zoneOffset() -> Int64? {
        if skip(0x5A, 0x7A) { return 0 }
        let isWest = offset < octets.count && octets[offset] == ASCII.minus
        guard skip(ASCII.plus, ASCII.minus), let hours = digits(2), hours <= 23,
            skip(ASCII.colon), let minutes = digits(2), minutes <= 59
        else { return nil }
        let magnitude = (hours * 60 + minutes) * 60_000
        return isWest ? -magnitude : magnitude
    }

    private mutating func digits(_ count: Int) -> Int64? {
        guard octets.count - offset >= count,
            let value = parseDecimal(octets[offset..<offset + count])
        else { return nil }
        offset += count
        return Int64(value)
    }

    private mutating func skip(_ choices: UInt8...) -> Bool {
        guard offset < octets.count, choices.contains(octets[offset]) else { return false }
        offset += 1
        return true
    }
}

/// A day of the proleptic Gregorian calendar.
///
/// After Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": the year begins in March,
/// so that the leap day comes last, and eras of 400 years are all alike.
private struct CivilDate {
    var year: Int64
    var month: Int64
    var day: Int64

    init(daysSince1970 days: Int64) {
        let shifted = days + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// The day of that name; `nil` if the calendar has none such.
    init?(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
        guard (1...12).contains(month), day >= 1 else { return nil }
        let back = CivilDate(daysSince1970: daysSince1970)
        guard back.month == month, back.day == day else { return nil }
    }

    var daysSince1970: Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.flooredQuotient(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

extension Int64 {
    /// The quotient rounded towards negative infinity; `divisor` is positive.
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        self / divisor - (self % divisor < 0 ? 1 : 0)
    }
}
