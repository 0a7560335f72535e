import Bytes
import HTTP1
import Hub
import JSON
import Log
import Reactor
import SQLiteEngine
import Settings
import Telemetry

/// `campanad keys`: the routes of keys, for who may read the data directory.
///
/// A hub that runs is asked by its socket file; else the same rules run on the directory itself.
public enum KeysCommand {
    /// Does it.
    ///
    /// - Parameters:
    ///   - request: What was asked for.
    ///   - isForPeople: Whether a list has columns and a head; else tabs and no head.
    /// - Returns: What to print, and what to tell beside it.
    /// - Throws: Why it was not done.
    public static func run(
        _ request: KeysRequest, isForPeople: Bool
    ) throws(StartFault) -> (output: String, note: String) {
        do {
            try Process.harden()
        } catch {
            throw StartFault("keys: the process cannot keep secrets: \(error)")
        }
        switch request.action {
        case .create:
            let key = try send(.post, "/keys", body(request), request.hub)
            let prefix = key["prefix"] ?? ""
            return (
                "\(key["key"] ?? "")\n",
                "\(prefix)… is made, and is shown this once: only its digest is kept\n"
            )
        case .list: return (KeyLine.text(try list(request.hub), isForPeople: isForPeople), "")
        case .revoke(let text):
            guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"/?#%".utf8.contains($0) })
            else { throw StartFault("keys: name the key by its id, which list shows") }
            _ = try send(.delete, "/keys/\(text)", [], request.hub)
            return ("", "\(text) is revoked; its connections are closed\n")
        }
    }

    private static func body(_ request: KeysRequest) -> [UInt8] {
        var json = Writer()
        json.object { json in
            if let name = request.name { json.member("name", name) }
            if let system = request.system { json.member("system", system) }
            json.member("grants") { json in
                json.array { json in for grant in request.grants { json.string(grant) } }
            }
            if let expires = request.expires { json.member("expires_in", expires) }
        }
        return json.bytes
    }

    private static func list(_ hub: HubSettings) throws(StartFault) -> [KeyLine] {
        var lines: [KeyLine] = []
        var after = ""
        while true {
            let page = try exchange(.get, "/keys?limit=1000\(after)", [], hub)
            guard case .object(let members) = page,
                case .array(let keys)? = members.first(where: { $0.name == "keys" })?.value
            else { return lines }
            lines += keys.map(KeyLine.init)
            guard case .string(let next)? = members.first(where: { $0.name == "next" })?.value
            else { return lines }
            after = "&after=\(next)"
        }
    }

    /// The texts of the object that a route answers.
    private static func send(
        _ method: HTTP1.Method, _ target: String, _ body: [UInt8], _ hub: HubSettings
    ) throws(StartFault) -> [String: String] {
        guard case .object(let members) = try exchange(method, target, body, hub) else {
            return [:]
        }
        var texts: [String: String] = [:]
        for member in members {
            if case .string(let text) = member.value { texts[member.name] = text }
        }
        return texts
    }

    private static func exchange(
        _ method: HTTP1.Method, _ target: String, _ body: [UInt8], _ hub: HubSettings
    ) throws(StartFault) -> Value {
        var answer = try OperatorSocket.exchange(
            method, target, body, path: Entrance.operatorPath(hub.data))
        if answer == nil { answer = try direct(method, target, body, hub) }
        guard let answer else { return .null }
        guard answer.status < 300 else { throw StartFault("keys: \(detail(answer.body))") }
        return (try? Value.parse(answer.body)) ?? .null
    }

    /// What a problem says, its faults with it.
    private static func detail(_ body: [UInt8]) -> String {
        guard case .object(let members)? = try? Value.parse(body) else { return "it was refused" }
        var text = ""
        for member in members {
            switch (member.name, member.value) {
            case ("detail", .string(let detail)): text = detail
            case ("errors", .array(let faults)):
                for case .object(let fault) in faults {
                    let parts = fault.compactMap { part in
                        if case .string(let text) = part.value { text } else { nil as String? }
                    }
                    text += "\n  \(parts.joined(separator: ": "))"
                }
            default: break
            }
        }
        return text
    }

    /// Does it on the directory itself: no hub runs on it.
    private static func direct(
        _ method: HTTP1.Method, _ target: String, _ body: [UInt8], _ hub: HubSettings
    ) throws(StartFault) -> (status: UInt16, body: [UInt8]) {
        try Server.become(hub.user)
        let audit = try hub.audit.map { path throws(StartFault) in try KeysAudit(path) }
        defer { audit?.close() }
        var settings = HubSettings()
        settings.data = hub.data
        let engine = try Server.open(settings, Broker(queues: [], metrics: HubMetrics()))
        defer { engine.stop() }
        let rules = Server.rules(
            settings, Release.version, engine.epoch, nil, Server.access(settings, nil))
        guard let target = try? RequestTarget(target, method: method),
            let head = try? RequestHead(
                method: method, target: target, fields: ["Host": "localhost"])
        else { throw StartFault("keys: \"\(target)\" names no key") }
        let request = Hub.Request(
            head: head, body: body, now: WallClock.now(), principal: .operator)
        let answer: Reaction.Answer
        switch rules.react(to: request) {
        case .respond(let response): answer = .success(response)
        case .changeKeys(let change):
            answer = try wait { engine.transact(change, reply: $0) }.map(\.response)
        case .read(let read): answer = try wait { engine.read(read, reply: $0) }
        default:
            throw StartFault("keys: this is no route of keys")
        }
        let response =
            switch answer {
            case .success(let response): response
            case .failure(let problem): problem.response(instance: head.target.path)
            }
        audit?.note(request, response)
        guard case .bytes(let bytes) = response.content else {
            return (response.status.rawValue, [])
        }
        return (response.status.rawValue, bytes)
    }

    /// Waits for the engine's answer.
    private static func wait<Answer: Sendable>(
        _ ask: (@escaping @Sendable (Result<Answer, EngineError>) -> Void) -> Void
    ) throws(StartFault) -> Answer {
        let answers = WorkQueue<Result<Answer, EngineError>>(capacity: 1)
        ask { _ = answers.send($0) }
        switch answers.receive().first {
        case .success(let answer)?: return answer
        case .failure(let error)?: throw StartFault("keys: \(Problem(error).detail)")
        case nil: throw StartFault("keys: the engine has not answered")
        }
    }
}
