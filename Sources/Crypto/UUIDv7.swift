import Bytes

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
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for index in 0..<16 {
            if (4...10).contains(index), index.isMultiple(of: 2) { text.append(ASCII.minus) }
            let word = index < 8 ? high : low
            let octet = UInt8(truncatingIfNeeded: word >> UInt64(56 - index % 8 * 8))
            text.append(hex: CollectionOfOne(octet))
        }
        return String(decoding: text, as: UTF8.self)
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
    ///   - now: The time since 1970 in UTC, in milliseconds.
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
