import Bytes

/// A version of a representation (RFC 9110 §8.8.3).
public struct EntityTag: Hashable, Sendable {
    /// What stands between the quotes.
    public let opaque: String
    public let isWeak: Bool

    /// Makes a tag.
    ///
    /// - Parameters:
    ///   - opaque: Visible ASCII without a quote; anything else is a programmer's error, and traps.
    ///   - isWeak: Whether equal tags promise no more than equal meaning.
    public init(_ opaque: String, isWeak: Bool = false) {
        precondition(
            opaque.utf8.allSatisfy { EntityTag.isTagCharacter($0) && $0 < 0x80 },
            "an entity tag is visible ASCII without a quote")
        self.opaque = opaque
        self.isWeak = isWeak
    }

    private init(parsed octets: ArraySlice<UInt8>, isWeak: Bool) {
        opaque = String(decoding: octets, as: UTF8.self)
        self.isWeak = isWeak
    }

    /// The tag as it stands in a field: `"…"` or `W/"…"`.
    public var text: String { (isWeak ? "W/\"" : "\"") + opaque + "\"" }

    /// Whether both are strong, and the same (§8.8.3.2).
    public func matchesStrongly(_ other: EntityTag) -> Bool { !isWeak && self == other }

    /// Whether they are the same, weak or not (§8.8.3.2).
    public func matchesWeakly(_ other: EntityTag) -> Bool { opaque == other.opaque }

    /// etagc = %x21 / %x23-7E / obs-text; a backslash is a character like any other.
    private static func isTagCharacter(_ octet: UInt8) -> Bool {
        octet >= 0x21 && octet != ASCII.quote && octet != 0x7F
    }

    /// The tags of a list; `nil` where it is malformed.
    fileprivate static func list(_ octets: [UInt8]) -> [EntityTag]? {
        var tags: [EntityTag] = []
        var rest = octets[...]
        while let first = rest.first {
            if first == ASCII.comma || first == ASCII.space || first == ASCII.tab {
                rest.removeFirst()
                continue
            }
            let isWeak = rest.starts(with: "W/\"".utf8)
            if isWeak { rest.removeFirst(2) }
            guard rest.popFirst() == ASCII.quote,
                let end = rest.firstIndex(where: { !isTagCharacter($0) }),
                rest[end] == ASCII.quote
            else { return nil }
            tags.append(EntityTag(parsed: rest[..<end], isWeak: isWeak))
            rest = rest[(end + 1)...]
            if let next = rest.first, next != ASCII.comma, next != ASCII.space, next != ASCII.tab {
                return nil
            }
        }
        return tags
    }
}

/// The conditions of a request, If-Match and If-None-Match (RFC 9110 §13.1).
public struct Preconditions: Sendable {
    /// What the conditions say about a request.
    public enum Verdict: Sendable {
        case proceed
        /// Answer 304, with the ETag.
        case notModified
        /// Answer 412.
        case failed
    }

    private enum Condition {
        case anyVersion
        case versions([EntityTag])

        init?(_ fields: Fields, _ name: String) {
            guard let value = fields[name] else { return nil }
            // A list that is malformed names no version that we have.
            self = value == "*" ? .anyVersion : .versions(EntityTag.list(Array(value.utf8)) ?? [])
        }
    }

    private let match: Condition?
    private let noneMatch: Condition?

    /// Reads the conditions of a head.
    public init(_ fields: Fields) {
        match = Condition(fields, "if-match")
        noneMatch = Condition(fields, "if-none-match")
    }

    /// Whether there are none.
    public var isEmpty: Bool { match == nil && noneMatch == nil }

    /// Holds the conditions against what is there, in the order of RFC 9110 §13.2.2.
    ///
    /// - Parameters:
    ///   - current: The tag of what the target is now; `nil` where there is nothing.
    ///   - method: GET and HEAD get 304 where others get 412.
    /// - Returns: What to do with the request.
    public func evaluate(_ current: EntityTag?, method: Method) -> Verdict {
        switch match {  // §13.1.1: the strong comparison
        case .anyVersion where current == nil: return .failed
        case .versions(let tags):
            guard let current, tags.contains(where: current.matchesStrongly) else { return .failed }
        case .anyVersion, nil: break
        }
        let isPresent =
            switch noneMatch {  // §13.1.2: the weak comparison
            case .anyVersion: current != nil
            case .versions(let tags):
                current.map { tags.contains(where: $0.matchesWeakly) } ?? false
            case nil: false
            }
        guard isPresent else { return .proceed }
        return method == .get || method == .head ? .notModified : .failed
    }
}
