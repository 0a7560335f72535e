import Bytes

/// A number that was checked.
struct ScannedNumber {
    var range: Range<Int>
    /// Whether it has neither a fraction nor an exponent.
    var isInteger: Bool
}

extension Reader {
    /// Reads a whole number, written without fraction and exponent.
    ///
    /// - Throws: A mismatch if the value is no number, `notAnInteger` for `1.0` and `1e3`,
    ///   `numberOutOfRange` if 64 bits do not hold it; what is wrong with the text.
    public mutating func readInt() throws(JSONError) -> Int64 {
        try expect(.number)
        let start = offset
        let number = try scanNumber()
        guard number.isInteger else { throw refuse(.notAnInteger, from: start) }
        let isNegative = bytes[start] == ASCII.minus
        var value: Int64 = 0
        for index in (isNegative ? start + 1 : start)..<number.range.upperBound {
            let digit = Int64(bytes[index] &- ASCII.zero)
            let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(isNegative ? -digit : digit)
            guard !overflowed, !carried else { throw refuse(.numberOutOfRange, from: start) }
            value = sum
        }
        return value
    }

    /// Reads a number as the nearest `Double`.
    ///
    /// - Throws: A mismatch if the value is no number, `numberOutOfRange` if it is too large
    ///   for any finite `Double`; what is wrong with the text.
    public mutating func readDouble() throws(JSONError) -> Double {
        try expect(.number)
        let start = offset
        let number = try scanNumber()
        if let value = shortDecimal(number.range) { return value }
        guard let value = Double(try text(in: number.range)), value.isFinite else {
            throw refuse(.numberOutOfRange, from: start)
        }
        return value
    }

    /// The nearest `Double` of a number with few digits and no exponent.
    ///
    /// Up to 15 digits and powers of ten up to 10^22 are exact as `Double`, so that one
    /// division rounds once, as IEEE 754 asks; this is most numbers that people write.
    private func shortDecimal(_ range: Range<Int>) -> Double? {
        guard range.count <= 16 else { return nil }
        var digits: UInt64 = 0
        var scale = 1.0
        var isFraction = false
        for index in range {
            switch bytes[index] {
            case ASCII.zero...ASCII.nine:
                digits = digits * 10 + UInt64(bytes[index] - ASCII.zero)
                if isFraction { scale *= 10 }
            case ASCII.dot: isFraction = true
            case ASCII.minus where index == range.lowerBound: break
            default: return nil  // an exponent
            }
        }
        guard digits < 1_000_000_000_000_000 else { return nil }
        let magnitude = Double(digits) / scale
        return bytes[range.lowerBound] == ASCII.minus ? -magnitude : magnitude
    }

    /// Reads a number as it was written, for callers that want its exact decimal digits.
    ///
    /// - Throws: A mismatch if the value is no number; what is wrong with the text.
    public mutating func readNumberText() throws(JSONError) -> String {
        try expect(.number)
        return try text(in: scanNumber().range)
    }

    /// A fault of the value from `start` on, which may still be skipped.
    private mutating func refuse(_ kind: JSONError.Kind, from start: Int) -> JSONError {
        offset = start
        return JSONError(kind, offset: start, pointer: pointer)
    }

    /// Passes the number that begins here (RFC 8259 §6).
    mutating func scanNumber() throws(JSONError) -> ScannedNumber {
        let start = offset
        var index = start
        if bytes[index] == ASCII.minus { index += 1 }
        let firstDigit = index
        try scanDigits(at: &index)
        if bytes[firstDigit] == ASCII.zero, index > firstDigit + 1 {
            throw fail(.invalidNumber, at: start)  // §6: leading zeros are not allowed
        }
        let integerEnd = index
        if index < end, bytes[index] == ASCII.dot {
            index += 1
            try scanDigits(at: &index)
        }
        if index < end, bytes[index] | 0x20 == 0x65 {
            index += 1
            if index < end, bytes[index] == ASCII.plus || bytes[index] == ASCII.minus { index += 1 }
            try scanDigits(at: &index)
        }
        guard index - start <= limits.maxNumberBytes else {
            throw fail(.numberTooLong(limit: limits.maxNumberBytes), at: start)
        }
        offset = index
        return ScannedNumber(range: start..<index, isInteger: index == integerEnd)
    }

    /// Passes one digit or more.
    private mutating func scanDigits(at index: inout Int) throws(JSONError) {
        guard index < end else { throw fail(.unexpectedEnd, at: end) }
        let start = index
        passDigits(bytes.span.extracting(..<end), at: &index)
        guard index > start else { throw fail(.invalidNumber, at: index) }
    }
}

private func passDigits(_ bytes: Span<UInt8>, at index: inout Int) {
    while index < bytes.count, ASCII.isDigit(bytes[index]) { index += 1 }
}
