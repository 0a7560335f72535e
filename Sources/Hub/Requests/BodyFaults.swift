import JSON

/// Gathers what is wrong with the members of a body, so that a client hears of all at once.
struct BodyFaults {
    private(set) var faults: [Problem.Fault] = []

    /// Notes a fault.
    mutating func add(_ pointer: String, _ detail: String) {
        faults.append(.init(pointer, detail))
    }

    /// Reads a value; one of another kind is a fault, at its place.
    ///
    /// - Parameter read: Reads the value.
    /// - Returns: `nil` for a fault.
    /// - Throws: What is no JSON at all.
    mutating func read<Value>(_ read: () throws(JSONError) -> Value) throws(JSONError) -> Value? {
        do {
            return try read()
        } catch {
            guard !error.isOfGrammar else { throw error }
            add(error.pointer, error.message)
            return nil
        }
    }

    /// Reads a text that is not empty.
    ///
    /// - Parameters:
    ///   - reader: Before the value.
    ///   - pointer: Where that is.
    ///   - maxCharacters: The most characters, counted as Unicode scalars.
    /// - Returns: `nil` for a fault.
    /// - Throws: What is no JSON at all.
    mutating func readText(
        _ reader: inout Reader, _ pointer: String, maxCharacters: Int
    ) throws(JSONError) -> String? {
        guard let text = try read({ () throws(JSONError) in try reader.readString() }) else {
            return nil
        }
        let count = text.unicodeScalars.count
        if text.allSatisfy(\.isWhitespace) {
            add(pointer, "is empty")
        } else if count > maxCharacters {
            add(pointer, "has \(count) characters, and \(maxCharacters) are taken")
        } else {
            return text
        }
        return nil
    }

    /// Reads a name that other systems also write as a number: `"1"` and `1` are the same.
    mutating func readName(_ reader: inout Reader) throws(JSONError) -> String? {
        try read { () throws(JSONError) in
            try reader.peekKind() == .number ? String(reader.readInt()) : reader.readString()
        }
    }

    /// Notes members that are not there and have no fault of their own yet.
    ///
    /// - Parameter members: Each with what it is for, and whether it was read.
    mutating func require(_ members: [(pointer: String, detail: String, isThere: Bool)]) {
        for (pointer, detail, isThere) in members where !isThere {
            if faults.contains(where: { $0.pointer.hasPrefix(pointer) }) { continue }
            add(pointer, "is missing; \(detail)")
        }
    }

    /// Says no where there is a fault.
    ///
    /// - Parameter what: What the body is: `the notification`.
    /// - Throws: All that was noted.
    func check(_ what: String) throws(Problem) {
        guard !faults.isEmpty else { return }
        let places = faults.map(\.pointer).joined(separator: ", ")
        throw Problem(.invalidBody, "\(what) is at fault at \(places)", faults: faults)
    }
}

extension JSON.Reader {
    /// Reads a body that is one object, and nothing after it.
    ///
    /// - Parameters:
    ///   - body: The text.
    ///   - limits: What it may ask for.
    ///   - member: Called for each member, as by ``readObject(_:)``.
    /// - Throws: `malformed_json`, or `invalid_body` for a value of the wrong kind.
    static func readBody(
        _ body: [UInt8], limits: JSON.Limits,
        _ member: (_ name: String, _ reader: inout JSON.Reader) throws(JSONError) -> Void
    ) throws(Problem) {
        do {
            var reader = JSON.Reader(body, limits: limits)
            try reader.readObject(member)
            try reader.finish()
        } catch {
            throw Problem(error)
        }
    }
}
