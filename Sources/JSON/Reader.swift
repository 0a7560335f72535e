import Bytes

/// Reads one JSON text (RFC 8259) value by value, in the order of the text, without a tree.
///
/// The caller asks for what it expects; the reader refuses everything else, with the offset
/// and the JSON pointer of the fault:
///
/// ```swift
/// var reader = Reader(body, limits: Limits(maxBytes: 65_536))
/// var title = ""
/// var tags: [String] = []
/// try reader.readObject { name, reader throws(JSONError) in
///     switch name {
///     case "title": title = try reader.readString()
///     case "tags": try reader.readArray { reader throws(JSONError) in
///         tags.append(try reader.readString())
///     }
///     default: break  // a value that is left unread is checked and skipped
///     }
/// }
/// try reader.finish()  // else what follows the value has not been looked at
/// ```
///
/// Two classes of fault:
///
/// - A breach of the grammar or of a limit is final: every later call throws it again.
/// - A value of the wrong kind (`mismatch`, `notAnInteger`, `numberOutOfRange`) leaves the
///   reader before that value. Caught within the closure that met it, the caller may note
///   ``pointer`` and go on to list further faults. If it leaves a closure it is final too.
///
/// All of the text is checked, also what is skipped: RFC 8259's grammar, UTF-8, escapes,
/// surrogate pairs, unique names, ``Limits``. The work is linear in the text for any input.
public struct Reader {
    let bytes: [UInt8]
    let limits: Limits
    /// The next byte to read.
    var offset: Int
    /// Where the text ends; after a final fault, where it was found.
    var end: Int
    /// The innermost object or array that is open; at depth 0 a frame that is none.
    var frame = Frame(isObject: false, firstName: 0)
    /// The frames around it, outermost first; the first is that of depth 0.
    var outerFrames: [Frame] = []
    /// The names of the open objects' members; each frame knows where its own begin.
    var names: [Name] = []
    /// All names of the open objects that have many members, by their depth.
    var manyNames: [Int: Set<ExactName>] = [:]
    /// The white space passed between values so far.
    var whiteSpaceBytes = 0
    var failure: JSONError?

    /// Makes a reader of `bytes`, or of the part of them in `range`.
    ///
    /// - Parameters:
    ///   - bytes: The text; shared, not copied.
    ///   - range: The part to read, all of it by default; offsets count from the start of
    ///     `bytes` all the same. It must lie within `bytes`.
    ///   - limits: What the text may ask for.
    public init(_ bytes: [UInt8], in range: Range<Int>? = nil, limits: Limits = Limits()) {
        let range = range ?? bytes.indices
        precondition(range.upperBound <= bytes.count, "the range must lie within the bytes")
        self.bytes = bytes
        self.limits = limits
        offset = range.lowerBound
        end = range.upperBound
        if range.count > limits.maxBytes {
            _ = fail(.textTooLong(limit: limits.maxBytes), at: range.lowerBound + limits.maxBytes)
        }
    }

    /// The kind of the next value, told by its first byte; nothing is used up.
    public mutating func peekKind() throws(JSONError) -> ValueKind {
        skipWhiteSpace()
        guard offset < end else { throw fail(.unexpectedEnd, at: end) }
        switch bytes[offset] {
        case ASCII.quote: return .string
        case ASCII.openBrace: return .object
        case ASCII.openBracket: return .array
        case ASCII.minus, ASCII.zero...ASCII.nine: return .number
        case 0x66, 0x74: return .bool
        case 0x6E: return .null
        case 0xEF where isAtByteOrderMark: throw fail(.byteOrderMark, at: offset)
        case let byte: throw fail(.unexpectedByte(byte), at: offset)
        }
    }

    /// Reads an object.
    ///
    /// - Parameter body: Called for each member, in the order of the text, with its name and
    ///   the reader before its value. It reads at most that one value; what it leaves unread
    ///   is skipped.
    /// - Throws: A mismatch if the value is no object; what is wrong with the text; what
    ///   `body` throws.
    public mutating func readObject(
        _ body: (_ name: String, _ reader: inout Reader) throws(JSONError) -> Void
    ) throws(JSONError) {
        try expect(.object)
        try enter(.object)
        while let member = try nextMember() {
            let name = try text(of: member)
            let start = offset
            do throws(JSONError) { try body(name, &self) } catch { throw abandon(error) }
            if offset == start { _ = try skipValue() }
        }
    }

    /// Reads an array.
    ///
    /// - Parameter body: Called for each element, in the order of the text, with the reader
    ///   before it. It reads at most that one value; what it leaves unread is skipped.
    /// - Throws: A mismatch if the value is no array; what is wrong with the text; what
    ///   `body` throws.
    public mutating func readArray(
        _ body: (_ reader: inout Reader) throws(JSONError) -> Void
    ) throws(JSONError) {
        try expect(.array)
        try enter(.array)
        while try nextElement() {
            let start = offset
            do throws(JSONError) { try body(&self) } catch { throw abandon(error) }
            if offset == start { _ = try skipValue() }
        }
    }

    /// Reads a string, its escapes replaced by what they stand for.
    public mutating func readString() throws(JSONError) -> String {
        try expect(.string)
        return try text(of: scanString())
    }

    /// Reads `true` or `false`.
    public mutating func readBool() throws(JSONError) -> Bool {
        try expect(.bool)
        let isTrue = bytes[offset] == 0x74
        try scanLiteral(isTrue ? "true" : "false")
        return isTrue
    }

    /// Reads `null`.
    public mutating func readNull() throws(JSONError) {
        try expect(.null)
        try scanLiteral("null")
    }

    /// Reads the next value if it is `null`, and says whether it was.
    ///
    /// It serves members that may be null: `if try !reader.readNullIfNext() { … }`.
    public mutating func readNullIfNext() throws(JSONError) -> Bool {
        guard try peekKind() == .null else { return false }
        try scanLiteral("null")
        return true
    }

    /// Checks the next value, whatever it is, and passes it.
    ///
    /// - Returns: Where it stands, from its first byte to its last: valid JSON, white space
    ///   within it as it was written.
    @discardableResult
    public mutating func skipValue() throws(JSONError) -> Range<Int> {
        skipWhiteSpace()
        let start = offset
        let outerDepth = depth
        try passValue()
        while depth > outerDepth {
            let hasNext = frame.isObject ? try nextMember() != nil : try nextElement()
            if hasNext { try passValue() }
        }
        return start..<offset
    }

    /// Ends the reading: nothing but white space may follow the value.
    ///
    /// - Throws: What follows, or the final fault that the caller has not passed on.
    public mutating func finish() throws(JSONError) {
        if let failure { throw failure }
        skipWhiteSpace()
        guard offset == end else { throw fail(.trailingBytes, at: offset) }
    }

    /// Passes a string, a number or a literal, or goes into an object or array.
    private mutating func passValue() throws(JSONError) {
        switch try peekKind() {
        case .object: try enter(.object)
        case .array: try enter(.array)
        case .string: _ = try scanString()
        case .number: _ = try scanNumber()
        case .bool: try scanLiteral(bytes[offset] == 0x74 ? "true" : "false")
        case .null: try scanLiteral("null")
        }
    }
}

// What the readers of the single kinds share.
extension Reader {
    /// Sees to it that the next value is of `kind`; the reader stays before it if not.
    mutating func expect(_ kind: ValueKind) throws(JSONError) {
        let found = try peekKind()
        guard found == kind else {
            throw JSONError(
                .mismatch(expected: kind, found: found), offset: offset, pointer: pointer)
        }
    }

    @inline(__always)  // Why: between most values there is none
    mutating func skipWhiteSpace() {
        if offset < end, bytes[offset] <= ASCII.space { passWhiteSpace() }
    }

    private mutating func passWhiteSpace() {
        var index = offset
        while index < end, isWhiteSpace(bytes[index]) { index += 1 }
        whiteSpaceBytes += index - offset
        offset = index
    }

    private mutating func scanLiteral(_ literal: String) throws(JSONError) {
        var index = offset
        for byte in literal.utf8 {
            guard index < end else { throw fail(.unexpectedEnd, at: end) }
            guard bytes[index] == byte else {
                throw fail(.unexpectedByte(bytes[index]), at: index)
            }
            index += 1
        }
        offset = index
    }

    private var isAtByteOrderMark: Bool {
        offset + 3 <= end && bytes[offset + 1] == 0xBB && bytes[offset + 2] == 0xBF
    }

    /// Makes a fault final; the first one stays.
    @inline(never)  // Why: seldom called, and inlined it makes every scanner large
    mutating func fail(_ kind: JSONError.Kind, at place: Int) -> JSONError {
        abandon(JSONError(kind, offset: place, pointer: pointer))
    }

    /// Makes `error` final, unless there is an earlier one.
    mutating func abandon(_ error: JSONError) -> JSONError {
        let first = failure ?? error
        failure = first
        end = offset  // nothing is left to read, so every later call comes here
        return first
    }
}

/// Whether `byte` is insignificant between values (RFC 8259 §2).
func isWhiteSpace(_ byte: UInt8) -> Bool {
    byte == ASCII.space || byte == ASCII.lf || byte == ASCII.cr || byte == ASCII.tab
}
