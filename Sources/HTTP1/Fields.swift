import Bytes

/// The fields of a head or of a response, in their order (RFC 9110 §5).
///
/// They are kept as they stood on the wire: one array of octets, and where each line lies in
/// it. A `String` is made only of what is asked for. Names are compared without regard to case
/// (§5.1). A value is read as UTF-8, with U+FFFD for what is none (§5.5 calls it opaque).
public struct Fields: Sendable {
    /// Where a line lies in `octets`.
    struct Line: Sendable {
        var nameStart: UInt32
        var nameEnd: UInt32
        var valueStart: UInt32
        var valueEnd: UInt32

        var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
        var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
        /// From the name to the end of the value, and what stands between them.
        var whole: Range<Int> { Int(nameStart)..<Int(valueEnd) }
    }

    /// Room for the few fields that a response of ours has.
    private static let usualBytes = 96
    private static let usualLines = 4

    private(set) var octets: [UInt8]
    private(set) var lines: [Line]
    /// The lengths of all names, a bit each: most of what is asked for is not there.
    private var nameLengths: UInt64 = 0

    /// Makes an empty section.
    public init() {
        octets = []
        lines = []
    }

    /// Takes over lines that a parser has found in `octets`.
    init(octets: [UInt8], lines: [Line]) {
        self.octets = octets
        self.lines = lines
        for line in lines { nameLengths |= Fields.bit(ofLength: line.name.count) }
    }

    /// The number of lines.
    public var count: Int { lines.count }

    /// Whether there is no line.
    public var isEmpty: Bool { lines.isEmpty }

    /// Appends a line.
    ///
    /// - Parameters:
    ///   - name: A token (RFC 9110 §5.6.2); anything else is a programmer's error, and traps.
    ///     A name that was not written in the source is to be tried with ``isName(_:)`` before.
    ///   - value: Its value. CR, LF and NUL become spaces (§5.5), so that no value can add a line.
    public mutating func append(_ name: String, _ value: String) {
        precondition(Fields.isName(name), "a field name is a token")
        if lines.isEmpty {
            octets.reserveCapacity(Fields.usualBytes)
            lines.reserveCapacity(Fields.usualLines)
        }
        let nameStart = octets.count
        octets.append(name.utf8.span)
        let nameEnd = octets.count
        octets.append(utf8: ": ")
        let valueStart = octets.count
        octets.append(value.utf8.span)
        for index in valueStart..<octets.count where Fields.isForbidden(octets[index]) {
            octets[index] = ASCII.space
        }
        lines.append(
            Line(
                nameStart: UInt32(nameStart), nameEnd: UInt32(nameEnd),
                valueStart: UInt32(valueStart), valueEnd: UInt32(octets.count)))
        nameLengths |= Fields.bit(ofLength: name.utf8.count)
    }

    /// The longest names share the last bit.
    private static func bit(ofLength length: Int) -> UInt64 { 1 << UInt64(Swift.min(length, 63)) }

    /// Whether `text` may be the name of a field (RFC 9110 §5.6.2, token).
    public static func isName(_ text: String) -> Bool {
        let octets = text.utf8.span
        return !octets.isEmpty && octets.end(of: .token) == octets.count
    }

    /// RFC 9110 §5.5: CR, LF and NUL are "invalid and dangerous" in a value.
    private static func isForbidden(_ octet: UInt8) -> Bool {
        octet == ASCII.cr || octet == ASCII.lf || octet == 0
    }

    /// Whether there is a line of that name.
    public func contains(_ name: String) -> Bool { line(of: name) != nil }

    /// The value of the first line of that name.
    public func first(_ name: String) -> String? { line(of: name).map { text($0.value) } }

    /// The values of all lines of that name, in their order.
    public func values(_ name: String) -> [String] {
        guard contains(name) else { return [] }
        return lines(of: name).map { text($0.value) }
    }

    /// The values of all lines of that name as one, joined by ", " (RFC 9110 §5.3); `nil` where
    /// there is none.
    public subscript(name: String) -> String? {
        let values = values(name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    func lines(of name: String) -> some Sequence<Line> {
        lines.lazy.filter { isName($0, name) }
    }

    private func line(of name: String) -> Line? {
        let count = name.utf8.count
        guard nameLengths & Fields.bit(ofLength: count) != 0 else { return nil }
        for line in lines where line.name.count == count {
            if isName(line, name) { return line }
        }
        return nil
    }

    private func isName(_ line: Line, _ name: String) -> Bool {
        octets.matches(line.name, name)
    }

    func text(_ range: Range<Int>) -> String {
        String(decoding: octets[range], as: UTF8.self)
    }
}

extension Fields: Sequence {
    /// Every line, in its order.
    public func makeIterator() -> some IteratorProtocol<(name: String, value: String)> {
        lines.lazy.map { (name: text($0.name), value: text($0.value)) }.makeIterator()
    }
}

extension Fields: ExpressibleByDictionaryLiteral {
    /// Makes a section of the lines of a literal, in their order; a name may be repeated.
    public init(dictionaryLiteral lines: (String, String)...) {
        self.init()
        for (name, value) in lines { append(name, value) }
    }
}

extension Fields: Equatable {
    /// Whether both have the same lines in the same order, names in any case.
    public static func == (left: Fields, right: Fields) -> Bool {
        left.count == right.count
            && zip(left.lines, right.lines).allSatisfy { mine, other in
                left.octets[mine.value] == right.octets[other.value]
                    && right.octets.matches(other.name, left.text(mine.name))
            }
    }
}
