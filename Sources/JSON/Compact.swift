import Bytes

/// Checks a JSON text and rewrites it on one line, without the white space between values.
///
/// Numbers and strings stay as they were written, so that nothing of them is lost.
///
/// - Parameters:
///   - bytes: The text.
///   - limits: What it may ask for.
/// - Returns: The text with no byte below 0x20 in it, and so with no line break.
/// - Throws: What is wrong with the text.
public func compact(_ bytes: [UInt8], limits: Limits = Limits()) throws(JSONError) -> [UInt8] {
    var reader = Reader(bytes, limits: limits)
    let text = try reader.readCompact()
    try reader.finish()
    return text
}

extension Reader {
    /// Checks the next value, whatever it is, and copies it without the white space in it.
    ///
    /// - Returns: The value on one line, as ``compact(_:limits:)`` has it.
    public mutating func readCompact() throws(JSONError) -> [UInt8] {
        skipWhiteSpace()
        let before = whiteSpaceBytes
        let range = try skipValue()
        if whiteSpaceBytes == before { return Array(bytes[range]) }
        var text: [UInt8] = []
        text.reserveCapacity(range.count - (whiteSpaceBytes - before))
        var isInString = false
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            if isInString, byte == ASCII.backslash {
                text.append(byte)
                index += 1
                text.append(bytes[index])  // the value is valid: an escape has a second byte
            } else {
                if byte == ASCII.quote { isInString.toggle() }
                if isInString || !isWhiteSpace(byte) { text.append(byte) }
            }
            index += 1
        }
        return text
    }
}
