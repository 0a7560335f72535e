import Bytes

/// A named channel group (WIRE §2).
///
/// Segments of `[A-Za-z0-9_.-]` are joined by `:`; a `$` in front marks a group of the hub's own.
/// No byte of a name needs an escape in JSON or in a URL's query.
public struct Group: Hashable, Sendable {
    /// The longest name, in bytes; of a pattern too.
    public static let maxBytes = 200

    public let name: String

    /// Takes a name that keeps the grammar.
    ///
    /// - Parameter name: The whole name.
    /// - Throws: What is wrong with it.
    public init(_ name: String) throws(GroupNameError) {
        try GroupGrammar.check(name, wildcards: false)
        self.name = name
    }

    /// Takes a name of the program's own.
    ///
    /// - Parameter name: One that keeps the grammar; another is a programmer's error, and traps.
    public init(literal name: StaticString) {
        do throws(GroupNameError) {
            try self.init(String(describing: name))
        } catch {
            preconditionFailure("\(name): \(error.message)")
        }
    }

    /// Whether only the hub publishes to it.
    public var isReserved: Bool { name.utf8.first == ASCII.dollar }

    /// The parts between the colons; one at least, none empty.
    public var segments: [Substring] {
        name.split(separator: ":", omittingEmptySubsequences: false)
    }
}

/// What is wrong with the name of a group, or with a pattern.
public enum GroupNameError: Error, Equatable, Sendable {
    case empty
    case tooLong(limitBytes: Int)
    /// Two colons meet, or one stands at an end; the offset is where a segment is missing.
    case emptySegment(offset: Int)
    /// A byte outside the grammar; a wildcard in the name of a group among them.
    case unexpectedByte(UInt8, offset: Int)
    /// `*` stands for a whole segment, and `**` only at the end.
    case misplacedWildcard(offset: Int)
    /// A pattern of more parts than it may have.
    case tooManySegments(limit: Int)

    /// What to tell the one who wrote it.
    public var message: String {
        switch self {
        case .empty: "the name is empty"
        case .tooLong(let limit): "the name is longer than \(limit) bytes"
        case .emptySegment(let offset): "a segment is empty at byte \(offset)"
        case .unexpectedByte(let octet, let offset):
            "\(describe(octet)) at byte \(offset) is none of A-Z a-z 0-9 _ . - and :"
        case .misplacedWildcard(let offset):
            "the wildcard at byte \(offset) must be a whole segment, and ** the last one"
        case .tooManySegments(let limit):
            "a pattern with a wildcard has at most \(limit) segments"
        }
    }

    private func describe(_ octet: UInt8) -> String {
        (0x21...0x7E).contains(octet)
            ? "\"\(Character(Unicode.Scalar(octet)))\"" : "octet \(octet)"
    }
}

/// The one grammar of names and patterns.
enum GroupGrammar {
    static func check(_ text: String, wildcards: Bool) throws(GroupNameError) {
        let octets = text.utf8.span
        guard !octets.isEmpty else { throw .empty }
        guard octets.count <= Group.maxBytes else { throw .tooLong(limitBytes: Group.maxBytes) }
        var start = 0
        var stars = 0
        for offset in octets.indices {
            switch octets[offset] {
            case ASCII.colon:
                try checkSegment(start: start, end: offset, stars: stars)
                if stars == 2 { throw .misplacedWildcard(offset: start) }  // not the last
                start = offset + 1
                stars = 0
            case ASCII.asterisk where wildcards: stars += 1
            case ASCII.dollar where offset == 0: break
            case let octet where isNameByte(octet): break
            case let octet: throw .unexpectedByte(octet, offset: offset)
            }
        }
        try checkSegment(start: start, end: octets.count, stars: stars)
    }

    private static func checkSegment(start: Int, end: Int, stars: Int) throws(GroupNameError) {
        guard start < end else { throw .emptySegment(offset: start) }
        guard stars == 0 || (stars == end - start && stars <= 2) else {
            throw .misplacedWildcard(offset: start)
        }
    }

    private static func isNameByte(_ octet: UInt8) -> Bool {
        switch octet {
        case ASCII.underscore, ASCII.dot, ASCII.minus: true
        default: ASCII.isAlpha(octet) || ASCII.isDigit(octet)
        }
    }
}
