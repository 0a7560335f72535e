extension Array where Element == UInt8 {
    /// Appends the UTF-8 of a literal, without making a `String`.
    @inlinable
    public mutating func append(utf8 text: StaticString) {
        text.withUTF8Buffer { unsafe append(contentsOf: $0) }
    }

    /// Appends the UTF-8 of `text`.
    @inlinable
    public mutating func append(utf8 text: String) {
        append(contentsOf: text.utf8)
    }

    /// Appends `number` in decimal digits, with a minus sign where it is negative.
    @inlinable
    public mutating func append(decimal number: some FixedWidthInteger) {
        if number < 0 { append(ASCII.minus) }
        append(digitsOf: UInt64(number.magnitude), atLeast: 1)
    }

    /// Appends `number` in decimal with zeros in front, `width` digits wide at least.
    @inlinable
    public mutating func append(
        decimal number: some UnsignedInteger & FixedWidthInteger, width: Int
    ) {
        append(digitsOf: UInt64(number), atLeast: width)
    }

    /// Makes room for all digits, and fills it from the end: no second copy, no reversal.
    @inlinable
    mutating func append(digitsOf number: UInt64, atLeast width: Int) {
        var digits = 1
        var bound: UInt64 = 10
        while digits < 20, number >= bound {
            digits += 1
            bound = digits < 20 ? bound &* 10 : bound
        }
        let start = count
        append(contentsOf: repeatElement(ASCII.zero, count: Swift.max(digits, width)))
        var rest = number
        var index = count - 1
        while rest > 0, index >= start {
            self[index] = ASCII.zero &+ UInt8(rest % 10)
            rest /= 10
            index -= 1
        }
    }

    /// Appends each octet of `octets` as two hexadecimal digits in lower case.
    @inlinable
    public mutating func append(hex octets: some Sequence<UInt8>) {
        for octet in octets {
            append(hexDigit(octet >> 4))
            append(hexDigit(octet & 0x0F))
        }
    }
}

/// The hexadecimal digit of a value below 16, in lower case.
@inlinable
func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? ASCII.zero &+ value : 0x57 &+ value
}

extension Array where Element == UInt8 {
    /// Appends the octets of `span` by one copy.
    @inlinable
    public mutating func append(copying span: Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
