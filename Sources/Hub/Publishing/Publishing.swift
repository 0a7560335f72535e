import Bytes
import HTTP1
import JSON
import Log

/// `POST /publish` and `POST /publish/{group}` (WIRE §5).
struct Publishing: Sendable {
    let limits: HubLimits
    let idempotency: Idempotency
    let sources: (@Sendable () -> Sources)?
    let rules: @Sendable () -> DataRules

    /// A signed request is held to its signature first, and taken once.
    func react(to request: Request, group: String?) throws(Problem) -> Reaction {
        guard let sources = sources?(), !sources.isEmpty, let name = request.sourceName else {
            guard !request.principal.isNobody else { throw .unauthenticated(nil) }
            return try publish(request, group: group)
        }
        let signed = try sources.authenticate(request, as: name)
        switch try publish(signed.request, group: group) {
        case .publish(let draft): return .write(signed.once(Self.write(draft), idempotency))
        case .write(let write): return .write(signed.once(write, idempotency))
        case let reaction: return reaction
        }
    }

    private func publish(_ request: Request, group: String?) throws(Problem) -> Reaction {
        let key = try request.idempotencyKey()
        let write: Reaction.Write
        switch try request.bodyForm() {
        case .lines:
            write = try batch(request, group: group)
            guard key != nil else { return .write(write) }
        case let form:
            let publish = try single(request, form, group: group)
            // A reply to a command settles that in its own transaction.
            guard key != nil || CommandCall.id(repliedIn: publish.group) != nil else {
                return .publish(publish.draft)
            }
            write = Self.write(publish.draft)
        }
        guard let key else { return .write(write) }
        let target = request.head.target
        return .write(
            idempotency.once(
                key, operation: "POST /\(target.segments.joined(separator: "/"))",
                content: Array("\(target.raw)\n".utf8) + request.body, write))
    }

    /// Publishes one event, and answers where it stands.
    static func write(_ draft: EventDraft) -> Reaction.Write {
        { transaction throws(EngineError) in
            let appended = try transaction.publish(draft)
            var answers = PlacedAnswers()
            return .commit(.success(answers.response(to: draft, at: appended)))
        }
    }

    // MARK: One event

    private func single(
        _ request: Request, _ form: BodyForm, group: String?
    ) throws(Problem) -> PublishRequest {
        switch form {
        case .json, .lines:
            guard let group else { return try envelope(request) }
            return try event(request, group, data: try compact(request))
        case .text:
            guard let group else {
                throw Problem(
                    .unsupportedMediaType, "send application/json, or name the group in the path")
            }
            return try event(request, group, data: try text(request))
        }
    }

    func compact(_ request: Request) throws(Problem) -> [UInt8] {
        do {
            return try JSON.compact(request.body, limits: limits.json)
        } catch {
            throw Problem(error)
        }
    }

    func text(_ request: Request) throws(Problem) -> [UInt8] {
        guard let text = String(validUTF8: request.body) else {
            throw Problem(
                .invalidBody, "the body is not UTF-8; send text, or JSON with its media type")
        }
        var json = Writer(capacity: request.body.count + 2)
        json.string(text)
        return json.bytes
    }

    private func event(
        _ request: Request, _ group: String?, data: [UInt8]
    ) throws(Problem) -> PublishRequest {
        try checked(
            PublishRequest(
                group: group,
                type: request.head.target.queryValue("type") ?? PublishRequest.defaultType,
                data: data, maxEventBytes: limits.maxEventBytes),
            .body, for: request)
    }

    private func envelope(_ request: Request) throws(Problem) -> PublishRequest {
        try checked(
            EventEnvelope(request.body, in: nil, limits: limits.json)
                .publishRequest(limits: limits),
            .envelope, for: request)
    }

    /// An event that its publisher may publish, and that keeps the operator's rules.
    private func checked(
        _ publish: PublishRequest, _ places: DataRules.Places, for request: Request
    ) throws(Problem) -> PublishRequest {
        try request.principal.require(.publish, on: publish.group)
        try rules().check(publish.draft, places, limits: limits.json)
        return publish
    }

    // MARK: A batch

    private func batch(_ request: Request, group: String?) throws(Problem) -> Reaction.Write {
        let lines = request.body.split(separator: ASCII.lf).filter { line in
            line.contains { $0 != ASCII.space && $0 != ASCII.cr && $0 != ASCII.tab }
        }
        guard !lines.isEmpty else {
            throw Problem(.invalidBody, "the batch is empty; send a JSON value a line")
        }
        guard lines.count <= limits.maxBatchEvents else {
            throw Problem(
                .batchTooLarge,
                "there are \(lines.count) lines, and \(limits.maxBatchEvents) are taken")
        }
        let rows = lines.map { line in self.row(line, group: group, of: request) }
        if request.head.target.queryValue("atomic") == "1" { try refuseFaults(of: rows) }
        return { transaction throws(EngineError) in
            var json = Writer(capacity: rows.count * 128)
            var hasFault = false
            var answers = PlacedAnswers()
            json.beginObject()
            json.key("results")
            json.beginArray()
            for row in rows {
                switch row {
                case .success(let publish):
                    let appended = try transaction.publish(publish.draft)
                    json.raw(answers.json(publish.draft, at: appended))
                case .failure(let problem):
                    hasFault = true
                    json.write(problem)
                }
            }
            json.endArray()
            json.endObject()
            return .commit(.success(.json(hasFault ? .multiStatus : .created, json.bytes)))
        }
    }

    private func row(
        _ line: ArraySlice<UInt8>, group: String?, of request: Request
    ) -> Result<PublishRequest, Problem> {
        do {
            guard let group else {
                return .success(
                    try checked(
                        EventEnvelope(
                            request.body, in: line.startIndex..<line.endIndex, limits: limits.json
                        ).publishRequest(limits: limits),
                        .envelope, for: request))
            }
            let data = try compact(line, of: request)
            return .success(try event(request, group, data: data))
        } catch {
            return .failure(error)
        }
    }

    private func compact(
        _ line: ArraySlice<UInt8>, of request: Request
    ) throws(Problem) -> [UInt8] {
        do {
            var reader = Reader(
                request.body, in: line.startIndex..<line.endIndex, limits: limits.json)
            let value = try reader.readCompact()
            try reader.finish()
            return value
        } catch {
            throw Problem(error)
        }
    }

    /// Holds an atomic batch to all or nothing, with each fault at its line.
    private func refuseFaults(of rows: [Result<PublishRequest, Problem>]) throws(Problem) {
        var faults: [Problem.Fault] = []
        for (index, row) in rows.enumerated() {
            guard case .failure(let problem) = row else { continue }
            let places = problem.faults.isEmpty ? [.init("", problem.detail)] : problem.faults
            faults += places.map { .init("/\(index)\($0.pointer)", $0.detail) }
        }
        guard faults.isEmpty else {
            throw Problem(
                .invalidBody, "the batch is atomic, and \(faults.count) of its lines are refused",
                faults: faults)
        }
    }
}

/// The members of a published event, as `POST /publish` takes them.
struct EventEnvelope {
    var group: String?
    var type: String?
    var data: [UInt8]?

    init(_ body: [UInt8], in range: Range<Int>?, limits: JSON.Limits) throws(Problem) {
        do {
            var reader = Reader(body, in: range, limits: limits)
            try reader.readObject { name, reader throws(JSONError) in
                switch name {
                case "group": group = try reader.readString()
                case "type": type = try reader.readString()
                case "data": data = try reader.readCompact()
                default: break
                }
            }
            try reader.finish()
        } catch {
            throw Problem(error)
        }
    }

    func publishRequest(limits: HubLimits) throws(Problem) -> PublishRequest {
        try PublishRequest(
            group: group, type: type ?? PublishRequest.defaultType,
            data: data ?? Array("null".utf8), maxEventBytes: limits.maxEventBytes)
    }
}

extension Writer {
    /// Says why a line of a batch was refused.
    fileprivate mutating func write(_ problem: Problem) {
        object { json in
            json.member("error") { json in
                json.object { json in
                    json.member("code", problem.failure.rawValue)
                    json.member("message", problem.detail)
                    json.write(problem.faults)
                }
            }
        }
    }
}
