import Bytes

/// Which groups a consumer subscribes to (WIRE §2).
///
/// `*` stands for exactly one segment, a final `**` for one or more. A wildcard in front does not
/// reach the hub's own groups: those are named by their `$`, as in `$sys:*`.
public struct GroupPattern: Hashable, Sendable {
    /// One part of a pattern, between two colons.
    public enum Segment: Hashable, Sendable {
        case literal(String)
        /// `*`
        case one
        /// `**`
        case rest
    }

    /// The most parts of a pattern with a wildcard.
    ///
    /// Each costs memory where patterns are looked up, and time where several match one name.
    public static let maxSegments = 16

    public let text: String

    /// The parts between the colons, made anew each time: a pattern is kept by every consumer,
    /// and is taken apart twice in its life.
    public var segments: [Segment] {
        text.split(separator: ":").map { part in
            switch part {
            case "*": .one
            case "**": .rest
            default: .literal(String(part))
            }
        }
    }

    /// Takes a pattern that keeps the grammar; a group's name is one.
    ///
    /// - Parameter text: The whole pattern.
    /// - Throws: What is wrong with it.
    public init(_ text: String) throws(GroupNameError) {
        try GroupGrammar.check(text, wildcards: true)
        self.text = text
        let colons = text.utf8.count { $0 == ASCII.colon }
        guard isExact || colons < Self.maxSegments else {
            throw .tooManySegments(limit: Self.maxSegments)
        }
    }

    /// Takes a pattern of the program's own.
    ///
    /// - Parameter text: One that keeps the grammar; another is a programmer's error, and traps.
    public init(literal text: StaticString) {
        do throws(GroupNameError) {
            try self.init(String(describing: text))
        } catch {
            preconditionFailure("\(text): \(error.message)")
        }
    }

    /// The pattern that only `group` matches.
    public init(_ group: Group) { text = group.name }

    /// Whether it has no wildcard, and so names one group.
    public var isExact: Bool { !text.utf8.contains(ASCII.asterisk) }

    /// What the name of every group that matches begins with; the whole name if it is exact.
    public var literalPrefix: String {
        String(text.prefix { $0 != "*" })
    }

    /// Whether `group` is one of those that it stands for.
    public func matches(_ group: Group) -> Bool { matches(name: group.name) }

    /// Whether the group of that name is one of those that it stands for.
    ///
    /// - Parameter name: The name of a ``Group``.
    /// - Returns: Whether it is one of those that the pattern stands for.
    public func matches(name: String) -> Bool {
        if name == text { return true }
        var pattern = text.utf8[...]
        var rest = name.utf8[...]
        if rest.first == ASCII.dollar, pattern.first != ASCII.dollar { return false }
        while let octet = pattern.popFirst() {
            guard octet == ASCII.asterisk else {
                guard rest.popFirst() == octet else { return false }
                continue
            }
            if pattern.first == ASCII.asterisk { return !rest.isEmpty }
            guard !rest.isEmpty else { return false }
            rest = rest.drop { $0 != ASCII.colon }
        }
        return rest.isEmpty
    }
}
