import Bytes

/// How characters are written as octets.
///
/// A text whose encoding nobody names is taken for UTF-8 as long as it can be: a byte order mark
/// says that it is, and so does the first field that is not ASCII and is valid UTF-8. If that field
/// is not valid UTF-8, the text is Latin-1 from there on (before it, all was ASCII).
public enum Encoding: String, CaseIterable, Sendable {
    case utf8 = "utf-8"
    /// As the WHATWG has it (Encoding §4.2): the name of ISO 8859-1 for what is windows-1252.
    case latin1 = "latin1"

    /// The encoding of that name; `nil` for one that is not read.
    ///
    /// - Parameter label: As `charset` or a user names it, in any case.
    public init?(label: String) {
        switch label.lowercased() {
        case "utf-8", "utf8", "us-ascii", "ascii": self = .utf8
        case "latin1", "latin-1", "iso-8859-1", "iso8859-1", "l1", "windows-1252", "cp1252":
            self = .latin1
        default: return nil
        }
    }
}

extension Encoding {
    /// Appends what an octet of Latin-1 stands for, as UTF-8.
    static func append(latin1 octet: UInt8, to text: inout [UInt8]) {
        guard octet >= 0x80 else { return text.append(octet) }
        let high = Int(octet) - 0x80
        let scalar = high < windows1252.count ? windows1252[high] : UInt16(octet)
        switch scalar {
        case 0x80..<0x800:
            text.append(0xC0 | UInt8(truncatingIfNeeded: scalar >> 6))
        default:
            text.append(0xE0 | UInt8(truncatingIfNeeded: scalar >> 12))
            text.append(0x80 | UInt8(truncatingIfNeeded: scalar >> 6) & 0x3F)
        }
        text.append(0x80 | UInt8(truncatingIfNeeded: scalar) & 0x3F)
    }

    /// What 0x80 to 0x9F stand for (WHATWG Encoding, index windows-1252).
    private static let windows1252: [UInt16] = [
        0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
        0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
    ]
}
