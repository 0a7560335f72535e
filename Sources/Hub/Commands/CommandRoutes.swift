import Bytes
import HTTP1
import JSON
import Log

/// `/api/cascade`: seed 000's commands.
///
/// A registered one becomes an event on `commands:<name>`, and its reply is what a consumer
/// publishes to `replies:<id>`.
struct CommandRoutes: Sendable {
    let limits: HubLimits
    let idempotency: Idempotency
    let rules: @Sendable () -> DataRules
    let makeID: @Sendable (Timestamp) -> String

    /// What is granted to see the figures of all commands.
    static let metricsGroup = Group(literal: "commands")

    // MARK: Registered commands

    func list(_ request: Request) -> Reaction {
        let principal = request.principal
        return .read { snapshot throws(EngineError) in
            let commands = try snapshot.commands(for: principal)
            var json = Writer()
            json.object { json in
                json.member("commands") { json in
                    json.array { json in for command in commands { json.raw(command.json) } }
                }
            }
            return .success(.json(.ok, json.bytes))
        }
    }

    func read(_ request: Request, _ name: String) throws(Problem) -> Reaction {
        guard let group = Command.group(name) else { throw .noCommand(name) }
        try request.principal.require(.publish, on: group)
        return .read { snapshot throws(EngineError) in
            guard let command = try snapshot.command(name) else {
                return .failure(.noCommand(name))
            }
            return .success(.json(.ok, command.json))
        }
    }

    func register(_ request: Request, _ name: String) throws(Problem) -> Reaction {
        guard let group = Command.group(name) else {
            throw Problem(
                .invalidParameter,
                "\"\(name.prefix(64))\" is not 1 to \(Command.maxNameBytes) of A-Z a-z 0-9 _ . -")
        }
        try request.principal.require(.admin, on: group)
        try request.requireJSON()
        let command = try Command(request.body, name: name, limits: limits.json)
        return .write { transaction throws(EngineError) in
            let isNew = try transaction.command(name) == nil
            if isNew, try transaction.count(Command.collection, prefix: "") >= Command.maxCount {
                return .refuse(
                    .failure(
                        Problem(
                            .conflict,
                            "there are \(Command.maxCount) commands already; delete one")))
            }
            try transaction.put(Command.collection, name, command.json)
            return .commit(
                .success(
                    .json(
                        isNew ? .created : .ok, command.json,
                        fields: ["Location": "/api/cascade/commands/\(name)"])))
        }
    }

    func delete(_ request: Request, _ name: String) throws(Problem) -> Reaction {
        guard let group = Command.group(name) else { throw .noCommand(name) }
        try request.principal.require(.admin, on: group)
        return .write { transaction throws(EngineError) in
            guard try transaction.delete(Command.collection, name) else {
                return .refuse(.failure(.noCommand(name)))
            }
            return .commit(.success(Response(.noContent)))
        }
    }

    // MARK: Sent commands

    /// Sends a command; with a wait, its reply is the answer.
    func send(_ request: Request) throws(Problem) -> Reaction {
        try request.requireJSON()
        let command = try CommandRequest(request.body, limits: limits.json)
        let asked =
            try request.head.target.queryValue("wait") == nil ? command.wait : request.wait()
        let wait = asked.flatMap { $0 > .zero ? $0 : nil }
        guard let group = Command.group(command.name) else {
            return Self.refuse(command.name, for: request.principal)
        }
        try request.principal.require(.publish, on: group)
        var write = self.write(command, to: group, wait: wait, request)
        if let key = try request.idempotencyKey() {
            write = idempotency.once(
                key, operation: "POST \(CommandCall.path)", content: request.body, write)
        }
        guard let wait else { return .write(write) }
        return .call(CommandPlan(wait: wait, start: write))
    }

    /// Nothing can be registered by such a name, so nobody is granted it, and it is not counted.
    private static func refuse(_ name: String, for principal: Principal) -> Reaction {
        .read { snapshot throws(EngineError) in
            let known = try snapshot.commands(for: principal).map(\.name)
            return .failure(.unknownCommand(name, known: known))
        }
    }

    /// What has become of a command that was sent.
    func result(_ request: Request, _ id: String) -> Reaction {
        let principal = request.principal
        return .read { snapshot throws(EngineError) in
            guard let call = try snapshot.call(id),
                Command.group(call.command).map({ principal.may(.publish, $0) }) ?? false
            else {
                return .failure(Problem(.notFound, "no command was sent as \"\(id.prefix(64))\""))
            }
            return .success(.json(.ok, call.json, fields: .noStore))
        }
    }

    func metrics(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.subscribe, on: Self.metricsGroup)
        let today = CommandDay.name(request.now)
        let day = request.head.target.queryValue("date") ?? today
        guard Timestamp(rfc3339: "\(day)T00:00:00Z") != nil else {
            throw Problem(
                .invalidParameter, "date: \"\(day.prefix(64))\" is not a day such as \(today)")
        }
        return .read { snapshot throws(EngineError) in
            let figures = try snapshot.commandDay(day)
            let uses = try snapshot.commandUses(day)
            return .success(.json(.ok, figures.json(of: day, uses: uses), fields: .noStore))
        }
    }

    private func write(
        _ command: CommandRequest, to group: Group, wait: Duration?, _ request: Request
    ) -> Reaction.Write {
        let call = CommandCall(
            id: makeID(request.now), command: command.name, startedAt: request.now)
        let deadline = wait.map { request.now + $0 }
        let principal = request.principal
        let (limits, rules) = (limits, rules())
        return { transaction throws(EngineError) in
            guard let registered = try transaction.command(command.name) else {
                try transaction.count(nil, .requested)
                try transaction.count(nil, .failed)
                let known = try transaction.commands(for: principal).map(\.name)
                return .commit(.failure(.unknownCommand(command.name, known: known)))
            }
            try transaction.count(command.name, .requested)
            let draft: EventDraft
            do throws(Problem) {
                try registered.check(command.parameters)
                draft = try call.draft(command, to: group, deadline: deadline, limits: limits)
                try rules.check(draft, .body, limits: limits.json)
            } catch {
                try transaction.count(command.name, .failed)
                return .commit(.failure(error))
            }
            try transaction.put(call)
            try transaction.append(draft)
            return .commit(.success(call.receipt))
        }
    }
}

extension Request {
    /// The name of the command that it sends, where it sends one and has a name that one can have.
    public var commandName: String? {
        guard head.method == .post, head.target.path.hasPrefix(CommandCall.path),
            head.target.segments.count == 3,
            let command = try? CommandRequest(body, limits: JSON.Limits()),
            Command.group(command.name) != nil
        else { return nil }
        return command.name
    }
}

/// A command that is sent, and whose reply is waited for.
public struct CommandPlan: Sendable {
    /// How long.
    public let wait: Duration
    /// Sends it, and answers with its receipt.
    public let start: Reaction.Write

    /// The command of a receipt; of the first one where this is a repetition.
    public func sent(_ receipt: Response) -> SentCommand? {
        guard let location = receipt.fields.first("location"),
            location.hasPrefix("\(CommandCall.path)/")
        else { return nil }
        return SentCommand(id: String(location.dropFirst(CommandCall.path.utf8.count + 1)))
    }
}

/// A command under way, and how its reply is come by.
public struct SentCommand: Sendable {
    let id: String

    /// Hears of the reply.
    public var subscription: SubscribeRequest {
        SubscribeRequest(
            patterns: [GroupPattern(CommandCall.replyGroup(id))], since: .now, isQuiet: true)
    }

    /// Looks for the reply: 202 where there is none yet.
    public var look: Reaction.Read {
        { [id] snapshot throws(EngineError) in
            guard let call = try snapshot.call(id) else { return .failure(.forgotten) }
            return call.answer
        }
    }

    /// Ends the wait: 504, unless the reply has come meanwhile.
    public var endWait: Reaction.Write {
        { [id] transaction throws(EngineError) in
            guard let call = try transaction.endWait(id) else {
                return .refuse(.failure(.forgotten))
            }
            return .commit(call.answer)
        }
    }
}

extension CommandCall {
    /// The event that asks for the command to be carried out.
    ///
    /// - Throws: That it is too large.
    fileprivate func draft(
        _ command: CommandRequest, to group: Group, deadline: Timestamp?, limits: HubLimits
    ) throws(Problem) -> EventDraft {
        var json = Writer()
        json.object { json in
            json.member("id", id)
            json.member("command", command.name)
            json.key("parameters")
            command.parameters.write(to: &json)
            json.member("reply_to", Self.groupPrefix + id)
            json.member("deadline", orNull: deadline?.rfc3339)
        }
        guard json.bytes.count <= limits.maxEventBytes else {
            throw Problem(
                .eventTooLarge,
                "the command is \(json.bytes.count) bytes, and \(limits.maxEventBytes) are taken")
        }
        return EventDraft(
            group: group, type: Command.eventType, payloadName: PublishRequest.payloadName,
            payload: json.bytes)
    }
}

extension Snapshot {
    fileprivate func command(_ name: String) throws(EngineError) -> Command? {
        guard let record = try record(Command.collection, name) else { return nil }
        return try Command(record: record)
    }

    /// The commands that a principal may send, by their names.
    fileprivate func commands(for principal: Principal) throws(EngineError) -> [Command] {
        var commands: [Command] = []
        for record in try records(Command.collection, limit: Command.maxCount) {
            guard let group = Command.group(record.key), principal.may(.publish, group) else {
                continue
            }
            commands.append(try Command(record: record.value))
        }
        return commands
    }
}

extension Problem {
    fileprivate static func noCommand(_ name: String) -> Problem {
        Problem(.commandUnknown, "no command \"\(name.prefix(64))\" is registered")
    }

    /// 404 with the list of those that there are.
    fileprivate static func unknownCommand(_ name: String, known: [String]) -> Problem {
        let rest =
            known.count > Command.maxListed ? " and \(known.count - Command.maxListed) more" : ""
        let list =
            known.isEmpty
            ? "none is registered; PUT /api/cascade/commands/{name} does that"
            : "there are " + known.prefix(Command.maxListed).joined(separator: ", ") + rest
        let detail = "\"\(name.prefix(64))\" is no command; \(list)"
        return Problem(.commandUnknown, detail, faults: [.init("/command", detail)])
    }

    /// A call whose record is past its age.
    fileprivate static let forgotten = Problem(.notFound, "the command is no longer kept")
}
