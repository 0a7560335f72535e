import Bytes
import HTTP1
import Hub
import InMemory
import JSON
import Log
import Synchronization
import Trust

/// The hub's rules over a store in memory, for requests that a fuzzer makes up.
struct HubScene {
    static let epoch: Epoch = {
        guard let epoch = Epoch("k3f9aa") else { preconditionFailure("not an epoch") }
        return epoch
    }()
    static let now = Timestamp(milliseconds: 1_768_471_200_000)  // 2026-01-15T10:00:00Z

    let store = MemoryStore(epoch: epoch, now: now)
    let rules: Rules

    init(dataRules: DataRules = .none, sources: Sources = .none) {
        let (ids, secrets) = (Numbers(), Numbers())
        rules = Rules(
            limits: HubLimits(
                maxMessageBytes: 4096, maxEventBytes: 256, maxBatchEvents: 5,
                maxSubscriptions: 8),
            version: "1.2.3", epoch: Self.epoch, echoPath: nil, queueBytes: 262_144,
            pages: Pages([]) { "d\($0.count)" },
            idempotency: Idempotency(age: .seconds(86_400)) { "digest of \($0)" },
            webhooks: WebhookOptions(
                addresses: AddressRules(), ports: PortRanges([80...80, 443...443]), maxCount: 4,
                makeSecret: { "whsec_\(secrets.next())" }),
            access: Access(
                primitives: .libcrypto,
                makeSecret: {
                    Array(repeating: UInt8(truncatingIfNeeded: secrets.next()), count: $0)
                },
                sources: { sources }),
            dataRules: { dataRules }, makeID: { _ in "id\(ids.next())" })
    }

    /// What the rules make of a request; `nil` where HTTP would not have let it through.
    func react(to line: RequestLine) -> Reaction? {
        do {
            let head = try RequestHead(
                method: line.method,
                target: RequestTarget(line.target, method: line.method), fields: line.fields)
            return rules.react(to: Request(head: head, body: line.body, now: store.now))
        } catch {
            return nil
        }
    }

    /// The response to a request, its reads and writes carried out as the server does it.
    ///
    /// - Parameter line: The request.
    /// - Returns: `nil` where it leads to no response of the rules' own.
    /// - Throws: What the store was given and can not be read again.
    func send(_ line: RequestLine) throws(Finding) -> Response? {
        do throws(EngineError) {
            switch react(to: line) {
            case nil, .openWebSocket, .stream, .testWebhook, .report, .survey, .disconnect:
                return nil
            case .respond(let response): return response
            case .write(let write): return response(try store.run(write), line)
            case .publish(let draft):
                let place = try store.run { transaction throws(EngineError) in
                    .commit(try transaction.append(draft))
                }
                var answers = PlacedAnswers()
                return answers.response(to: draft, at: place)
            case .read(let read): return response(try read(store), line)
            case .changeKeys(let change):
                return response(try store.run(change).map(\.response), line)
            case .issueTicket(_, let response): return response
            case .call(let plan): return response(try store.run(plan.start), line)
            }
        } catch {
            throw Finding(description: "the store is well, and says \(error) to \(line)")
        }
    }

    private func response(_ answer: Reaction.Answer, _ line: RequestLine) -> Response {
        switch answer {
        case .success(let response): response
        case .failure(let problem): problem.response(instance: line.target)
        }
    }
}

/// A request as a fuzzer writes it: method, target and fields on a line with tabs between; then
/// the body.
struct RequestLine: CustomStringConvertible {
    var method: Method
    var target: String
    var fields: Fields = ["Host": "localhost"]
    var body: [UInt8]

    /// Reads one; `nil` for what is none.
    init?(_ text: ArraySlice<UInt8>) {
        let end = text.firstIndex(of: ASCII.lf) ?? text.endIndex
        let words = text[..<end].split(separator: 0x09).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard words.count >= 2, let method = Method(rawValue: words[0]) else { return nil }
        self.method = method
        target = words[1]
        for word in words.dropFirst(2) {
            guard let mark = word.firstIndex(of: ":") else { return nil }
            let value = word[word.index(after: mark)...].drop { $0 == " " }
            guard Fields.isName(String(word[..<mark])),
                value.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
            else { return nil }
            fields.append(String(word[..<mark]), String(value))
        }
        body = Array(text[end...].dropFirst())
    }

    var description: String {
        "\(method.rawValue) \(target) \(String(decoding: body, as: UTF8.self))"
    }
}

/// Hands out 1, 2, 3….
private final class Numbers: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
