import Bytes

/// Collects a head, line by line, from bytes that may be split anywhere (RFC 9112 §2.1).
///
/// What has come is copied once, into the array that the fields then keep. A line is looked at
/// when its LF is there, so that the result can't depend on how the bytes were cut.
struct HeadReader: Sendable {
    /// Who reads, where the rules differ.
    enum Role { case server, client }

    /// What curl, Python's clients and the like send is within them; a browser grows them once.
    private static let usualBytes = 448
    private static let usualLines = 12

    let role: Role
    let limits: Limits
    /// What has come of the head.
    private(set) var octets: [UInt8] = []
    private var lines: [Fields.Line] = []
    private var lineStart = 0

    init(role: Role, limits: Limits) {
        precondition(limits.headBytes <= UInt32.max, "the lines of a head are found by 32 bits")
        self.role = role
        self.limits = limits
    }

    /// Whether nothing of a head has come.
    var isEmpty: Bool { octets.isEmpty }

    /// Reads on to the end of the start line.
    ///
    /// - Returns: Where it lies in `octets`, without its CRLF; `nil` when `input` has run out.
    mutating func startLine(
        _ input: Span<UInt8>, from offset: inout Int
    ) throws(Violation) -> Range<Int>? {
        let limit = min(limits.startLineBytes, limits.headBytes)
        return try line(
            input, from: &offset, limit: limit, tooLong: .startLineTooLong(limit: limit))
    }

    /// Reads on to the empty line after the fields.
    ///
    /// - Returns: The fields, and the reader is ready for another head; `nil` when `input` has
    ///   run out.
    mutating func fields(
        _ input: Span<UInt8>, from offset: inout Int
    ) throws(Violation) -> Fields? {
        let limit = limits.headBytes
        while let line = try line(
            input, from: &offset, limit: limit, tooLong: .headTooLarge(limit: limit))
        {
            if line.isEmpty { return take() }
            try readField(line)
        }
        return nil
    }

    /// Forgets the empty line that came instead of a start line.
    mutating func reset() { _ = take() }

    private mutating func take() -> Fields {
        let fields = Fields(octets: octets, lines: lines)
        octets = []
        lines = []
        lineStart = 0
        return fields
    }

    /// Makes room for a usual head, so that neither array grows step by step.
    private mutating func reserve() {
        octets.reserveCapacity(min(limits.headBytes, HeadReader.usualBytes))
        lines.reserveCapacity(min(limits.fieldCount, HeadReader.usualLines))
    }

    private mutating func line(
        _ input: Span<UInt8>, from offset: inout Int, limit: Int, tooLong: Violation
    ) throws(Violation) -> Range<Int>? {
        let room = limit - octets.count
        guard room > 0 else { throw tooLong }
        let start = offset
        let end = room < input.count - start ? start + room : input.count
        let index = input.extracting(..<end).firstIndex(of: ASCII.lf, from: start)
        let isWhole = index < end
        if octets.isEmpty { reserve() }
        offset = isWhole ? index + 1 : end
        octets.append(input.extracting(start..<offset))
        guard isWhole else {
            guard octets.count < limit else { throw tooLong }
            return nil
        }
        // RFC 9112 §2.2 lets a bare LF end a line; those who pass requests on differ on it.
        let lineEnd = octets.count - 2
        guard lineEnd >= lineStart, octets[lineEnd] == ASCII.cr else { throw .bareLineFeed }
        defer { lineStart = octets.count }
        return lineStart..<lineEnd
    }
}

extension HeadReader {
    /// Reads `field-name ":" OWS field-value OWS` (RFC 9112 §5).
    private mutating func readField(_ line: Range<Int>) throws(Violation) {
        let first = octets[line.lowerBound]
        if first == ASCII.space || first == ASCII.tab { return try unfold(line) }
        guard let colon = FieldLine.endOfName(octets.span, line) else { throw .malformedField }
        guard FieldLine.isValue(octets.span, colon + 1..<line.upperBound) else {
            throw .malformedField
        }
        guard lines.count < limits.fieldCount else {
            throw .tooManyFields(limit: limits.fieldCount)
        }
        let value = octets.trimmingWhitespace(colon + 1..<line.upperBound)
        lines.append(
            Fields.Line(
                nameStart: UInt32(line.lowerBound), nameEnd: UInt32(colon),
                valueStart: UInt32(value.lowerBound), valueEnd: UInt32(value.upperBound)))
    }

    /// RFC 9112 §5.2: a server refuses a folded line, a client MUST take its CRLF for spaces.
    private mutating func unfold(_ line: Range<Int>) throws(Violation) {
        guard role == .client, let last = lines.indices.last else { throw .obsoleteFolding }
        guard FieldLine.isValue(octets.span, line) else { throw .malformedField }
        octets[line.lowerBound - 2] = ASCII.space
        octets[line.lowerBound - 1] = ASCII.space
        let value = octets.trimmingWhitespace(Int(lines[last].valueStart)..<line.upperBound)
        lines[last].valueStart = UInt32(value.lowerBound)
        lines[last].valueEnd = UInt32(value.upperBound)
    }
}

/// The characters of a field line (RFC 9110 §5).
enum FieldLine {
    /// Where the colon of `line` stands: behind a token, with nothing between (RFC 9112 §5.1).
    static func endOfName(_ octets: Span<UInt8>, _ line: Range<Int>) -> Int? {
        let colon = octets.extracting(..<line.upperBound).end(of: .token, from: line.lowerBound)
        guard colon > line.lowerBound, colon < line.upperBound, octets[colon] == ASCII.colon else {
            return nil
        }
        return colon
    }

    /// Whether only characters of a value lie in `range`.
    static func isValue(_ octets: Span<UInt8>, _ range: Range<Int>) -> Bool {
        let octets = octets.extracting(range)
        guard octets.hasControl else { return true }
        for index in octets.indices where !isValue(octets[index]) { return false }
        return true
    }

    /// Whether a value may hold `octet` (RFC 9110 §5.5): visible, a space, a tab, or not ASCII.
    ///
    /// CR and NUL are not among them, so that a bare CR ends the matter here.
    static func isValue(_ octet: UInt8) -> Bool {
        octet >= 0x20 && octet != 0x7F || octet == ASCII.tab
    }
}
