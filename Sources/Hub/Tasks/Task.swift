import Bytes
import HTTP1
import JSON
import Log

/// A task as seed 002 has it: what is kept, sent and announced is this one object.
struct Task: Equatable {
    var id: String
    var title: String
    var description: String
    var isCompleted: Bool
    var createdAt: String
    var updatedAt: String

    static let collection = Collection(rawValue: "tasks")
    /// In Unicode's code points: a character that is seen as one may have any number of them.
    static let maxTitleCharacters = 200
    static let maxDescriptionCharacters = 10_000

    var json: [UInt8] {
        var json = Writer(capacity: 256)
        json.object { json in
            json.member("id", id)
            json.member("title", title)
            json.member("description", description)
            json.member("completed", isCompleted)
            json.member("created_at", createdAt)
            json.member("updated_at", updatedAt)
        }
        return json.bytes
    }

    init(id: String, draft: TaskDraft, now: Timestamp) {
        self.id = id
        title = draft.title ?? ""
        description = draft.description ?? ""
        isCompleted = draft.isCompleted ?? false
        createdAt = now.rfc3339
        updatedAt = createdAt
    }

    /// Reads a task that the hub has written.
    init(json: [UInt8]) throws(JSONError) {
        var members: [String: String] = [:]
        var isCompleted = false
        var reader = Reader(json)
        try reader.readObject { name, reader throws(JSONError) in
            if name == "completed" {
                isCompleted = try reader.readBool()
            } else {
                members[name] = try reader.readString()
            }
        }
        try reader.finish()
        id = members["id"] ?? ""
        title = members["title"] ?? ""
        description = members["description"] ?? ""
        self.isCompleted = isCompleted
        createdAt = members["created_at"] ?? ""
        updatedAt = members["updated_at"] ?? ""
    }
}

/// A task with its version, as it is kept: the number of the event that made it, a line feed,
/// and the object.
///
/// The number is the `seq` of that event in the group of tasks, so that a version and the
/// event that announced it are one thing to a client.
struct StoredTask {
    var version: UInt64
    var task: Task

    init(version: UInt64, task: Task) {
        self.version = version
        self.task = task
    }

    /// Reads a record.
    ///
    /// - Throws: `corrupt`, where the record was not written by the hub.
    init(record: [UInt8]) throws(EngineError) {
        let digits = record.prefix { $0 != ASCII.lf }
        guard let version = parseDecimal(digits),
            let task = try? Task(json: Array(record.dropFirst(digits.count + 1)))
        else { throw .corrupt("a record of the collection of tasks cannot be read") }
        self.init(version: version, task: task)
    }

    var record: [UInt8] {
        var record: [UInt8] = []
        record.append(decimal: version)
        record.append(ASCII.lf)
        return record + task.json
    }

    var tag: EntityTag { EntityTag(String(version)) }

    var fields: Fields { ["ETag": tag.text, "Location": "/tasks/\(task.id)"] }
}

/// What a client says of a task; a member that it leaves out is `nil`.
struct TaskDraft: Equatable {
    var title: String?
    var description: String?
    var isCompleted: Bool?

    /// How a member that is `null` is taken.
    enum NullMeaning {
        /// As a fault, like any other kind.
        case fault
        /// As the member's default (RFC 7396 removes it).
        case initial
    }

    /// Reads a body, and lists all of its faults.
    ///
    /// - Parameters:
    ///   - body: The JSON text. Members that are not a client's to set are passed over.
    ///   - limits: What the text may ask for.
    ///   - isTitleRequired: Whether a body without a title is at fault.
    ///   - null: What `null` means.
    /// - Throws: `malformed_json` or `invalid_body`.
    init(
        _ body: [UInt8], limits: JSON.Limits, isTitleRequired: Bool, null: NullMeaning
    ) throws(Problem) {
        var faults: [Problem.Fault] = []
        try Reader.readBody(body, limits: limits) { name, reader throws(JSONError) in
            try read(name, from: &reader, null: null, faults: &faults)
        }
        if isTitleRequired, title == nil, !faults.contains(where: { $0.pointer == "/title" }) {
            faults.append(.init("/title", "is missing; a task has a title"))
        }
        guard faults.isEmpty else {
            let places = faults.map(\.pointer).joined(separator: ", ")
            throw Problem(.invalidBody, "the task is at fault at \(places)", faults: faults)
        }
    }

    private mutating func read(
        _ name: String, from reader: inout Reader, null: NullMeaning,
        faults: inout [Problem.Fault]
    ) throws(JSONError) {
        guard ["title", "description", "completed"].contains(name) else { return }
        if null == .initial, name != "title", try reader.readNullIfNext() {
            if name == "description" { description = "" } else { isCompleted = false }
            return
        }
        do {
            switch name {
            case "title": title = try reader.readString()
            case "description": description = try reader.readString()
            default: isCompleted = try reader.readBool()
            }
        } catch {
            guard !error.isOfGrammar else { throw error }
            faults.append(.init("/\(name)", error.message))
            return
        }
        if let fault = fault(in: name) { faults.append(.init("/\(name)", fault)) }
    }

    private func fault(in name: String) -> String? {
        switch name {
        case "title":
            guard let title else { return nil }
            if title.allSatisfy(\.isWhitespace) { return "is empty; a task has a title" }
            return Self.fault(in: title, maxCharacters: Task.maxTitleCharacters)
        case "description":
            return Self.fault(in: description ?? "", maxCharacters: Task.maxDescriptionCharacters)
        default:
            return nil
        }
    }

    private static func fault(in text: String, maxCharacters: Int) -> String? {
        let count = text.unicodeScalars.count
        return count > maxCharacters
            ? "has \(count) characters, and \(maxCharacters) are taken" : nil
    }

    /// Puts what the client says over what is there; the rest stays (RFC 7396).
    func patch(_ task: inout Task) {
        if let title { task.title = title }
        if let description { task.description = description }
        if let isCompleted { task.isCompleted = isCompleted }
    }
}
