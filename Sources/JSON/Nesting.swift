import Bytes

/// An object or array that is open.
struct Frame {
    let isObject: Bool
    /// Where the names of this object begin in `Reader.names`.
    let firstName: Int
    /// The members or elements begun so far.
    var count = 0
    /// Whether the reader is at a member's value or an element, not between them.
    var isInside = false
}

/// A member's name, as it stands in the text.
struct Name {
    var string: ScannedString
    /// Equal names have equal fingerprints.
    var fingerprint: Int
}

/// A name that equals another only if all bytes do (RFC 8259 §8.3).
///
/// `String` would not do: it compares by canonical equivalence, and so do its hashes, which
/// lets a peer find many names with one hash. The hasher is seeded per process.
struct ExactName: Hashable {
    let bytes: [UInt8]

    func hash(into hasher: inout Hasher) {
        hasher.combine(bytes.count)
        var word: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            word = word << 8 | UInt64(byte)
            if index % 8 == 7 { hasher.combine(word) }
        }
        hasher.combine(word)
    }
}

extension Reader {
    /// How many objects and arrays are open.
    var depth: Int { outerFrames.count }

    /// Up to this many members an object's names are compared one by one.
    private static let fewNames = 16

    /// Where the reader is, as a JSON pointer (RFC 6901): the value that is read next within
    /// a closure, else the innermost object or array that is open.
    public var pointer: String {
        pointer(with: nil)
    }

    /// Goes into the object or array that begins here.
    mutating func enter(_ kind: ValueKind) throws(JSONError) {
        guard depth < limits.maxDepth else {
            throw fail(.tooDeep(limit: limits.maxDepth), at: offset)
        }
        offset += 1
        if depth == 0 {
            names.reserveCapacity(8)
            outerFrames.reserveCapacity(4)
        }
        outerFrames.append(frame)
        frame = Frame(isObject: kind == .object, firstName: names.count)
    }

    /// Reads on to the next member's value.
    ///
    /// - Returns: The member's name; `nil` at the object's end, which is left.
    mutating func nextMember() throws(JSONError) -> ScannedString? {
        guard try separator(before: ASCII.closeBrace) else { return nil }
        guard bytes[offset] == ASCII.quote else {
            throw fail(.unexpectedByte(bytes[offset]), at: offset)
        }
        let start = offset
        let name = try scanName()
        skipWhiteSpace()
        guard offset < end else { throw fail(.unexpectedEnd, at: end) }
        guard bytes[offset] == ASCII.colon else {
            throw fail(.unexpectedByte(bytes[offset]), at: offset)
        }
        offset += 1
        try note(name, at: start)
        skipWhiteSpace()
        return name
    }

    /// Reads on to the next element.
    ///
    /// - Returns: Whether there is one; at the array's end it is left.
    mutating func nextElement() throws(JSONError) -> Bool {
        guard try separator(before: ASCII.closeBracket) else { return false }
        frame.isInside = true
        frame.count += 1
        return true
    }

    /// Passes what stands between two members or elements.
    ///
    /// - Returns: Whether something follows; `false` if it was `close`, and the frame is left.
    private mutating func separator(before close: UInt8) throws(JSONError) -> Bool {
        frame.isInside = false
        skipWhiteSpace()
        guard offset < end else { throw fail(.unexpectedEnd, at: end) }
        if bytes[offset] == close {
            offset += 1
            leave()
            return false
        }
        guard frame.count > 0 else { return true }
        guard bytes[offset] == ASCII.comma else {
            throw fail(.unexpectedByte(bytes[offset]), at: offset)
        }
        offset += 1
        skipWhiteSpace()
        guard offset < end else { throw fail(.unexpectedEnd, at: end) }
        return true
    }

    private mutating func leave() {
        while names.count > frame.firstName { names.removeLast() }
        if let outer = outerFrames.popLast() { frame = outer }
    }

    /// Makes `name` the current member's, if the object does not have it yet (RFC 8259 §4).
    private mutating func note(_ string: ScannedString, at start: Int) throws(JSONError) {
        guard frame.count < limits.maxMembers else {
            throw fail(.tooManyMembers(limit: limits.maxMembers), at: start)
        }
        let name = Name(string: string, fingerprint: try fingerprint(of: string))
        guard try isNew(name) else {
            let place = pointer(with: name)
            throw abandon(JSONError(.duplicateName, offset: start, pointer: place))
        }
        names.append(name)
        frame.isInside = true
        frame.count += 1
    }

    /// Whether the innermost object has no member of this name yet.
    ///
    /// Few names are compared one by one; many are looked up in a set, whose hashes are
    /// seeded, so that no choice of names makes the work more than linear.
    private mutating func isNew(_ name: Name) throws(JSONError) -> Bool {
        if frame.count >= Self.fewNames { return try isNewAmongMany(name) }
        for place in frame.firstName..<names.count
        where names[place].fingerprint == name.fingerprint {
            if try isSame(names[place].string, name.string) { return false }
        }
        return true
    }

    private mutating func isSame(
        _ one: ScannedString, _ other: ScannedString
    ) throws(JSONError) -> Bool {
        if one.hasEscapes || other.hasEscapes { return try content(of: one) == content(of: other) }
        return bytes.span.extracting(one.range).equals(bytes.span.extracting(other.range))
    }

    private mutating func isNewAmongMany(_ name: Name) throws(JSONError) -> Bool {
        if frame.count == Self.fewNames {
            var all: Set<ExactName> = []
            for place in frame.firstName..<names.count {
                all.insert(ExactName(bytes: try content(of: names[place].string)))
            }
            manyNames[depth] = all
        }
        let exact = ExactName(bytes: try content(of: name.string))
        return manyNames[depth]?.insert(exact).inserted ?? true
    }

    /// What tells most names apart: the length, and the last byte.
    private mutating func fingerprint(of name: ScannedString) throws(JSONError) -> Int {
        if name.hasEscapes {
            let content = try content(of: name)
            return Self.fingerprint(of: content, in: content.indices)
        }
        return Self.fingerprint(of: bytes, in: name.range)
    }

    private static func fingerprint(of bytes: [UInt8], in range: Range<Int>) -> Int {
        guard let last = range.last else { return 0 }
        return range.count << 8 | Int(bytes[last])
    }

    /// The pointer to here, or to a member of the innermost object.
    private func pointer(with name: Name?) -> String {
        var path: [UInt8] = []
        for place in 1..<depth + 1 {
            let frame = place < depth ? outerFrames[place] : frame
            guard frame.isInside else { continue }
            path.append(ASCII.slash)
            if frame.isObject {
                let next = place + 1 < depth ? outerFrames[place + 1] : self.frame
                append(names[(place < depth ? next.firstName : names.count) - 1], toPointer: &path)
            } else {
                path.append(decimal: frame.count - 1)
            }
        }
        if let name {
            path.append(ASCII.slash)
            append(name, toPointer: &path)
        }
        return String(decoding: path, as: UTF8.self)
    }

    private func append(_ name: Name, toPointer path: inout [UInt8]) {
        var copy = self  // the name was checked, so that this reading of it cannot fail
        guard let content = try? copy.content(of: name.string) else { return }
        for byte in content {
            switch byte {  // RFC 6901 §3
            case 0x7E: path.append(utf8: "~0")
            case ASCII.slash: path.append(utf8: "~1")
            default: path.append(byte)
            }
        }
    }
}
