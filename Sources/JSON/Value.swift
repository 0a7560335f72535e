/// A JSON value as a tree, for what cannot be done in one pass: merging a patch.
///
/// Members keep their order, and numbers the digits in which they were written.
public indirect enum Value: Sendable {
    case null
    case bool(Bool)
    /// The number as it was written.
    case number(String)
    case string(String)
    case array([Value])
    case object([Member])

    /// A member of an object; its name is the object's only one of that name.
    public struct Member: Sendable {
        public var name: String
        public var value: Value

        /// Makes a member.
        public init(_ name: String, _ value: Value) {
            self.name = name
            self.value = value
        }
    }

    /// Reads a whole text.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - limits: What it may ask for.
    /// - Returns: The value.
    /// - Throws: What is wrong with the text.
    public static func parse(
        _ bytes: [UInt8], limits: Limits = Limits()
    ) throws(JSONError) -> Value {
        var reader = Reader(bytes, limits: limits)
        let value = try reader.readValue()
        try reader.finish()
        return value
    }

    /// Writes the value.
    public func write(to json: inout Writer) {
        switch self {
        case .null: json.null()
        case .bool(let isTrue): json.bool(isTrue)
        case .number(let text): json.raw(text.utf8)
        case .string(let text): json.string(text)
        case .array(let elements):
            json.array { json in
                for element in elements { element.write(to: &json) }
            }
        case .object(let members):
            json.object { json in
                for member in members { json.member(member.name, member.value.write) }
            }
        }
    }

    /// The value's text, without white space.
    public var bytes: [UInt8] {
        var json = Writer()
        write(to: &json)
        return json.bytes
    }

    /// Changes the value as a JSON merge patch says (RFC 7396 §2).
    ///
    /// - Parameter patch: An object's members replace those of the same name, recursively;
    ///   `null` removes a member; anything else replaces the whole value.
    public mutating func merge(patch: Value) {
        guard case .object(let changes) = patch else {
            self = patch
            return
        }
        var members: [Member] = []
        if case .object(let current) = self { members = current }
        self = .object(Self.merge(changes, into: members))
    }

    /// The members after all changes: those that were there in their order, then new ones.
    private static func merge(_ changes: [Member], into members: [Member]) -> [Member] {
        var places: [ExactName: Int] = [:]
        var merged: [Member?] = members
        for (place, member) in members.enumerated() { places[ExactName(member.name)] = place }
        for change in changes {
            let place = places[ExactName(change.name)]
            if case .null = change.value {
                if let place { merged[place] = nil }
                continue
            }
            var value = place.flatMap { merged[$0]?.value } ?? .null
            value.merge(patch: change.value)
            let member = Member(change.name, value)
            if let place { merged[place] = member } else { merged.append(member) }
        }
        return merged.compactMap { $0 }
    }
}

extension Reader {
    /// Reads the next value, whatever it is, as a tree.
    public mutating func readValue() throws(JSONError) -> Value {
        switch try peekKind() {
        case .null:
            try readNull()
            return .null
        case .bool: return .bool(try readBool())
        case .number: return .number(try readNumberText())
        case .string: return .string(try readString())
        case .array:
            var elements: [Value] = []
            try readArray { reader throws(JSONError) in elements.append(try reader.readValue()) }
            return .array(elements)
        case .object:
            var members: [Value.Member] = []
            try readObject { name, reader throws(JSONError) in
                members.append(Value.Member(name, try reader.readValue()))
            }
            return .object(members)
        }
    }
}

extension ExactName {
    fileprivate init(_ text: String) { bytes = Array(text.utf8) }
}
