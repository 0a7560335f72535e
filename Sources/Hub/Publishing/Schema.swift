import JSON

/// What a JSON value must be: the part of JSON Schema (2020-12) that messages need.
///
/// A keyword means what it means there; one that is not in this part is a fault of the schema
/// and not passed over, since whoever wrote it relies on it.
final class Schema: Sendable {
    /// A keyword's `type`.
    enum Kind: String, CaseIterable, Sendable {
        case object, array, string, number, integer, boolean, null
    }

    /// A bound below and a bound above; `nil` for none.
    struct Bounds<Number: Comparable & Sendable>: Sendable {
        var least: Number?
        var most: Number?
    }

    /// `if`, `then` and `else`.
    struct Condition: Sendable {
        var test: Schema
        var then: Schema?
        var otherwise: Schema?
    }

    /// All keywords of a schema; an empty one takes any value.
    struct Keywords: Sendable {
        var kinds: [Kind]?
        /// `enum` and `const`: strings, numbers, `true`, `false` and `null`.
        var choices: [Value]?
        var required: [String] = []
        var properties: [String: Schema] = [:]
        var takesOtherProperties = true
        var items: Schema?
        /// In Unicode scalars.
        var length = Bounds<Int>()
        var count = Bounds<Int>()
        var range = Bounds<Double>()
        var condition: Condition?
    }

    let keywords: Keywords

    init(_ keywords: Keywords) { self.keywords = keywords }

    /// The most faults that one value is told of.
    static let maxFaults = 100

    /// Whether a value keeps the schema.
    func takes(_ value: Value) -> Bool {
        var faults = BodyFaults()
        check(value, at: "", &faults)
        return faults.faults.isEmpty
    }

    /// Notes all that is wrong with a value.
    ///
    /// - Parameters:
    ///   - value: What is checked.
    ///   - pointer: Where it stands.
    ///   - faults: Where to note what is wrong, up to ``maxFaults``.
    func check(_ value: Value, at pointer: String, _ faults: inout BodyFaults) {
        guard faults.faults.count < Self.maxFaults else { return }
        if let kinds = keywords.kinds, !kinds.contains(where: value.isOf) {
            let wanted = kinds.map(\.rawValue).joined(separator: " or ")
            return faults.add(pointer, "is \(value.shown), and \(wanted) is wanted")
        }
        if let choices = keywords.choices, !choices.contains(where: value.isSame) {
            let known = choices.map(\.shown).joined(separator: ", ")
            faults.add(pointer, "is \(value.shown), and none of \(known)")
        }
        switch value {
        case .object(let members): check(members, at: pointer, &faults)
        case .array(let elements):
            keywords.count.check(elements.count, "elements", at: pointer, &faults)
            guard let items = keywords.items else { break }
            for (index, element) in elements.enumerated() {
                items.check(element, at: "\(pointer)/\(index)", &faults)
            }
        case .string(let text):
            keywords.length.check(text.unicodeScalars.count, "characters", at: pointer, &faults)
        case .number(let text):
            if let number = Double(text) {
                keywords.range.check(number, text, at: pointer, &faults)
            }
        case .bool, .null: break
        }
        guard let condition = keywords.condition else { return }
        let next = condition.test.takes(value) ? condition.then : condition.otherwise
        next?.check(value, at: pointer, &faults)
    }

    private func check(
        _ members: [Value.Member], at pointer: String, _ faults: inout BodyFaults
    ) {
        if !keywords.required.isEmpty {
            let names = Set(members.map(\.name))
            for name in keywords.required where !names.contains(name) {
                faults.add("\(pointer)/\(name.escapedForPointer)", "is missing")
            }
        }
        for member in members {
            guard faults.faults.count < Self.maxFaults else { return }
            let place = "\(pointer)/\(member.name.escapedForPointer)"
            if let schema = keywords.properties[member.name] {
                schema.check(member.value, at: place, &faults)
            } else if !keywords.takesOtherProperties {
                faults.add(place, "is not known here")
            }
        }
    }
}

extension Schema.Bounds<Int> {
    fileprivate func check(
        _ count: Int, _ unit: String, at pointer: String, _ faults: inout BodyFaults
    ) {
        if let least, count < least {
            faults.add(pointer, "has \(count) \(unit), and at least \(least) are wanted")
        }
        if let most, count > most {
            faults.add(pointer, "has \(count) \(unit), and \(most) are taken")
        }
    }
}

extension Schema.Bounds<Double> {
    fileprivate func check(
        _ number: Double, _ text: String, at pointer: String, _ faults: inout BodyFaults
    ) {
        if let least, number < least {
            faults.add(pointer, "is \(text), and at least \(least) is wanted")
        }
        if let most, number > most {
            faults.add(pointer, "is \(text), and at most \(most) is taken")
        }
    }
}

extension Value {
    /// Whether the value is of a kind; `1.0` is an integer, as JSON Schema has it.
    fileprivate func isOf(_ kind: Schema.Kind) -> Bool {
        switch (kind, self) {
        case (.object, .object), (.array, .array), (.string, .string), (.number, .number),
            (.boolean, .bool), (.null, .null):
            true
        case (.integer, .number(let text)): Double(text).map { $0 == $0.rounded() } ?? false
        case (.object, _), (.array, _), (.string, _), (.number, _), (.integer, _), (.boolean, _),
            (.null, _):
            false
        }
    }

    /// Whether two scalars are the same; numbers by their value, texts by their scalars.
    func isSame(as other: Value) -> Bool {
        switch (self, other) {
        case (.null, .null): true
        case (.bool(let one), .bool(let other)): one == other
        case (.string(let one), .string(let other)):
            one.unicodeScalars.elementsEqual(other.unicodeScalars)
        case (.number(let one), .number(let other)): one == other || Double(one) == Double(other)
        case (.null, _), (.bool, _), (.string, _), (.number, _), (.array, _), (.object, _): false
        }
    }

    private static let maxShownCharacters = 40

    /// The value as a fault names it: a scalar itself, of the others what they are.
    var shown: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .string(let text):
            text.unicodeScalars.count > Self.maxShownCharacters
                ? "\"\(String(text.unicodeScalars.prefix(Self.maxShownCharacters)))…\""
                : "\"\(text)\""
        case .number(let text): text
        case .bool(let isTrue): isTrue ? "true" : "false"
        case .null: "null"
        }
    }
}

extension String {
    /// The name as a token of a JSON pointer (RFC 6901 §3).
    var escapedForPointer: String {
        // By scalars: a mark behind it makes "~" another character, and no other octet.
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
