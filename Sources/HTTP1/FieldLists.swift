import Bytes

/// Values that are comma-separated lists (RFC 9110 §5.6.1).
extension Fields {
    /// The members of the lists in all lines of that name, in their order.
    ///
    /// Empty members are left out (§5.6.1.2); a comma within a quoted string parts nothing.
    public func members(of name: String) -> [String] {
        lines(of: name).flatMap { line in
            ListMembers(octets, line.value).map { String(decoding: octets[$0], as: UTF8.self) }
        }
    }

    /// Whether `member`, in any case, is in a list of that name.
    public func hasMember(_ member: String, in name: String) -> Bool {
        lines(of: name).contains { line in
            ListMembers(octets, line.value).contains { octets.matches($0, member) }
        }
    }
}

/// Where the members of one list lie, without the white space around them and without empty ones.
struct ListMembers: Sequence, IteratorProtocol {
    private let octets: [UInt8]
    private let separator: UInt8
    private let end: Int
    private var index: Int

    init(_ octets: [UInt8], _ range: Range<Int>, separatedBy separator: UInt8 = ASCII.comma) {
        self.octets = octets
        self.separator = separator
        index = range.lowerBound
        end = range.upperBound
    }

    mutating func next() -> Range<Int>? {
        while index < end {
            let start = index
            index = endOfMember()
            let member = octets.trimmingWhitespace(start..<index)
            index += 1
            if !member.isEmpty { return member }
        }
        return nil
    }

    /// Where the member that begins at `index` ends, quoted strings (§5.6.4) taken whole.
    private func endOfMember() -> Int {
        var isQuoted = false
        var place = index
        while place < end {
            switch octets[place] {
            case ASCII.quote: isQuoted.toggle()
            case ASCII.backslash where isQuoted: place += 1
            case separator where !isQuoted: return place
            default: break
            }
            place += 1
        }
        return end
    }
}

extension [UInt8] {
    /// `range` without the OWS at both of its ends (RFC 9110 §5.6.3).
    func trimmingWhitespace(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, isWhitespace(at: start) { start += 1 }
        while start < end, isWhitespace(at: end - 1) { end -= 1 }
        return start..<end
    }

    private func isWhitespace(at index: Int) -> Bool {
        self[index] == ASCII.space || self[index] == ASCII.tab
    }
}
