/// The octets that protocols name, by the names of RFC 5234 and RFC 9110.
public enum ASCII {
    public static let tab: UInt8 = 0x09
    public static let lf: UInt8 = 0x0A
    public static let cr: UInt8 = 0x0D
    public static let space: UInt8 = 0x20
    public static let quote: UInt8 = 0x22
    public static let dollar: UInt8 = 0x24
    public static let percent: UInt8 = 0x25
    public static let ampersand: UInt8 = 0x26
    public static let asterisk: UInt8 = 0x2A
    public static let plus: UInt8 = 0x2B
    public static let comma: UInt8 = 0x2C
    public static let minus: UInt8 = 0x2D
    public static let dot: UInt8 = 0x2E
    public static let slash: UInt8 = 0x2F
    public static let zero: UInt8 = 0x30
    public static let nine: UInt8 = 0x39
    public static let colon: UInt8 = 0x3A
    public static let semicolon: UInt8 = 0x3B
    public static let equals: UInt8 = 0x3D
    public static let question: UInt8 = 0x3F
    public static let openBracket: UInt8 = 0x5B
    public static let backslash: UInt8 = 0x5C
    public static let closeBracket: UInt8 = 0x5D
    public static let underscore: UInt8 = 0x5F
    public static let openBrace: UInt8 = 0x7B
    public static let closeBrace: UInt8 = 0x7D

    /// Whether `octet` is DIGIT (RFC 5234 appendix B.1).
    @inlinable
    public static func isDigit(_ octet: UInt8) -> Bool { octet &- zero <= 9 }

    /// Whether `octet` is ALPHA (RFC 5234 appendix B.1).
    @inlinable
    public static func isAlpha(_ octet: UInt8) -> Bool { (octet | 0x20) &- 0x61 <= 25 }

    /// Whether `octet` is a lower-case letter.
    @inlinable
    public static func isLowercase(_ octet: UInt8) -> Bool { octet &- 0x61 <= 25 }

    /// Whether `octet` may stand in a token (RFC 9110 §5.6.2, tchar).
    @inlinable
    public static func isToken(_ octet: UInt8) -> Bool {
        if isAlpha(octet) || isDigit(octet) { return true }
        switch octet {
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: return true
        default: return false
        }
    }

    /// The octet in lower case; anything but A to Z is left as it is.
    @inlinable
    public static func lowercased(_ octet: UInt8) -> UInt8 {
        octet &- 0x41 <= 25 ? octet | 0x20 : octet
    }

    /// The value of a hexadecimal digit, in either case; `nil` for any other octet.
    @inlinable
    public static func hexValue(_ octet: UInt8) -> UInt8? {
        if isDigit(octet) { return octet &- zero }
        let letter = (octet | 0x20) &- 0x61
        return letter <= 5 ? letter &+ 10 : nil
    }
}
