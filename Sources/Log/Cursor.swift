import Bytes

/// Names one life of the log.
///
/// Positions count within an epoch. A new epoch says that acknowledged events were lost, so that
/// an old cursor cannot be taken for a place in what was written since.
public struct Epoch: Hashable, Sendable {
    /// How many characters ``text`` has.
    public static let length = 6

    /// The characters, first in the highest octet; a word copies and compares faster than a string.
    private let octets: UInt64

    /// Reads six characters of `[0-9a-z]`; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        var octets: UInt64 = 0
        guard text.utf8.count == Epoch.length else { return nil }
        for octet in text.utf8 {
            guard ASCII.isDigit(octet) || ASCII.isLowercase(octet) else { return nil }
            octets = octets << 8 | UInt64(octet)
        }
        self.octets = octets
    }

    private init(octets: UInt64) { self.octets = octets }

    /// One of 36⁶ epochs, each as likely as any other.
    public static func random(using generator: inout some RandomNumberGenerator) -> Epoch {
        var octets: UInt64 = 0
        for _ in 0..<length {
            let digit = UInt8.random(in: 0..<36, using: &generator)
            octets = octets << 8 | UInt64(digit < 10 ? ASCII.zero + digit : 0x61 + digit - 10)
        }
        return Epoch(octets: octets)
    }

    public var text: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(lossyUTF8: text)
    }

    /// Appends what ``text`` says.
    public func append(to text: inout [UInt8]) {
        for place in (0..<UInt64(Epoch.length)).reversed() {
            text.append(UInt8(truncatingIfNeeded: octets >> (place * 8)))
        }
    }
}

/// A place in the log: all that came up to it, and nothing after, has been seen.
public struct Cursor: Hashable, Sendable {
    public var epoch: Epoch
    /// Of the last event that was seen; 0 before the first.
    public var position: UInt64

    /// Makes the place behind the event at `position`.
    public init(epoch: Epoch, position: UInt64) {
        self.epoch = epoch
        self.position = position
    }

    /// Reads `k3f9aa-18342`; `nil` for anything else, a second spelling of a position among it.
    public init?(_ text: String) {
        guard let dash = text.utf8.firstIndex(of: ASCII.minus), let epoch = Epoch(text[..<dash])
        else { return nil }
        let digits = text.utf8[dash...].dropFirst()
        guard let position = parseDecimal(digits), digits.first != ASCII.zero || digits.count == 1
        else { return nil }
        self.init(epoch: epoch, position: position)
    }

    /// The cursor as it goes over the wire (WIRE §3), safe in a URL.
    public var text: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(lossyUTF8: text)
    }

    /// Appends what ``text`` says.
    public func append(to text: inout [UInt8]) {
        epoch.append(to: &text)
        text.append(ASCII.minus)
        text.append(decimal: position)
    }
}
