import Bytes

/// What a parser asks of the octets that it is shown; no array, slice or string is made for it.
extension Span where Element == UInt8 {
    /// Where the octets of `set` end that stand from `start` on.
    func end(of set: OctetSet, from start: Int = 0) -> Int {
        var index = start
        while index < count, set.contains(self[index]) { index += 1 }
        return index
    }

    /// Whether these are the octets of `text`.
    func equals(_ text: String) -> Bool {
        equals(text.utf8.span)
    }

    /// Whether these are the octets of `text`, letters in any case.
    func matches(_ text: String) -> Bool {
        let other = text.utf8.span
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] {
            guard ASCII.lowercased(self[index]) == ASCII.lowercased(other[index]) else {
                return false
            }
        }
        return true
    }
}

extension [UInt8] {
    /// Whether the octets in `range` are those of `text`, letters in any case.
    func matches(_ range: Range<Int>, _ text: String) -> Bool {
        range.count == text.utf8.count && span.extracting(range).matches(text)
    }

    /// Appends the octets of `span`.
    mutating func append(_ span: Span<UInt8>) { append(copying: span) }
}
