/// An identifier that sorts by the time it was made (RFC 9562 §5.7).
public struct UUIDv7: Hashable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// Makes an identifier.
    ///
    /// - Parameters:
    ///   - milliseconds: The time since 1970 in UTC; 48 bits of it are kept.
    ///   - generator: Where the 74 other bits come from.
    public init(milliseconds: Int64, using generator: inout some RandomNumberGenerator) {
        let random = generator.next()
        self.init(milliseconds: milliseconds, counter: random & 0xFFF, random: generator.next())
    }

    /// The three fields of RFC 9562 §5.7, with version and variant between them.
    fileprivate init(milliseconds: Int64, counter: UInt64, random: UInt64) {
        high = UInt64(bitPattern: milliseconds) << 16 | 0x7000 | counter & 0xFFF
        low = 1 << 63 | random & 0x3FFF_FFFF_FFFF_FFFF
    }

    /// The 36 characters, in lower case.
    public var text: String {
        var text = ""
        text.reserveCapacity(36)
        let digits = [high, low].flatMap { word in
            stride(from: 60, through: 0, by: -4).map { word >> UInt64($0) & 0xF }
        }
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(String(digit, radix: 16))
        }
        return text
    }

    public var description: String { text }
}

/// Makes identifiers each of which sorts after the one before, within a millisecond too and
/// though the clock be set back (RFC 9562 §6.2, method 1).
public struct UUIDv7Sequence: Sendable {
    private var milliseconds: Int64 = 0
    private var counter: UInt64 = 0

    public init() {}

    /// Makes the next identifier.
    ///
    /// - Parameters:
    ///   - milliseconds: The time since 1970 in UTC.
    ///   - generator: Where the random bits come from.
    /// - Returns: An identifier that sorts after all that this sequence has made.
    public mutating func next(
        milliseconds now: Int64, using generator: inout some RandomNumberGenerator
    ) -> UUIDv7 {
        if now > milliseconds {
            milliseconds = now
            // The highest bit is left free, so that at least 2048 fit into a millisecond.
            counter = generator.next() & 0x7FF
        } else if counter < 0xFFF {
            counter += 1
        } else {  // §6.2: a counter that runs over moves the time ahead
            milliseconds += 1
            counter = 0
        }
        return UUIDv7(milliseconds: milliseconds, counter: counter, random: generator.next())
    }
}
