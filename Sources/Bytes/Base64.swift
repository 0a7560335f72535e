/// The two alphabets of RFC 4648, without a line break and strict in what they read.
public enum Base64 {
    /// Encodes with the alphabet of §4, padded.
    public static func encode(_ octets: [UInt8]) -> String {
        encode(octets, alphabet: standard, isPadded: true)
    }

    /// Encodes with the alphabet of §5, safe in URLs and file names, without padding.
    public static func encodeURL(_ octets: [UInt8]) -> String {
        encode(octets, alphabet: urlSafe, isPadded: false)
    }

    /// Decodes the alphabet of §4.
    ///
    /// - Returns: `nil` for a foreign character, missing padding, or bits after the end that
    ///   are not zero (§3.5), so that one value has one spelling.
    public static func decode(_ text: String) -> [UInt8]? {
        let octets = Array(text.utf8)
        guard octets.count.isMultiple(of: 4) else { return nil }
        let digits = octets.prefix { $0 != ASCII.equals }
        guard octets.count - digits.count <= 2,
            octets[digits.count...].allSatisfy({ $0 == ASCII.equals })
        else { return nil }
        return decode(digits, value62: ASCII.plus, value63: ASCII.slash)
    }

    /// Decodes the alphabet of §5, without padding.
    ///
    /// - Returns: `nil` for a foreign character (padding among them) or bits after the end
    ///   that are not zero.
    public static func decodeURL(_ text: String) -> [UInt8]? {
        decode(Array(text.utf8)[...], value62: ASCII.minus, value63: ASCII.underscore)
    }

    private static let standard = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let urlSafe = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private static func encode(_ octets: [UInt8], alphabet: [UInt8], isPadded: Bool) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((octets.count + 2) / 3 * 4)
        var index = 0
        while index < octets.count {
            let taken = min(3, octets.count - index)
            var bits: UInt32 = 0
            for place in 0..<3 {
                bits = bits << 8 | (place < taken ? UInt32(octets[index + place]) : 0)
            }
            for place in 0..<4 {
                if place <= taken {
                    text.append(alphabet[Int(bits >> (18 - 6 * UInt32(place)) & 63)])
                } else if isPadded {
                    text.append(ASCII.equals)
                }
            }
            index += taken
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func decode(
        _ digits: ArraySlice<UInt8>, value62: UInt8, value63: UInt8
    ) -> [UInt8]? {
        guard digits.count % 4 != 1 else { return nil }
        var octets: [UInt8] = []
        octets.reserveCapacity(digits.count * 3 / 4)
        var bits: UInt32 = 0
        var bitCount = 0
        for digit in digits {
            guard let value = value(of: digit, value62: value62, value63: value63) else {
                return nil
            }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                octets.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
                bits &= 1 << UInt32(bitCount) - 1
            }
        }
        return bits == 0 ? octets : nil
    }

    private static func value(of digit: UInt8, value62: UInt8, value63: UInt8) -> UInt8? {
        switch digit {
        case 0x41...0x5A: digit - 0x41
        case 0x61...0x7A: digit - 0x61 + 26
        case 0x30...0x39: digit - 0x30 + 52
        case value62: 62
        case value63: 63
        default: nil
        }
    }
}
