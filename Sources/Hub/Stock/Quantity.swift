import Bytes
import JSON

/// An exact decimal: twelve digits before the point, six behind it.
///
/// It never passes through a binary fraction: `0.1` thrice is `0.3`. Sums are refused where they
/// leave the bounds, and nothing is rounded.
struct Quantity: Hashable, Comparable, Sendable {
    /// The value times 1 000 000.
    let millionths: Int64

    static let fractionDigits = 6
    static let maxMillionths: Int64 = 999_999_999_999_999_999
    /// The longest text that is looked at, in bytes.
    static let maxTextBytes = 128
    static let zero = Quantity(unchecked: 0)

    private init(unchecked millionths: Int64) { self.millionths = millionths }

    /// Takes what lies within the bounds.
    init?(millionths: Int64) {
        guard millionths.magnitude <= UInt64(Self.maxMillionths) else { return nil }
        self.millionths = millionths
    }

    /// Reads a number as JSON writes it (RFC 8259 §6).
    init(_ text: String) throws(QuantityFault) {
        var reader = DecimalReader(Array(text.utf8))
        millionths = try reader.read()
    }

    static func < (left: Quantity, right: Quantity) -> Bool { left.millionths < right.millionths }

    /// The sum; `nil` past the bounds.
    func adding(_ other: Quantity) -> Quantity? {
        // Two values within the bounds are a quarter of what 64 bits hold.
        Quantity(millionths: millionths + other.millionths)
    }

    /// The difference; `nil` past the bounds.
    func subtracting(_ other: Quantity) -> Quantity? { adding(-other) }

    static prefix func - (quantity: Quantity) -> Quantity {
        Quantity(unchecked: -quantity.millionths)
    }

    /// The digits that it needs, and no more: `12.5`, `-3`, `0`.
    var text: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(lossyUTF8: text)
    }

    private func append(to text: inout [UInt8]) {
        let scale: UInt64 = 1_000_000
        let magnitude = millionths.magnitude
        if millionths < 0 { text.append(ASCII.minus) }
        text.append(decimal: magnitude / scale)
        guard magnitude % scale > 0 else { return }
        text.append(ASCII.dot)
        text.append(decimal: magnitude % scale, width: Self.fractionDigits)
        while text.last == ASCII.zero { text.removeLast() }
    }
}

/// Why a text is no quantity.
enum QuantityFault: Error, Equatable {
    case notANumber
    case tooPrecise
    case outOfRange

    /// What to tell the one who wrote it.
    var message: String {
        switch self {
        case .notANumber: "is not a decimal number such as 12 or 12.5"
        case .tooPrecise: "has more than \(Quantity.fractionDigits) digits behind the point"
        case .outOfRange: "is beyond 999999999999.999999"
        }
    }
}

/// Reads one decimal number, digit by digit.
private struct DecimalReader {
    private let octets: [UInt8]
    private var offset = 0
    /// The digits from the first that is not zero to the last that is not.
    private var digits: [UInt8] = []
    /// The value is `digits` times ten to this.
    private var exponent = 0

    init(_ octets: [UInt8]) { self.octets = octets }

    mutating func read() throws(QuantityFault) -> Int64 {
        guard octets.count <= Quantity.maxTextBytes else { throw .notANumber }
        let isNegative = skip(ASCII.minus)
        try readDigits(isFraction: false)
        if skip(ASCII.dot) { try readDigits(isFraction: true) }
        if offset < octets.count, octets[offset] | 0x20 == 0x65 { try readExponent() }
        guard offset == octets.count else { throw .notANumber }
        let magnitude = try scaled()
        return isNegative ? -magnitude : magnitude
    }

    private mutating func skip(_ octet: UInt8) -> Bool {
        guard offset < octets.count, octets[offset] == octet else { return false }
        offset += 1
        return true
    }

    private mutating func readDigits(isFraction: Bool) throws(QuantityFault) {
        let start = offset
        while offset < octets.count, ASCII.isDigit(octets[offset]) {
            digits.append(octets[offset])
            if isFraction { exponent -= 1 }
            offset += 1
        }
        guard offset > start else { throw .notANumber }
    }

    private mutating func readExponent() throws(QuantityFault) {
        offset += 1
        let isNegative = skip(ASCII.minus)
        if !isNegative { _ = skip(ASCII.plus) }
        let start = offset
        var power = 0
        while offset < octets.count, ASCII.isDigit(octets[offset]) {
            // Far beyond any bound it need not be exact.
            power = min(power * 10 + Int(octets[offset] - ASCII.zero), 1_000_000)
            offset += 1
        }
        guard offset > start else { throw .notANumber }
        exponent += isNegative ? -power : power
    }

    private mutating func scaled() throws(QuantityFault) -> Int64 {
        while digits.last == ASCII.zero {
            digits.removeLast()
            exponent += 1
        }
        digits = Array(digits.drop { $0 == ASCII.zero })
        guard !digits.isEmpty else { return 0 }
        let zeros = exponent + Quantity.fractionDigits
        guard digits.count + zeros <= 18 else { throw .outOfRange }
        guard zeros >= 0 else { throw .tooPrecise }
        digits.append(contentsOf: repeatElement(ASCII.zero, count: zeros))
        return digits.reduce(0) { $0 * 10 + Int64($1 - ASCII.zero) }
    }
}

extension Writer {
    /// Writes a member with an exact number; `null` where there is none.
    mutating func member(_ name: String, _ quantity: Quantity?) {
        key(name)
        if let quantity { raw(quantity.text.utf8) } else { null() }
    }
}

extension Value {
    /// The exact number, written as a number or as a text of one; `nil` for other kinds.
    ///
    /// - Throws: Why it is none that can be kept.
    func quantity() throws(QuantityFault) -> Quantity? {
        switch self {
        case .number(let text), .string(let text): try Quantity(text)
        case .null, .bool, .array, .object: nil
        }
    }
}
