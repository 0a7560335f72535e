import Bytes

/// A string that was checked: where its content stands, between the quotes.
struct ScannedString {
    var range: Range<Int>
    var hasEscapes: Bool
}

extension Reader {
    mutating func scanString() throws(JSONError) -> ScannedString {
        let start = offset
        let string = try scan()
        guard string.range.count <= limits.maxStringBytes else {
            throw fail(.stringTooLong(limit: limits.maxStringBytes), at: start)
        }
        return string
    }

    mutating func scanName() throws(JSONError) -> ScannedString {
        let start = offset
        let string = try scan()
        guard string.range.count <= limits.maxNameBytes else {
            throw fail(.nameTooLong(limit: limits.maxNameBytes), at: start)
        }
        return string
    }

    /// The string's text, its escapes replaced.
    mutating func text(of string: ScannedString) throws(JSONError) -> String {
        if string.hasEscapes {
            return String(decoding: try content(of: string), as: UTF8.self)
        }
        return try text(in: string.range)
    }

    /// The text of bytes that were checked.
    ///
    /// Over a span: a slice of the array would be retained and released each time.
    mutating func text(in range: Range<Int>) throws(JSONError) -> String {
        let text: String?
        do throws(UTF8.ValidationError) {
            text = String(copying: try UTF8Span(validating: bytes.span.extracting(range)))
        } catch {
            text = nil
        }
        guard let text else { throw fail(.invalidUTF8, at: range.lowerBound) }
        return text
    }

    /// The UTF-8 of the string's text.
    mutating func content(of string: ScannedString) throws(JSONError) -> [UInt8] {
        guard string.hasEscapes else { return Array(bytes[string.range]) }
        var content: [UInt8] = []
        content.reserveCapacity(string.range.count)
        var index = string.range.lowerBound
        while index < string.range.upperBound {
            if bytes[index] == ASCII.backslash {
                let scalar = try scanEscape(at: &index)
                content.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            } else {
                content.append(bytes[index])
                index += 1
            }
        }
        return content
    }

    /// Passes the string whose opening quote is here (RFC 8259 §7).
    private mutating func scan() throws(JSONError) -> ScannedString {
        let start = offset + 1
        var index = start
        var allBits: UInt8 = 0
        var hasEscapes = false
        while true {
            passPlain(bytes.span.extracting(..<end), at: &index, allBits: &allBits)
            guard index < end else { throw fail(.unexpectedEnd, at: end) }
            switch bytes[index] {
            case ASCII.quote:
                if allBits >= 0x80 { try checkUTF8(start..<index) }
                offset = index + 1
                return ScannedString(range: start..<index, hasEscapes: hasEscapes)
            case ASCII.backslash:
                hasEscapes = true
                _ = try scanEscape(at: &index)
            case let byte:
                throw fail(.controlCharacter(byte), at: index)
            }
        }
    }

    private mutating func checkUTF8(_ range: Range<Int>) throws(JSONError) {
        let fault: Int?
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.span.extracting(range))
            fault = nil
        } catch {
            fault = range.lowerBound + error.byteOffsets.lowerBound
        }
        if let fault { throw fail(.invalidUTF8, at: fault) }
    }

    /// Passes the escape at `index`, and says which character it stands for.
    private mutating func scanEscape(at index: inout Int) throws(JSONError) -> Unicode.Scalar {
        let start = index
        guard start + 1 < end else { throw fail(.unexpectedEnd, at: end) }
        index += 2
        switch bytes[start + 1] {
        case ASCII.quote: return "\""
        case ASCII.backslash: return "\\"
        case ASCII.slash: return "/"
        case 0x62: return "\u{08}"
        case 0x66: return "\u{0C}"
        case 0x6E: return "\n"
        case 0x72: return "\r"
        case 0x74: return "\t"
        case 0x75: return try scanUnicodeEscape(from: start, at: &index)
        default: throw fail(.invalidEscape, at: start)
        }
    }

    /// Passes the digits of `\u`, and those of the other half where it is a surrogate
    /// (RFC 8259 §7, §8.2).
    private mutating func scanUnicodeEscape(
        from start: Int, at index: inout Int
    ) throws(JSONError) -> Unicode.Scalar {
        let unit = try scanHexDigits(of: start, at: &index)
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xDC00, index + 1 < end,
            bytes[index] == ASCII.backslash, bytes[index + 1] == 0x75
        else { throw fail(.loneSurrogate, at: start) }
        let second = index
        index += 2
        let low = try scanHexDigits(of: second, at: &index)
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        else { throw fail(.loneSurrogate, at: start) }
        return scalar
    }

    private mutating func scanHexDigits(
        of escape: Int, at index: inout Int
    ) throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard index < end else { throw fail(.unexpectedEnd, at: end) }
            guard let digit = ASCII.hexValue(bytes[index]) else {
                throw fail(.invalidEscape, at: escape)
            }
            unit = unit << 4 | UInt32(digit)
            index += 1
        }
        return unit
    }
}

/// Passes the bytes that stand in a string for themselves, and gathers all their bits.
private func passPlain(_ bytes: Span<UInt8>, at index: inout Int, allBits: inout UInt8) {
    while index < bytes.count {
        let byte = bytes[index]
        if byte == ASCII.quote || byte == ASCII.backslash || byte < ASCII.space { return }
        allBits |= byte
        index += 1
    }
}
