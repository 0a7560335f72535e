/// What is wrong with a JSON text, and where.
public struct JSONError: Error, Equatable, Sendable {
    /// What is wrong.
    public var kind: Kind
    /// Where, in bytes from the start of the input.
    public var offset: Int
    /// Where, as a JSON pointer (RFC 6901): the value that is wrong, or the object or array
    /// in which no value could be read.
    public var pointer: String

    /// Makes an error; for callers with rules of their own that report faults alike.
    public init(_ kind: Kind, offset: Int, pointer: String) {
        self.kind = kind
        self.offset = offset
        self.pointer = pointer
    }

    /// Every way in which a text can be refused.
    public enum Kind: Equatable, Sendable {
        /// The text ends within a value (RFC 8259 §2).
        case unexpectedEnd
        /// A byte that the grammar does not allow here (RFC 8259 §2 to §6).
        case unexpectedByte(UInt8)
        /// More than white space follows the value (RFC 8259 §2).
        case trailingBytes
        /// The text begins with a byte order mark (RFC 8259 §8.1).
        case byteOrderMark
        /// The bytes are not UTF-8 (RFC 8259 §8.1).
        case invalidUTF8
        /// A control character that is not escaped (RFC 8259 §7).
        case controlCharacter(UInt8)
        /// An escape that RFC 8259 §7 does not list.
        case invalidEscape
        /// Half of a UTF-16 surrogate pair (RFC 8259 §8.2).
        case loneSurrogate
        /// A number against the grammar: a leading zero, no digit after `.` (RFC 8259 §6).
        case invalidNumber
        /// A name that its object has already (RFC 8259 §4).
        case duplicateName
        /// Longer than ``Limits/maxBytes``.
        case textTooLong(limit: Int)
        /// Deeper than ``Limits/maxDepth``.
        case tooDeep(limit: Int)
        /// A string longer than ``Limits/maxStringBytes``.
        case stringTooLong(limit: Int)
        /// A name longer than ``Limits/maxNameBytes``.
        case nameTooLong(limit: Int)
        /// A number longer than ``Limits/maxNumberBytes``.
        case numberTooLong(limit: Int)
        /// More members than ``Limits/maxMembers``.
        case tooManyMembers(limit: Int)
        /// A value of another kind than was asked for; it may still be skipped.
        case mismatch(expected: ValueKind, found: ValueKind)
        /// A number with a fraction or an exponent where an integer was asked for; it may
        /// still be skipped.
        case notAnInteger
        /// A number that does not fit what was asked for; it may still be skipped.
        case numberOutOfRange
    }

    /// What is wrong, in words for the writer of the text; without the place.
    public var message: String {
        switch kind {
        case .unexpectedEnd: "the text ends before the value does"
        case .unexpectedByte(let byte): "\(Self.name(of: byte)) is not allowed here"
        case .trailingBytes: "more follows the value"
        case .byteOrderMark: "a byte order mark is not allowed"
        case .invalidUTF8: "the text is not UTF-8"
        case .controlCharacter(let byte): "\(Self.name(of: byte)) must be escaped in a string"
        case .invalidEscape: "not an escape that JSON has"
        case .loneSurrogate: "half of a surrogate pair"
        case .invalidNumber: "not a number as JSON writes it"
        case .duplicateName: "the name stands twice in one object"
        case .textTooLong(let limit): "the text is longer than \(limit) bytes"
        case .tooDeep(let limit): "the text is nested more than \(limit) deep"
        case .stringTooLong(let limit): "the string is longer than \(limit) bytes"
        case .nameTooLong(let limit): "the name is longer than \(limit) bytes"
        case .numberTooLong(let limit): "the number is longer than \(limit) bytes"
        case .tooManyMembers(let limit): "the object has more than \(limit) members"
        case .mismatch(let expected, let found):
            "must be \(expected.description), not \(found.description)"
        case .notAnInteger: "must be a whole number without fraction and exponent"
        case .numberOutOfRange: "the number is too large"
        }
    }

    /// A byte as people read it: `"x"`, or `byte 0x1F`.
    private static func name(of byte: UInt8) -> String {
        if (0x21...0x7E).contains(byte) { return "\"\(Unicode.Scalar(byte))\"" }
        let digits = String(byte, radix: 16, uppercase: true)
        return "byte 0x" + (digits.count < 2 ? "0" : "") + digits
    }
}

extension JSONError: CustomStringConvertible {
    /// The message with its place, for logs and tests.
    public var description: String {
        "\(message) (offset \(offset), pointer \"\(pointer)\")"
    }
}

/// The six kinds of value (RFC 8259 §3; `true` and `false` are one kind).
public enum ValueKind: Equatable, Sendable, CustomStringConvertible {
    case object, array, string, number, bool, null

    /// The kind with its article, as it stands in a sentence.
    public var description: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .number: "a number"
        case .bool: "true or false"
        case .null: "null"
        }
    }
}
