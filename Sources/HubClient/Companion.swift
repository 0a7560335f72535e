import Bytes
import HTTP1
import JSON
import Log
import Reactor
import Settings

/// Does what `campana` was asked to do.
///
/// It blocks the calling thread until that is done; not to be used on a loop.
public struct Companion {
    let invocation: ClientInvocation
    let environment: [String: String]
    let version: String
    let console: Console
    /// The hub of `--url`, once it was needed.
    private let hubs = Cache()

    /// Makes a companion.
    ///
    /// - Parameters:
    ///   - invocation: What was asked for.
    ///   - environment: The variables of the process.
    ///   - version: What `campana version` prints.
    public init(_ invocation: ClientInvocation, environment: [String: String], version: String) {
        self.invocation = invocation
        self.environment = environment
        self.version = version
        console = Console(color: invocation.color)
    }

    /// Does it.
    ///
    /// - Returns: How the program is to end; what there was to say has been said.
    public func run() -> ExitStatus {
        Reactor.Process.ignoreBrokenPipes()
        do throws(CompanionError) {
            return try perform(invocation.action)
        } catch {
            if !error.message.isEmpty { console.tell(error.message) }
            return error.status
        }
    }

    private func perform(_ action: ClientAction) throws(CompanionError) -> ExitStatus {
        switch action {
        case .tail(let request): return try tail(request)
        case .verify(let groups): return try verify(groups)
        case .ping(let request): return try ping(request)
        case .importFile(let request): return try importFile(request)
        case .synchroniseERP(let request): return try synchroniseERP(request)
        case .publish(let request): try publish(request)
        case .listTasks: try listTasks()
        case .addTask(let task): try addTask(task)
        case .completeTask(let id): try completeTask(id)
        case .removeTask(let id): try removeTask(id)
        case .webhooks(let action): try webhooks(action)
        case .listConnections(let request): try listConnections(request)
        case .endConnection(let id): try endConnection(id)
        case .listGroups(let request): try listGroups(request)
        case .trace(let request): try trace(request)
        case .explain(let request): try explain(request)
        case .status: try status()
        case .help(let command): try console.print(trimmed(Manual.help(of: command)))
        case .version: try console.print("campana \(version)")
        case .print(.markdown): try console.print(trimmed(Manual.client.reference))
        case .print(.man): try console.print(trimmed(Manual.client.page(section: 1)))
        }
        return .ok
    }

    private func trimmed(_ text: String) -> String {
        text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    // MARK: Shared by commands

    func address(_ text: String? = nil) throws(CompanionError) -> HubAddress {
        do throws(AddressError) {
            return try HubAddress(text ?? invocation.url)
        } catch {
            throw CompanionError(.usage, error.description)
        }
    }

    /// A hub, and what is needed to speak to it.
    struct Hub {
        let address: HubAddress
        let context: ClientContext
    }

    private final class Cache {
        var hub: Hub?
    }

    /// The hub of `--url`: the one that is shown the key.
    func hub() throws(CompanionError) -> Hub {
        if let hub = hubs.hub { return hub }
        let address = try address()
        let credential = try credential(for: address)
        let hub = Hub(
            address: address, context: try context(for: address, showing: credential))
        hubs.hub = hub
        return hub
    }

    func context(
        for address: HubAddress, showing credential: Credential? = nil
    ) throws(CompanionError) -> ClientContext {
        let connector = try connector(for: address)
        do throws(SystemError) {
            return ClientContext(
                loop: try EventLoop(), connector: connector, credential: credential)
        } catch {
            throw CompanionError(.failure, "cannot start: \(error)")
        }
    }

    /// Checks names and patterns before a hub is asked.
    func checked(_ groups: [String]) throws(CompanionError) -> [String] {
        for group in groups {
            do throws(GroupNameError) {
                _ = try GroupPattern(group)
            } catch {
                throw CompanionError(.usage, "\"\(group)\" is no group: \(error.message)")
            }
        }
        return groups
    }

    /// Asks the hub, and takes no answer but a success.
    ///
    /// Where the hub says that it has done nothing, and when to come back, it is asked again then.
    func ask(
        _ method: HTTP1.Method, _ target: String, type: String? = nil, fields: Fields = [:],
        _ content: [UInt8] = []
    ) throws(CompanionError) -> [UInt8] {
        let hub = try hub()
        var fields = fields
        fields.append("Accept", "application/json")
        if let type { fields.append("Content-Type", type) }
        for attempt in 1... {
            let answer = try once(method, target, fields, content)
            if answer.head.status.isSuccessful { return answer.body }
            guard attempt < Asking.maxAttempts, let wait = answer.invitation else {
                throw hub.context.refusal(answer)
            }
            console.tell("\(answer.refusal); trying again in \(Notice.describe(wait))")
            Files.pause(wait)
        }
        return []
    }

    private func once(
        _ method: HTTP1.Method, _ target: String, _ fields: Fields, _ content: [UInt8]
    ) throws(CompanionError) -> Answer {
        let hub = try hub()
        var result: Result<Answer, ExchangeError>?
        Exchange(
            method, target, fields: fields, content: content, at: hub.address, hub.context
        ) { result = $0 }
        while result == nil { hub.context.loop.turn() }
        switch result {
        case .success(let answer)?: return answer
        case .failure(.untrusted(let text))?: throw CompanionError(.failure, text)
        case .failure(let error)?: throw CompanionError(.unreachable, error.description)
        case nil: throw CompanionError(.unreachable, "the hub gave no answer")
        }
    }

    /// Reads what the hub answered.
    func read<Value>(
        _ body: [UInt8], _ decode: ([UInt8]) throws(JSONError) -> Value
    ) throws(CompanionError) -> Value {
        try decoded { () throws(JSONError) in try decode(body) }
    }

    /// Asks for a page of a list.
    func page(of member: String, _ target: String) throws(CompanionError) -> RecordPage {
        try read(try ask(.get, target)) { body throws(JSONError) in
            try RecordPage(body, of: member)
        }
    }

    /// Reads what the hub answered, where that needs more than the body.
    func decoded<Value>(
        _ decode: () throws(JSONError) -> Value
    ) throws(CompanionError) -> Value {
        do throws(JSONError) {
            return try decode()
        } catch {
            throw CompanionError(.failure, "the hub's answer makes no sense: \(error)")
        }
    }
}
