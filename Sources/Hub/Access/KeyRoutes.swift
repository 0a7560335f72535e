import HTTP1
import JSON
import Log
import Trust

/// `/keys` (WIRE §6): keys are made, listed and revoked; a key itself is shown once.
struct KeyRoutes: Sendable {
    let limits: HubLimits
    let idempotency: Idempotency
    let access: Access

    static let group = Group(literal: "$sys:keys")
    /// The key of a name.
    static let names = Collection(rawValue: "key_names")

    // MARK: All

    func list(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.admin, on: Self.group)
        let limit = try request.limit()
        let after = request.head.target.queryValue("after")
        return .read { snapshot throws(EngineError) in
            let page = try RecordPage(
                snapshot, KeyRecord.collection, after: after, limit: limit
            ) { record throws(EngineError) in
                guard let key = KeyRecord(record.value) else { return nil }
                return key.json(lastUsed: try snapshot.lastUse(of: key.id))
            }
            return .success(.json(.ok, page.json("keys"), fields: .noStore))
        }
    }

    func create(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.admin, on: Self.group)
        try request.requireJSON()
        let draft = try KeyDraft(request.body, limits: limits.json, now: request.now)
        try requireOwned(draft.grants, by: request.principal)
        let key = APIKey(
            id: access.makeSecret(APIKey.idBytes), secret: access.makeSecret(APIKey.secretBytes))
        let record = KeyRecord(
            draft: draft, key: key, primitives: access.primitives, now: request.now)
        let write: Reaction.Write = { transaction throws(EngineError) in
            if let id = try transaction.record(Self.names, record.name) {
                return .refuse(.failure(.nameTaken(record.name, id)))
            }
            guard try transaction.count(KeyRecord.collection, prefix: "") < Keyring.maxKeys else {
                return .refuse(
                    .failure(Problem(.conflict, "there are \(Keyring.maxKeys) keys; revoke some")))
            }
            try transaction.put(KeyRecord.collection, record.id, record.record)
            try transaction.put(Self.names, record.name, Array(record.id.utf8))
            try transaction.append(record.draft(.created))
            return .commit(.success(.json(.created, record.json(lastUsed: nil), fields: .noStore)))
        }
        // What is remembered is without the secret: with its answer, a key is lost.
        let once = try request.idempotencyKey().map { name in
            idempotency.once(name, operation: "POST /keys", content: request.body, write)
        }
        let shown = Response.shown(record, key)
        return .changeKeys { transaction throws(EngineError) in
            switch try (once ?? write)(transaction) {
            case .commit(.success):
                return .commit(.success(KeyAnswer(response: shown, change: .added(record))))
            case .commit(.failure(let problem)), .refuse(.failure(let problem)):
                return .refuse(.failure(problem))
            case .refuse(.success(let remembered)):
                return .refuse(.success(KeyAnswer(response: remembered, change: nil)))
            }
        }
    }

    /// Nobody gives what they do not have.
    private func requireOwned(_ texts: [String], by principal: Principal) throws(Problem) {
        var faults = BodyFaults()
        for (index, text) in texts.enumerated() {
            for grant in (try? Grant.parse(text)) ?? []
            where !principal.may(grant.action, all: grant.pattern) {
                faults.add(
                    "/grants/\(index)",
                    "\(grant.action.rawValue):\(grant.pattern.text) is not yours to grant")
            }
        }
        guard faults.faults.isEmpty else {
            throw Problem(
                .forbidden, "you can grant only what is granted to you", faults: faults.faults)
        }
    }

    // MARK: One

    func read(_ request: Request, _ text: String) throws(Problem) -> Reaction {
        try request.principal.require(.admin, on: Self.group)
        return .read { snapshot throws(EngineError) in
            guard let key = try snapshot.key(text) else { return .failure(.noKey(text)) }
            let lastUsed = try snapshot.lastUse(of: key.id)
            return .success(.json(.ok, key.json(lastUsed: lastUsed), fields: .noStore))
        }
    }

    func revoke(_ request: Request, _ text: String) throws(Problem) -> Reaction {
        try request.principal.require(.admin, on: Self.group)
        return .changeKeys { transaction throws(EngineError) in
            guard let key = try transaction.key(text) else {
                return .refuse(.failure(.noKey(text)))
            }
            try transaction.delete(KeyRecord.collection, key.id)
            try transaction.delete(KeyRecord.uses, key.id)
            try transaction.delete(Self.names, key.name)
            try transaction.append(key.draft(.revoked))
            return .commit(
                .success(KeyAnswer(response: Response(.noContent), change: .removed(id: key.id))))
        }
    }
}

/// What happened to a key.
enum KeyEvent: String, Announcement {
    case created = "key_created"
    case revoked = "key_revoked"
}

extension KeyRecord {
    /// The event that announces a change of this key; it has no secret in it.
    fileprivate func draft(_ event: KeyEvent) -> EventDraft {
        EventDraft(
            group: KeyRoutes.group, type: event.type, payloadName: "key",
            payload: json(lastUsed: nil))
    }
}

/// What a change of the keys leads to, once it is durable.
public struct KeyAnswer: Sendable {
    public var response: Response
    /// `nil` where nothing was changed.
    public var change: KeyChange?
}

extension Response {
    /// The one answer that has a key in it.
    fileprivate static func shown(_ record: KeyRecord, _ key: APIKey) -> Response {
        var fields = Fields.noStore
        fields.append("Location", "/keys/\(record.id)")
        return .json(.created, record.json(lastUsed: nil, secret: key.text), fields: fields)
    }
}

extension Snapshot {
    /// A key by its id, its prefix or its name.
    fileprivate func key(_ text: String) throws(EngineError) -> KeyRecord? {
        let id = text.hasPrefix(APIKey.prefix) ? String(text.dropFirst(3)) : text
        if let record = try record(KeyRecord.collection, id) { return KeyRecord(record) }
        guard let id = try record(KeyRoutes.names, text),
            let record = try record(KeyRecord.collection, String(decoding: id, as: UTF8.self))
        else { return nil }
        return KeyRecord(record)
    }

    fileprivate func lastUse(of id: String) throws(EngineError) -> String? {
        try record(KeyRecord.uses, id).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension Problem {
    fileprivate static func noKey(_ text: String) -> Problem {
        Problem(.notFound, "there is no key of this id or name: \"\(text.prefix(19))\"")
    }

    fileprivate static func nameTaken(_ name: String, _ id: [UInt8]) -> Problem {
        Problem(
            .conflict,
            "the key \(APIKey.prefix)\(String(decoding: id, as: UTF8.self)) is called "
                + "\"\(name)\"; revoke it, or choose another name")
    }
}

/// That a key was used, noted to the hour.
public enum KeyUse {
    /// The hour of a moment.
    public static func hour(_ now: Timestamp) -> Int64 { now.milliseconds / 3_600_000 }

    /// Notes that a key was used, if it is still there.
    ///
    /// - Parameters:
    ///   - id: The key's.
    ///   - hour: When.
    /// - Returns: The write.
    public static func note(_ id: String, hour: Int64) -> Reaction.Write {
        { transaction throws(EngineError) in
            guard try transaction.record(KeyRecord.collection, id) != nil else {
                return .refuse(.success(Response(.noContent)))
            }
            let time = Timestamp(milliseconds: hour * 3_600_000).rfc3339
            try transaction.put(KeyRecord.uses, id, Array(time.utf8))
            return .commit(.success(Response(.noContent)))
        }
    }
}
