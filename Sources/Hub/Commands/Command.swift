import Bytes
import JSON
import Log

/// A command that may be sent (seed 000): its name, and what its parameters must be.
struct Command: Sendable {
    var name: String
    var description: String
    /// The schema of its parameters as it was written; `nil` where any object is taken.
    var parameters: Value?

    static let collection = Collection(rawValue: "commands")
    static let groupPrefix = "commands:"
    static let eventType = EventType(literal: "command")
    /// The most commands that are registered at one time.
    static let maxCount = 1000
    /// The longest name, in bytes.
    static let maxNameBytes = 100
    static let maxDescriptionCharacters = 1000
    /// How many names a refusal lists.
    static let maxListed = 50

    /// The group of a command's events; `nil` where no command can have the name.
    static func group(_ name: String) -> Group? {
        guard name.utf8.count <= maxNameBytes, !name.utf8.contains(ASCII.colon) else { return nil }
        return try? Group(groupPrefix + name)
    }

    var json: [UInt8] {
        var json = Writer()
        json.object { json in
            json.member("name", name)
            json.member("description", description)
            json.member("group", Self.groupPrefix + name)
            json.key("parameters")
            (parameters ?? .null).write(to: &json)
        }
        return json.bytes
    }

    init(name: String, description: String, parameters: Value?) {
        self.name = name
        self.description = description
        self.parameters = parameters
    }

    /// Reads a record.
    ///
    /// - Throws: `corrupt`, where the record was not written by the hub.
    init(record: [UInt8]) throws(EngineError) {
        var (name, description): (String?, String?)
        var parameters: Value?
        do {
            var reader = Reader(record, limits: JSON.Limits(maxBytes: .max))
            try reader.readObject { member, reader throws(JSONError) in
                switch member {
                case "name": name = try reader.readString()
                case "description": description = try reader.readString()
                case "parameters":
                    if try reader.readNullIfNext() { return }
                    parameters = try reader.readValue()
                default: break
                }
            }
            try reader.finish()
        } catch {
            throw .corrupt("a command cannot be read: \(error.message)")
        }
        guard let name else { throw .corrupt("a command has no name") }
        self.init(name: name, description: description ?? "", parameters: parameters)
    }

    /// Reads the body of `PUT /api/cascade/commands/{name}`, and lists all of its faults.
    ///
    /// - Parameters:
    ///   - body: The JSON text; without one, any parameters are taken.
    ///   - name: The command's name.
    ///   - limits: What the text may ask for.
    /// - Throws: `malformed_json` or `invalid_body`.
    init(_ body: [UInt8], name: String, limits: JSON.Limits) throws(Problem) {
        self.init(name: name, description: "", parameters: nil)
        guard !body.isEmpty else { return }
        var faults = BodyFaults()
        var text: String?
        try Reader.readBody(body, limits: limits) { member, reader throws(JSONError) in
            switch member {
            case "description":
                text = try faults.readText(
                    &reader, "/description", maxCharacters: Self.maxDescriptionCharacters)
            case "parameters":
                if try reader.readNullIfNext() { return }
                let value = try reader.readValue()
                _ = Schema(value, at: "/parameters", &faults)
                parameters = value
            default: break
            }
        }
        try faults.check("the command")
        description = text ?? ""
    }

    /// Holds parameters to the command's schema.
    ///
    /// - Throws: 422 with every fault at its place.
    func check(_ values: Value) throws(Problem) {
        var faults = BodyFaults()
        if let parameters {
            var none = BodyFaults()  // it was checked when it was registered
            Schema(parameters, at: "", &none).check(values, at: "/parameters", &faults)
        }
        try faults.check("the command \(name)")
    }
}

/// The body of `POST /api/cascade/webhook` (seed 000).
struct CommandRequest: Sendable {
    var name: String
    var parameters: Value
    /// How long the client waits for the reply; `nil` where it does not.
    var wait: Duration?

    /// Reads a body, and lists all of its faults.
    ///
    /// - Parameters:
    ///   - body: The JSON text. Members that are not known are passed over.
    ///   - limits: What the text may ask for.
    /// - Throws: `malformed_json` or `invalid_body`.
    init(_ body: [UInt8], limits: JSON.Limits) throws(Problem) {
        var faults = BodyFaults()
        var name: String?
        var parameters = Value.object([])
        var wait: Duration?
        try Reader.readBody(body, limits: limits) { member, reader throws(JSONError) in
            switch member {
            case "command":
                name = try faults.read { () throws(JSONError) in try reader.readString() }
            case "parameters":
                if try reader.readNullIfNext() { return }
                let kind = try reader.peekKind()
                if kind != .object {
                    faults.add("/parameters", "must be an object, not \(kind)")
                }
                parameters = try reader.readValue()
            case "wait":
                if try reader.readNullIfNext() { return }
                guard let text = try faults.readName(&reader) else { return }
                wait = Duration(wait: text)
                if wait == nil { faults.add("/wait", "is not a duration such as 5s") }
            default: break
            }
        }
        faults.require([("/command", "name the command", name != nil)])
        try faults.check("the command")
        self.name = name ?? ""
        self.parameters = parameters
        self.wait = wait
    }
}
