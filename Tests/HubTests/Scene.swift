import Bytes
import HTTP1
import InMemory
import JSON
import Log
import Synchronization
import Testing
import Trust

@testable import Hub

let tenOClock = Timestamp(milliseconds: 1_768_471_200_000)  // 2026-01-15T10:00:00Z

let epoch: Epoch = {
    guard let epoch = Epoch("k3f9aa") else { preconditionFailure("not an epoch") }
    return epoch
}()

func cursor(_ position: UInt64) -> Cursor { Cursor(epoch: epoch, position: position) }

/// A pattern of the tests' own; an ill-formed one fails them all.
func pattern(_ text: String) -> GroupPattern {
    guard let pattern = try? GroupPattern(text) else { preconditionFailure("not a pattern") }
    return pattern
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// The hub's rules over a store in memory, and a client of them: requests in, responses out.
struct Scene {
    static let maxMessageBytes = 65_536
    static let maxEventBytes = 64
    static let maxBatchEvents = 3
    static let maxSubscriptions = 4

    static let pages = Pages(
        [
            ("index.html", "text/html; charset=utf-8", bytes(#"<html lang="en">Campana"#)),
            ("campana.js", "text/javascript; charset=utf-8", bytes("export {}")),
        ]
    ) { "d\($0.count)" }

    let store = MemoryStore()
    let rules: Rules

    init(
        maxMessageBytes: Int = Scene.maxMessageBytes, maxEventBytes: Int = Scene.maxEventBytes,
        echoPath: String? = "/echo", sources: Sources = .none,
        notificationsAge: Duration? = nil,
        dataRules: @escaping @Sendable () -> DataRules = { .none }
    ) {
        let (ids, secrets) = (Counter(), Counter())
        rules = Rules(
            limits: HubLimits(
                maxMessageBytes: maxMessageBytes, maxEventBytes: maxEventBytes,
                maxBatchEvents: Self.maxBatchEvents, maxSubscriptions: Self.maxSubscriptions,
                notificationsAge: notificationsAge),
            version: "1.2.3", epoch: epoch, echoPath: echoPath, queueBytes: 262_144,
            pages: Self.pages,
            idempotency: Idempotency(age: .seconds(86_400)) { "digest of \(text($0))" },
            webhooks: WebhookOptions(
                addresses: AddressRules(), ports: PortRanges([80...80, 443...443]),
                schedule: RetrySchedule([.zero, .seconds(5), .seconds(300)]), maxCount: 3,
                makeSecret: { "whsec_\(secrets.next())" }),
            access: Access(
                primitives: .plain, makeSecret: { secrets.bytes($0) }, sources: { sources }),
            dataRules: dataRules, makeID: { _ in "id\(ids.next())" })
    }

    /// What the rules make of a request.
    func react(
        _ method: Method, _ target: String, _ fields: Fields = [:], body: String = "",
        as principal: Principal = .anyone
    ) throws -> Reaction {
        var fields = fields
        fields.append("Host", "localhost")
        let head = try RequestHead(
            method: method, target: RequestTarget(target, method: method), fields: fields)
        return rules.react(
            to:
                Request(head: head, body: bytes(body), now: store.now, principal: principal))
    }

    /// The response to a request, its reads and writes carried out as the server does it.
    func send(
        _ method: Method, _ target: String, _ fields: Fields = [:], body: String = "",
        as principal: Principal = .anyone
    ) throws -> Response {
        switch try react(method, target, fields, body: body, as: principal) {
        case .respond(let response): return response
        case .write(let write): return answer(try store.run(write), target)
        case .publish(let draft):
            let place = try store.run { transaction throws(EngineError) in
                .commit(try transaction.append(draft))
            }
            var answers = PlacedAnswers()
            return answers.response(to: draft, at: place)
        case .read(let read): return answer(try read(store), target)
        case .report(let respond): return respond(report)
        case .call(let plan): return answer(try store.run(plan.start), target)
        case .changeKeys(let change):
            return answer(try store.run(change).map(\.response), target)
        case .issueTicket(_, let response): return response
        case .openWebSocket, .stream, .testWebhook, .survey, .disconnect: throw NoResponse()
        }
    }

    struct NoResponse: Error {}

    var report = ServerReport(
        readiness: .ready, engine: EngineStatus(), connections: 4, webSockets: 2, streams: 1,
        subscriptions: 7, loops: 2, residentBytes: 9_000_000, startedAt: tenOClock - .seconds(60),
        metrics: { bytes("# HELP campana_up 1 if it is\n") })

    private func answer(_ answer: Reaction.Answer, _ target: String) -> Response {
        switch answer {
        case .success(let response): response
        case .failure(let problem): problem.response(instance: target)
        }
    }
}

extension MemoryStore {
    /// An empty store, at ten o'clock.
    convenience init() { self.init(epoch: epoch, now: tenOClock) }
}

/// Hands out 1, 2, 3…: identifiers that sort by the order in which they were made.
final class Counter: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}

extension Response {
    var text: String {
        if case .bytes(let bytes) = content { HubTests.text(bytes) } else { "a stream" }
    }

    /// The body as JSON; refused where a name stands twice, for example.
    func json() throws -> Value { try Value.parse(bytes(text)) }

    /// The `code` of a problem.
    func code() throws -> String? { try json()["code"]?.string }

    /// The pointers of a problem's `errors`.
    func pointers() throws -> [String] {
        try json()["errors"]?.elements.compactMap { $0["pointer"]?.string } ?? []
    }
}

extension Value {
    subscript(name: String) -> Value? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    var names: [String] {
        if case .object(let members) = self { members.map(\.name) } else { [] }
    }

    var elements: [Value] { if case .array(let elements) = self { elements } else { [] } }

    var string: String? { if case .string(let text) = self { text } else { nil } }

    var text: String { HubTests.text(bytes) }
}

extension Primitives {
    /// Functions that hide nothing, so that a test can say what comes of them.
    static let plain = Primitives(
        sha256: { bytes("digest of ") + $0 }, hmacSHA256: { $0 + $1 },
        decryptAES256CBC: { cipher, _, _ in cipher }, areEqual: ==)
}

extension Counter {
    /// Secrets of that many octets: all 1, then all 2.
    func bytes(_ count: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: next()), count: count)
    }
}
