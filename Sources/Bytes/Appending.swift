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
        var magnitude = UInt64(number.magnitude)
        if number < 0 { append(ASCII.minus) }
        if magnitude < 10 { return append(ASCII.zero &+ UInt8(magnitude)) }
        let start = count
        while magnitude > 0 {
            append(ASCII.zero &+ UInt8(magnitude % 10))
            magnitude /= 10
        }
        self[start...].reverse()
    }

    /// Appends `number` in decimal with zeros in front, `width` digits wide at least.
    @inlinable
    public mutating func append(
        decimal number: some UnsignedInteger & FixedWidthInteger, width: Int
    ) {
        var digits = 1
        var rest = number / 10
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        for _ in 0..<Swift.max(width - digits, 0) { append(ASCII.zero) }
        append(decimal: number)
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
