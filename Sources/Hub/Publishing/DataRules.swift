import JSON
import Log

/// What an operator asks of events that are published: a file of rules, each for groups and types.
///
/// ```json
/// {"rules": [{"groups": ["orders", "orders:*"], "types": ["order_returned"],
///             "data": {"required": ["return_reason"]}}]}
/// ```
///
/// An event is held to every rule that its group and its type fall under; one under none is free.
public struct DataRules: Sendable {
    struct Rule: Sendable {
        var patterns: [GroupPattern]
        /// The types that it is for; `nil` for all.
        var types: [String]?
        /// The only types that its groups take; `nil` for any.
        var onlyTypes: [String]?
        var data: Schema?

        func covers(_ group: Group) -> Bool { patterns.contains { $0.matches(group) } }
    }

    /// Where a publisher wrote what is checked.
    struct Places {
        var type: String
        var data: String

        /// The members of `POST /publish`.
        static let envelope = Places(type: "/type", data: "/data")
        /// The members of a WebSocket's `publish`.
        static let message = Places(type: "/event", data: "/data")
        /// The body is the data; the path or the query says the rest.
        static let body = Places(type: "", data: "")
    }

    let rules: [Rule]

    /// No rules: all is taken.
    public static let none = DataRules(rules: [])

    init(rules: [Rule]) { self.rules = rules }

    public var count: Int { rules.count }

    /// Holds an event to the rules.
    ///
    /// - Parameters:
    ///   - draft: What is to be published.
    ///   - places: Where its publisher wrote that.
    ///   - limits: What its data may ask for.
    /// - Throws: 422 with every fault at its place.
    func check(
        _ draft: EventDraft, _ places: Places, limits: JSON.Limits
    ) throws(Problem) {
        guard !rules.isEmpty else { return }
        let covering = rules.filter { $0.covers(draft.group) }
        guard !covering.isEmpty else { return }
        var faults = BodyFaults()
        let type = draft.type.text
        for case let only? in covering.map(\.onlyTypes) where !only.contains(type) {
            let known = only.joined(separator: ", ")
            faults.add(places.type, "\"\(type)\" is not a type of this group: \(known)")
        }
        let schemas = covering.filter { $0.types?.contains(type) ?? true }.compactMap(\.data)
        if !schemas.isEmpty {
            do {
                let value = try Value.parse(draft.payload, limits: limits)
                for schema in schemas { schema.check(value, at: places.data, &faults) }
            } catch {
                throw Problem(error)
            }
        }
        // Two rules may ask for the same.
        let found = faults.faults.enumerated().filter { index, fault in
            !faults.faults.prefix(index).contains(fault)
        }.map(\.element)
        guard let first = found.first else { return }
        throw Problem(
            .rulesBroken,
            "\(type) breaks the rules of \(draft.group.name): \(first.pointer) \(first.detail)",
            faults: found)
    }
}

/// A file of rules that cannot be used.
public struct DataRulesFault: Error, Equatable, Sendable {
    /// What is wrong, each with its place in the file.
    public var faults: [Problem.Fault]

    /// All of it for the operator, a line each.
    public var lines: [String] {
        faults.map { $0.pointer.isEmpty ? $0.detail : "\($0.pointer) \($0.detail)" }
    }
}

extension DataRules {
    /// The largest file, in bytes.
    public static let maxFileBytes = 1 << 20

    /// Reads a file of rules.
    ///
    /// - Parameter file: The text of the file.
    /// - Throws: All that is wrong with it.
    public init(file: [UInt8]) throws(DataRulesFault) {
        let value: Value
        do {
            value = try Value.parse(file, limits: JSON.Limits(maxBytes: Self.maxFileBytes))
        } catch {
            let line = 1 + file.prefix(error.offset).count { $0 == 0x0A }
            throw DataRulesFault(faults: [.init("", "line \(line): \(error.message)")])
        }
        var faults = BodyFaults()
        let rules = Self.rules(value, &faults)
        guard faults.faults.isEmpty else { throw DataRulesFault(faults: faults.faults) }
        self.rules = rules
    }

    private static func rules(_ value: Value, _ faults: inout BodyFaults) -> [Rule] {
        guard case .object(let members) = value else {
            faults.add("/rules", "is missing; the file is an object with a list of rules")
            return []
        }
        for member in members where !["rules", "description"].contains(member.name) {
            faults.add("/\(member.name.escapedForPointer)", "is not known; the list is \"rules\"")
        }
        guard case .array(let elements)? = members.first(where: { $0.name == "rules" })?.value
        else {
            faults.add("/rules", "is missing, or no list")
            return []
        }
        return elements.enumerated().map { index, element in
            rule(element, at: "/rules/\(index)", &faults)
        }
    }

    private static func rule(
        _ value: Value, at pointer: String, _ faults: inout BodyFaults
    ) -> Rule {
        var rule = Rule(patterns: [])
        guard case .object(let members) = value else {
            faults.add(pointer, "is \(value.shown), and an object is wanted")
            return rule
        }
        for member in members {
            let place = "\(pointer)/\(member.name.escapedForPointer)"
            switch member.name {
            case "groups": rule.patterns = patterns(member.value, place, &faults)
            case "types": rule.types = types(member.value, place, &faults)
            case "only_types": rule.onlyTypes = types(member.value, place, &faults)
            case "data": rule.data = Schema(member.value, at: place, &faults)
            case "description": break
            default:
                faults.add(
                    place, "is none of groups, types, only_types, data, description")
            }
        }
        faults.require([
            ("\(pointer)/groups", "name the groups that it is for", !rule.patterns.isEmpty),
            (
                "\(pointer)/data", "say what the data must be, or give only_types",
                rule.data != nil || rule.onlyTypes != nil
            ),
        ])
        return rule
    }

    private static func patterns(
        _ value: Value, _ place: String, _ faults: inout BodyFaults
    ) -> [GroupPattern] {
        var patterns: [GroupPattern] = []
        let names = value.names(at: place, "a list of groups or patterns is wanted", &faults)
        for (index, name) in names.enumerated() {
            do {
                patterns.append(try GroupPattern(name))
            } catch {
                faults.add("\(place)/\(index)", "\"\(name.prefix(64))\": \(error.message)")
            }
        }
        return patterns
    }

    private static func types(
        _ value: Value, _ place: String, _ faults: inout BodyFaults
    ) -> [String] {
        let names = value.names(at: place, "a list of event types is wanted", &faults)
        for (index, name) in names.enumerated() where EventType(name) == nil {
            faults.add(
                "\(place)/\(index)",
                "\"\(name.prefix(64))\": a type is of a-z 0-9 _ . and begins with a letter")
        }
        return names
    }
}
