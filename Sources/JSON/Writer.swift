import Bytes

/// Writes JSON texts into a byte buffer, without a tree and without white space.
///
/// Commas and colons come by themselves:
///
/// ```swift
/// var json = Writer()
/// json.object { json in
///     json.member("type", "welcome")
///     json.member("clients", 3)
///     json.member("groups") { json in json.array { json in json.string("tasks") } }
///     json.member("data", raw: payload)
/// }
/// return json.bytes  // {"type":"welcome","clients":3,"groups":["tasks"],"data":…}
/// ```
///
/// ``append(to:_:)`` writes at the end of a buffer that the caller has already. What is
/// written is valid if each object gets members only and the others values only; names are
/// not held to be unique.
public struct Writer {
    /// What has been written so far.
    public private(set) var bytes: [UInt8]
    private var needsComma = false

    /// Makes a writer of a text of its own.
    ///
    /// - Parameter capacity: How many bytes to make room for.
    public init(capacity: Int = 256) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    private init(continuing bytes: consuming [UInt8]) {
        self.bytes = bytes
    }

    /// Writes a text at the end of `buffer`, in place.
    ///
    /// - Parameters:
    ///   - buffer: Where to write; what it holds stays, and is not looked at.
    ///   - body: Writes the text.
    public static func append(to buffer: inout [UInt8], _ body: (inout Writer) -> Void) {
        var taken: [UInt8] = []
        swap(&taken, &buffer)
        var writer = Writer(continuing: taken)
        taken = []
        body(&writer)
        buffer = writer.bytes
    }

    /// Writes an object, whose members `body` writes.
    public mutating func object(_ body: (inout Writer) -> Void) {
        beginObject()
        body(&self)
        endObject()
    }

    /// Writes an array, whose elements `body` writes.
    public mutating func array(_ body: (inout Writer) -> Void) {
        beginArray()
        body(&self)
        endArray()
    }

    /// Writes `{`; members follow, and then ``endObject()``.
    public mutating func beginObject() { open(ASCII.openBrace) }

    /// Writes `}`.
    public mutating func endObject() { close(ASCII.closeBrace) }

    /// Writes `[`; elements follow, and then ``endArray()``.
    public mutating func beginArray() { open(ASCII.openBracket) }

    /// Writes `]`.
    public mutating func endArray() { close(ASCII.closeBracket) }

    /// Writes the name of a member; its value follows.
    public mutating func key(_ name: String) {
        string(name)
        bytes.append(ASCII.colon)
        needsComma = false
    }

    /// Writes a string; quotes, backslashes and control characters are escaped.
    ///
    /// It is never longer than any other way to write it, so that what was read within
    /// ``Limits`` and is written again stays within them.
    public mutating func string(_ text: String) {
        separate()
        bytes.append(jsonString: text)
    }

    /// Writes a whole number.
    public mutating func int(_ number: some FixedWidthInteger) {
        separate()
        bytes.append(decimal: number)
    }

    /// Writes a number with the fewest digits that give it back; one that is not finite has
    /// no number in JSON and is written as `null`.
    public mutating func double(_ number: Double) {
        guard number.isFinite else { return null() }
        separate()
        bytes.append(utf8: number.description)
    }

    /// Writes `true` or `false`.
    public mutating func bool(_ isTrue: Bool) {
        separate()
        bytes.append(utf8: isTrue ? "true" : "false")
    }

    /// Writes `null`.
    public mutating func null() {
        separate()
        bytes.append(utf8: "null")
    }

    /// Writes a value that is JSON already; it must be, and is not checked.
    public mutating func raw(_ value: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: value)
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(ASCII.comma) }
        needsComma = true
    }
}

// Members in one call.
extension Writer {
    /// Writes a member with a string.
    public mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    /// Writes a member with a string; `null` where there is none.
    public mutating func member(_ name: String, orNull value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    /// Writes a member with a whole number; `null` where there is none.
    public mutating func member(_ name: String, orNull value: (some FixedWidthInteger)?) {
        key(name)
        if let value { int(value) } else { null() }
    }

    /// Writes a member with a whole number.
    public mutating func member(_ name: String, _ value: some FixedWidthInteger) {
        key(name)
        int(value)
    }

    /// Writes a member with a number.
    public mutating func member(_ name: String, _ value: Double) {
        key(name)
        double(value)
    }

    /// Writes a member with `true` or `false`.
    public mutating func member(_ name: String, _ value: Bool) {
        key(name)
        bool(value)
    }

    /// Writes a member with a value that is JSON already.
    public mutating func member(_ name: String, raw value: some Collection<UInt8>) {
        key(name)
        raw(value)
    }

    /// Writes a member whose value `body` writes.
    public mutating func member(_ name: String, _ body: (inout Writer) -> Void) {
        key(name)
        body(&self)
    }
}

extension Array where Element == UInt8 {
    /// Appends `text` as a JSON string, with its quotes (RFC 8259 §7).
    public mutating func append(jsonString text: String) {
        let utf8 = text.utf8.span
        var index = 0
        append(addingCapacity: utf8.count + 2) { output in
            output.append(ASCII.quote)
            index = appendPlain(utf8, to: &output)
        }
        while index < utf8.count {
            let byte = utf8[index]
            if isEscaped(byte) { append(escapeOf: byte) } else { append(byte) }
            index += 1
        }
        append(ASCII.quote)
    }

    private mutating func append(escapeOf byte: UInt8) {
        append(ASCII.backslash)
        switch byte {
        case ASCII.quote, ASCII.backslash: append(byte)
        case 0x08: append(0x62)
        case ASCII.tab: append(0x74)
        case ASCII.lf: append(0x6E)
        case 0x0C: append(0x66)
        case ASCII.cr: append(0x72)
        default:
            append(utf8: "u00")
            append(hex: CollectionOfOne(byte))
        }
    }
}

/// Whether a string must hold `byte` as an escape (RFC 8259 §7).
private func isEscaped(_ byte: UInt8) -> Bool {
    byte < ASCII.space || byte == ASCII.quote || byte == ASCII.backslash
}

/// Copies the bytes up to the first that must be escaped, and says how many they are.
private func appendPlain(_ utf8: Span<UInt8>, to output: inout OutputSpan<UInt8>) -> Int {
    for index in utf8.indices {
        let byte = utf8[index]
        if isEscaped(byte) { return index }
        output.append(byte)
    }
    return utf8.count
}
