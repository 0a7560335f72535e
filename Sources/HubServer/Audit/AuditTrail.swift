import Audit
import HTTP1
import Hub
import Log
import Reactor

/// What one connection leaves in the audit log; only where there is one.
///
/// It belongs to the connection's loop. What is done on another thread takes a ``Mark`` along.
final class AuditTrail {
    let log: AuditLog
    /// The other end of the connection.
    private let peer: String
    /// Whom a trusted proxy says that the WebSocket or the stream is for.
    private var client: String?
    private let openedAt: EventLoop.Instant
    /// The first code of a Close frame; `nil` where none was exchanged.
    private var closeCode: UInt16?

    init(_ log: AuditLog, from peer: String, now: EventLoop.Instant) {
        self.log = log
        self.peer = peer
        openedAt = now
    }

    /// Somebody has done something.
    func post(
        _ who: String, _ did: String, on: String, entity: String? = nil, outcome: String,
        took duration: Duration = .zero, client asked: String? = nil
    ) {
        let client = asked ?? client
        log.post(
            Entry(
                at: log.clock(), who: who, from: client ?? peer, via: client.map { _ in peer },
                did: did, on: on, entity: entity, outcome: outcome,
                milliseconds: duration.wholeMilliseconds))
    }

    // MARK: HTTP

    /// A request that is not answered yet.
    final class Asked {
        let who: String
        /// Whom a trusted proxy says that it comes from.
        let client: String?
        /// The service that it names, and proves to be where it is taken.
        let source: String?
        let method: String
        let path: String
        /// The one event that is published.
        let published: EventDraft?
        /// The command that is sent.
        let command: String?

        init(
            who: String, client: String?, source: String?, method: String, path: String,
            published: EventDraft?, command: String?
        ) {
            self.who = who
            self.client = client
            self.source = source
            self.method = method
            self.path = path
            self.published = published
            self.command = command
        }
    }

    /// Takes note of a request.
    func asked(_ request: Hub.Request, _ reaction: Reaction) -> Asked {
        Asked(
            who: request.principal.name, client: request.forwarded.map { "\($0)" },
            source: request.sourceName,
            method: request.head.method.rawValue,
            path: request.head.target.path, published: reaction.published,
            command: request.commandName)
    }

    /// A request was answered; a plain read leaves nothing.
    func answered(_ asked: Asked, _ response: Response, took duration: Duration) {
        let status = Int(response.status.rawValue)
        guard log.scope.covers(method: asked.method, path: asked.path, status: status) else {
            return
        }
        let made = response.fields.first("location")?.split(separator: "/").last.map(String.init)
        post(asked, made: made, outcome: "\(status)", took: duration)
    }

    /// Who has asked is gone; whatever it was may have been done.
    func unanswered(_ asked: Asked, took duration: Duration) {
        guard log.scope.covers(method: asked.method, path: asked.path, status: 200) else { return }
        post(asked, made: nil, outcome: "unanswered", took: duration)
    }

    private func post(_ asked: Asked, made: String?, outcome: String, took duration: Duration) {
        let path = asked.path.auditedPath
        // A signature is looked at before all else, so what was taken was signed.
        let isSigned = asked.who == Principal.nobody.name && outcome.hasPrefix("2")
        let who = isSigned ? asked.source.map { "source:\($0)" } : nil
        let entity = [asked.command, asked.published?.type.text, made].compactMap(\.self)
        post(
            who ?? asked.who, "\(asked.method) \(path)", on: asked.published?.group.name ?? path,
            entity: entity.isEmpty ? nil : entity.joined(separator: " "), outcome: outcome,
            took: duration, client: asked.client)
    }

    // MARK: WebSockets and streams

    /// A connection became a WebSocket or a stream of somebody who has said who they are.
    func connected(_ identity: Identity?, _ request: Hub.Request, status: Int) {
        client = request.forwarded.map { "\($0)" }
        guard let identity else { return }
        let path = request.head.target.path.auditedPath
        post(identity.principal.name, "connect", on: path, outcome: "\(status)")
    }

    /// A Close frame is sent, of our own or in answer.
    func closes(_ code: UInt16?) { closeCode = closeCode ?? code ?? 1005 }

    /// It is gone.
    func ended(_ identity: Identity?, now: EventLoop.Instant, without: String) {
        guard let identity else { return }
        post(
            identity.principal.name, "disconnect", on: "",
            outcome: closeCode.map { "\($0)" } ?? without, took: now - openedAt)
    }

    /// Groups were subscribed to, or were not.
    func subscribed(_ identity: Identity?, _ request: SubscribeRequest, isGranted: Bool) {
        if !request.forbidden.isEmpty {
            post(identity.name, "subscribe", on: request.forbidden.names, outcome: "forbidden")
        }
        guard !request.patterns.isEmpty else { return }
        post(
            identity.name, "subscribe", on: request.patterns.names,
            outcome: isGranted ? "granted" : Failure.tooManySubscriptions.rawValue)
    }

    func unsubscribed(_ identity: Identity?, _ patterns: [GroupPattern]) {
        post(identity.name, "unsubscribe", on: patterns.names, outcome: "done")
    }

    // MARK: What other threads finish

    /// What is under way, for whichever thread learns what came of it.
    struct Mark: Sendable {
        let log: AuditLog
        let entry: Entry

        /// It is done with.
        func end(_ outcome: String) {
            var entry = entry
            entry.at = log.clock()
            entry.milliseconds = (entry.at - self.entry.at).wholeMilliseconds
            entry.outcome = outcome
            log.post(entry)
        }

        /// A publish is done with.
        func end(_ result: Result<Reaction.Answer, EngineError>) {
            switch result {
            case .success(.success(let response)): end("\(response.status.rawValue)")
            case .success(.failure(let problem)): end(problem.failure.rawValue)
            case .failure(let error): end(Failure(error).rawValue)
            }
        }

        /// A notification was to be marked as read.
        func end(_ result: Result<MarkRead.Effect, EngineError>) {
            switch result {
            case .success(.marked), .success(.wasRead): end("done")
            case .success(.unknown): end(Failure.notFound.rawValue)
            case .failure(let error): end(Failure(error).rawValue)
            }
        }
    }

    /// Holds a message that writes to what can be audited.
    func requireWritable(ref: [UInt8]?) throws(MessageFault) {
        guard log.refusesWrites else { return }
        let refusal = AuditLog.refusal
        throw MessageFault(failure: refusal.failure, detail: refusal.detail, ref: ref)
    }

    /// Takes note of what a WebSocket asks for.
    func begin(_ identity: Identity?, _ did: String, on: String, entity: String? = nil) -> Mark {
        Mark(
            log: log,
            entry: Entry(
                at: log.clock(), who: identity.name, from: client ?? peer,
                via: client.map { _ in peer }, did: did, on: on, entity: entity,
                outcome: ""))
    }
}

extension Identity? {
    fileprivate var name: String { self?.principal.name ?? Principal.anyone.name }
}

extension [GroupPattern] {
    fileprivate var names: String { map(\.text).joined(separator: " ") }
}

extension Reaction {
    /// The event of a request that publishes one.
    fileprivate var published: EventDraft? {
        if case .publish(let draft) = self { draft } else { nil }
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
