import Bytes
import HTTP1
import JSON
import Log

/// A command that was sent, and what has become of it.
struct CommandCall: Sendable {
    enum State: String, Sendable {
        case pending
        /// A consumer has published what came of it.
        case success
        /// A consumer has published that it could not be done.
        case error
        /// Whoever waited for it was answered that nobody had replied.
        case unanswered
    }

    var id: String
    var command: String
    var startedAt: Timestamp
    var state = State.pending
    /// What was replied: a JSON value.
    var reply: [UInt8]?
    var duration = Duration.zero

    static let collection = Collection(rawValue: "command_calls")
    /// How long a call and its reply can be asked for.
    static let age = Duration.seconds(86_400)
    static let path = "/api/cascade/webhook"
    static let groupPrefix = "replies:"
    /// The type of a reply that says that the command could not be carried out.
    static let failureType = "error"

    init(id: String, command: String, startedAt: Timestamp) {
        self.id = id
        self.command = command
        self.startedAt = startedAt
    }

    /// Which call an event of the group replies to; `nil` where it is none.
    static func id(repliedIn group: Group) -> String? {
        guard group.name.hasPrefix(groupPrefix) else { return nil }
        return String(group.name.dropFirst(groupPrefix.utf8.count))
    }

    /// Where its reply is to be published.
    static func replyGroup(_ id: String) -> Group {
        guard let group = try? Group(groupPrefix + id) else {
            preconditionFailure("an identifier of the hub's own is a segment")
        }
        return group
    }

    // MARK: The record

    /// Reads a record.
    ///
    /// - Throws: `corrupt`, where the record was not written by the hub.
    init(id: String, record: [UInt8]) throws(EngineError) {
        var (command, state): (String?, State?)
        var (started, duration): (Int64?, Int64?)
        var reply: [UInt8]?
        do {
            var reader = Reader(record, limits: JSON.Limits(maxBytes: .max))
            try reader.readObject { member, reader throws(JSONError) in
                switch member {
                case "command": command = try reader.readString()
                case "state": state = State(rawValue: try reader.readString())
                case "started": started = try reader.readInt()
                case "duration": duration = try reader.readInt()
                case "reply": reply = try reader.readCompact()
                default: break
                }
            }
            try reader.finish()
        } catch {
            throw .corrupt("a call of a command cannot be read: \(error.message)")
        }
        guard let command, let state, let started else {
            throw .corrupt("a call of a command lacks its name, its state or its time")
        }
        self.init(id: id, command: command, startedAt: Timestamp(milliseconds: started))
        self.state = state
        self.reply = reply
        self.duration = .milliseconds(duration ?? 0)
    }

    var record: [UInt8] {
        var json = Writer(capacity: 128 + (reply?.count ?? 0))
        json.object { json in
            json.member("command", command)
            json.member("state", state.rawValue)
            json.member("started", startedAt.milliseconds)
            json.member("duration", duration.wholeMilliseconds)
            if let reply { json.member("reply", raw: reply) }
        }
        return json.bytes
    }

    // MARK: Answers

    /// The call as `GET` shows it; with the reply it is the answer to who waited for it.
    var json: [UInt8] {
        var json = Writer(capacity: 256 + (reply?.count ?? 0))
        json.object { json in
            json.member("status", state.rawValue)
            json.member("id", id)
            json.member("command", command)
            json.member("reply_to", Self.groupPrefix + id)
            if let reply {
                json.member("data", raw: reply)
                json.member("duration_ms", duration.wholeMilliseconds)
            }
        }
        return json.bytes
    }

    /// 202: it was sent, and nobody has replied yet.
    var receipt: Response {
        .json(.accepted, json, fields: ["Location": "\(Self.path)/\(id)"])
    }

    /// What who waits is answered; 202 as long as there is no reply.
    var answer: Reaction.Answer {
        switch state {
        case .pending: .success(receipt)
        case .success: .success(.json(.ok, json, fields: .noStore))
        case .error:
            .failure(Problem(.commandFailed, "\(command): \(failureText)"))
        case .unanswered: .failure(.unanswered(self))
        }
    }

    /// What a reply says of its failure: a text, or the member `message`, or all of it.
    private var failureText: String {
        let maxBytes = 500
        guard let reply, let value = try? Value.parse(reply) else { return "no reason was given" }
        if case .string(let text) = value { return String(text.prefix(maxBytes)) }
        if case .object(let members) = value,
            case .string(let text)? = members.first(where: { $0.name == "message" })?.value
        {
            return String(text.prefix(maxBytes))
        }
        return String(lossyUTF8: reply.prefix(maxBytes))
    }
}

extension Rules {
    /// Groups that get no event any more by the time when theirs are past retention: those of
    /// replies, each under an identifier of its own.
    public static let transientGroups = GroupPattern(literal: "replies:*")
}

extension Problem {
    /// 504: says where to look later, for the command stands in the log.
    static func unanswered(_ call: CommandCall) -> Problem {
        Problem(
            .commandUnanswered,
            "nobody replied to \(call.command) in \(CommandCall.replyGroup(call.id).name) in time; "
                + "is a consumer of \(Command.groupPrefix)\(call.command) connected? A late reply "
                + "will be at \(CommandCall.path)/\(call.id)",
            fields: ["Location": "\(CommandCall.path)/\(call.id)"])
    }
}

extension Snapshot {
    func call(_ id: String) throws(EngineError) -> CommandCall? {
        guard let record = try record(CommandCall.collection, id) else { return nil }
        return try CommandCall(id: id, record: record)
    }
}

extension Transaction {
    func put(_ call: CommandCall) throws(EngineError) {
        try put(
            CommandCall.collection, call.id, call.record, expires: call.startedAt + CommandCall.age)
    }

    /// Appends an event that a client publishes; one that replies to a command settles it.
    func publish(_ draft: EventDraft) throws(EngineError) -> Appended {
        let appended = try append(draft)
        if let id = CommandCall.id(repliedIn: draft.group) { try settle(id, draft) }
        return appended
    }

    /// Notes the first reply to a command.
    private func settle(_ id: String, _ draft: EventDraft) throws(EngineError) {
        guard var call = try call(id), call.reply == nil else { return }
        let isCounted = call.state == .unanswered
        call.state = draft.type.text == CommandCall.failureType ? .error : .success
        call.reply = draft.payload
        call.duration = max(.zero, now - call.startedAt)
        try put(call)
        if !isCounted {
            try count(call.command, call.state == .success ? .succeeded : .failed, call.duration)
        }
    }

    /// Ends the wait for a reply: the call is unanswered, unless its reply has come meanwhile.
    func endWait(_ id: String) throws(EngineError) -> CommandCall? {
        guard var call = try call(id), call.state == .pending else { return try call(id) }
        call.state = .unanswered
        try put(call)
        try count(call.command, .failed, nil)
        return call
    }
}

extension Duration {
    /// In whole milliseconds, rounded down.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
