extension Array where Element == UInt8 {
    /// Appends the UTF-8 of a literal, without making a `String`.
    @inlinable
    public mutating func append(utf8 text: StaticString) {
        text.withUTF8Buffer { unsafe append(contentsOf: $0) }
    }

    /// Appends the UTF-8 of `text`.
    @inlinable
    public mutating func append(utf8 text: String) {
        append(copying: text.utf8.span)
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

    /// Writes the digits from the last to the first, and copies them once.
    @inlinable
    mutating func append(digitsOf number: UInt64, atLeast width: Int) {
        var digits = InlineArray<20, UInt8>(repeating: ASCII.zero)
        var start = 20
        var rest = number
        repeat {
            start -= 1
            digits[start] = ASCII.zero &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        start = Swift.max(0, Swift.min(start, 20 - width))
        append(copying: digits.span.extracting(start..<20))
    }

    /// Makes room for `extra` more octets; called again and again, it copies no octet often.
    @inlinable
    public mutating func reserveMore(_ extra: Int) {
        guard capacity - count < extra else { return }
        reserveCapacity(Swift.max(count + extra, count == 0 ? 0 : capacity * 2))
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

extension Array where Element == UInt8 {
    /// Makes an array of the octets of `span`.
    @inlinable
    public init(copying span: Span<UInt8>) {
        self = unsafe span.withUnsafeBufferPointer { unsafe Array($0) }
    }
}

extension Span where Element == UInt8 {
    /// Where `octet` comes first, from `start` on; the count where it does not.
    ///
    /// Eight octets at a time: a word has a zero octet where `octet` is taken from it by XOR, and
    /// the lowest bit that the subtraction carries into an octet's top is that of the first.
    @inlinable
    public func firstIndex(of octet: UInt8, from start: Int = 0) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let pattern = ones &* UInt64(octet)
        return unsafe withUnsafeBytes { bytes in
            var index = start
            while index + 8 <= bytes.count {
                let word = unsafe UInt64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                let zeros = word ^ pattern
                let found = (zeros &- ones) & ~zeros & (ones << 7)
                if found != 0 { return index + found.trailingZeroBitCount / 8 }
                index += 8
            }
            while index < bytes.count, unsafe bytes[index] != octet { index += 1 }
            return index
        }
    }

    /// Whether there is a control character among them (RFC 5234 appendix B.1, CTL).
    ///
    /// Eight octets at a time: an octet below 0x20, or one that is 0x7F and so 0 after the XOR,
    /// carries into its top bit.
    @inlinable
    public var hasControl: Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        return unsafe withUnsafeBytes { bytes in
            var index = 0
            while index + 8 <= bytes.count {
                let word = unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                let delete = word ^ (ones &* 0x7F)
                let found = (word &- ones &* 0x20) & ~word | (delete &- ones) & ~delete
                if found & (ones << 7) != 0 { return true }
                index += 8
            }
            while index < bytes.count {
                if unsafe bytes[index] < 0x20 || bytes[index] == 0x7F { return true }
                index += 1
            }
            return false
        }
    }

    /// Whether `other` stands here from `start` on.
    @inlinable
    public func holds(_ other: [UInt8], at start: Int) -> Bool {
        guard start >= 0, count - start >= other.count else { return false }
        return extracting(start..<start + other.count).equals(other.span)
    }

    /// Whether these are the octets of `other`; compared eight at a time.
    @inlinable
    public func equals(_ other: Span<UInt8>) -> Bool {
        unsafe withUnsafeBytes { mine in
            unsafe other.withUnsafeBytes { theirs in
                guard mine.count == theirs.count else { return false }
                var index = 0
                while index + 8 <= theirs.count {
                    guard
                        unsafe mine.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                            == theirs.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    else { return false }
                    index += 8
                }
                while index < theirs.count {
                    guard unsafe mine[index] == theirs[index] else { return false }
                    index += 1
                }
                return true
            }
        }
    }
}
