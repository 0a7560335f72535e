import JSON

extension Schema {
    /// The keywords that a schema may have; the last three say nothing of a value.
    static let known = [
        "type", "enum", "const", "required", "properties", "additionalProperties", "items",
        "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "if", "then",
        "else", "title", "description", "$comment",
    ]

    /// Reads a schema, and notes all that is wrong with it.
    ///
    /// - Parameters:
    ///   - value: What was written.
    ///   - pointer: Where it stands.
    ///   - faults: Where to note what is wrong; with a fault, the schema is of no use.
    convenience init(_ value: Value, at pointer: String, _ faults: inout BodyFaults) {
        var reading = SchemaReading(pointer: pointer)
        if case .object(let members) = value {
            for member in members { reading.read(member, &faults) }
        } else {
            faults.add(pointer, "is \(value.shown), and an object of keywords is wanted")
        }
        self.init(reading.finish(&faults))
    }
}

/// A schema as far as it was read.
private struct SchemaReading {
    let pointer: String
    private var keywords = Schema.Keywords()
    private var (test, then, otherwise): (Schema?, Schema?, Schema?)

    init(pointer: String) { self.pointer = pointer }

    mutating func read(_ member: Value.Member, _ faults: inout BodyFaults) {
        let place = "\(pointer)/\(member.name.escapedForPointer)"
        let value = member.value
        switch member.name {
        case "type": keywords.kinds = kinds(value, place, &faults)
        case "enum", "const":
            let choices = choices(value, isList: member.name == "enum", place, &faults)
            keywords.choices = (keywords.choices ?? choices).filter {
                choices.contains(where: $0.isSame)
            }
        case "required": keywords.required = names(value, place, &faults)
        case "properties": keywords.properties = properties(value, place, &faults)
        case "additionalProperties":
            guard case .bool(let isOpen) = value else {
                return faults.add(place, "is \(value.shown), and true or false is wanted")
            }
            keywords.takesOtherProperties = isOpen
        case "items": keywords.items = Schema(value, at: place, &faults)
        case "minLength": keywords.length.least = count(value, place, &faults)
        case "maxLength": keywords.length.most = count(value, place, &faults)
        case "minItems": keywords.count.least = count(value, place, &faults)
        case "maxItems": keywords.count.most = count(value, place, &faults)
        case "minimum": keywords.range.least = number(value, place, &faults)
        case "maximum": keywords.range.most = number(value, place, &faults)
        case "if": test = Schema(value, at: place, &faults)
        case "then": then = Schema(value, at: place, &faults)
        case "else": otherwise = Schema(value, at: place, &faults)
        case "title", "description", "$comment": break
        case let name:
            let known = Schema.known.joined(separator: ", ")
            faults.add(place, "\"\(name.prefix(64))\" is no keyword; there are \(known)")
        }
    }

    /// What was read, with `if` and its branches joined.
    mutating func finish(_ faults: inout BodyFaults) -> Schema.Keywords {
        if let test {
            keywords.condition = Schema.Condition(test: test, then: then, otherwise: otherwise)
        } else if then != nil || otherwise != nil {
            faults.add("\(pointer)/if", "is missing; then and else need it")
        }
        check(keywords.length, "minLength", "maxLength", &faults)
        check(keywords.count, "minItems", "maxItems", &faults)
        check(keywords.range, "minimum", "maximum", &faults)
        return keywords
    }

    private func check<Number>(
        _ bounds: Schema.Bounds<Number>, _ least: String, _ most: String,
        _ faults: inout BodyFaults
    ) {
        guard let low = bounds.least, let high = bounds.most, low > high else { return }
        faults.add("\(pointer)/\(most)", "is \(high), below \(least), which is \(low)")
    }

    private func kinds(
        _ value: Value, _ place: String, _ faults: inout BodyFaults
    ) -> [Schema.Kind] {
        var kinds: [Schema.Kind] = []
        let isList = if case .array = value { true } else { false }
        for (index, element) in value.elementsOrSelf.enumerated() {
            if case .string(let name) = element, let kind = Schema.Kind(rawValue: name) {
                kinds.append(kind)
            } else {
                let known = Schema.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                faults.add(
                    isList ? "\(place)/\(index)" : place,
                    "is \(element.shown), and none of \(known)")
            }
        }
        return kinds
    }

    private func choices(
        _ value: Value, isList: Bool, _ place: String, _ faults: inout BodyFaults
    ) -> [Value] {
        var choices = [value]
        if isList {
            guard case .array(let elements) = value, !elements.isEmpty else {
                faults.add(place, "is \(value.shown), and a list of values is wanted")
                return []
            }
            choices = elements
        }
        for (index, choice) in choices.enumerated() {
            switch choice {
            case .object, .array:
                faults.add(
                    isList ? "\(place)/\(index)" : place,
                    "is \(choice.shown); only texts, numbers, true, false and null are compared")
            case .string, .number, .bool, .null: break
            }
        }
        return choices
    }

    private func names(
        _ value: Value, _ place: String, _ faults: inout BodyFaults
    ) -> [String] {
        value.names(at: place, "a list of names is wanted", &faults)
    }

    private func properties(
        _ value: Value, _ place: String, _ faults: inout BodyFaults
    ) -> [String: Schema] {
        guard case .object(let members) = value else {
            faults.add(place, "is \(value.shown), and an object of schemas is wanted")
            return [:]
        }
        var schemas: [String: Schema] = [:]
        for member in members {
            let place = "\(place)/\(member.name.escapedForPointer)"
            schemas[member.name] = Schema(member.value, at: place, &faults)
        }
        return schemas
    }

    private func count(_ value: Value, _ place: String, _ faults: inout BodyFaults) -> Int? {
        if case .number(let text) = value, let count = Int(text), count >= 0 { return count }
        faults.add(place, "is \(value.shown), and a whole number from 0 is wanted")
        return nil
    }

    private func number(_ value: Value, _ place: String, _ faults: inout BodyFaults) -> Double? {
        if case .number(let text) = value, let number = Double(text), number.isFinite {
            return number
        }
        faults.add(place, "is \(value.shown), and a number is wanted")
        return nil
    }
}

extension Value {
    /// The elements of an array; any other value alone.
    fileprivate var elementsOrSelf: [Value] {
        if case .array(let elements) = self { elements } else { [self] }
    }

    /// Reads a list of texts, and notes what is none.
    func names(at place: String, _ mend: String, _ faults: inout BodyFaults) -> [String] {
        guard case .array(let elements) = self else {
            faults.add(place, "is \(shown), and \(mend)")
            return []
        }
        var names: [String] = []
        for (index, element) in elements.enumerated() {
            if case .string(let name) = element {
                names.append(name)
            } else {
                faults.add("\(place)/\(index)", "is \(element.shown), and a text is wanted")
            }
        }
        return names
    }
}
