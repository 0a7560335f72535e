import Bytes
import JSON
import Log
import Trust

/// An API key as the hub keeps it: everything but the key.
public struct KeyRecord: Sendable, Equatable {
    static let collection = Collection(rawValue: "keys")
    /// When keys were last used: apart, so that a use never writes a revoked key anew.
    static let uses = Collection(rawValue: "key_uses")

    public var id: String
    /// What people call it; no two keys have one name.
    public var name: String
    /// The system that uses it (seed 001: "sistema"); empty where nobody said.
    public var system: String
    /// As they were written.
    public var grants: [String]
    /// SHA-256 of the whole key.
    public var digest: [UInt8]
    public var created: Timestamp
    /// `nil` for never.
    public var expires: Timestamp?

    /// What people recognize the key by; it gives nothing away.
    var prefix: String { APIKey.prefix + id }

    /// Reads a record; `nil` where no version of ours has written it.
    init?(_ record: [UInt8]) {
        guard case .object(let members)? = try? Value.parse(record) else { return nil }
        var texts: [String: String] = [:]
        var grants: [String] = []
        for member in members {
            switch member.value {
            case .string(let text): texts[member.name] = text
            case .array(let elements):
                for case .string(let text) in elements { grants.append(text) }
            case .null, .bool, .number, .object: break
            }
        }
        guard let id = texts["id"], let name = texts["name"],
            let digest = texts["digest"].flatMap(Base64.decode),
            let created = texts["created_at"].flatMap(Timestamp.init(rfc3339:))
        else { return nil }
        self.id = id
        self.name = name
        system = texts["system"] ?? ""
        self.grants = grants
        self.digest = digest
        self.created = created
        expires = texts["expires_at"].flatMap(Timestamp.init(rfc3339:))
    }

    init(draft: KeyDraft, key: APIKey, primitives: Primitives, now: Timestamp) {
        id = key.id
        name = draft.name
        system = draft.system
        grants = draft.grants
        digest = key.digest(primitives)
        created = now
        expires = draft.expires
    }

    /// What is stored.
    var record: [UInt8] {
        var json = Writer()
        json.object { json in
            writeMembers(to: &json)
            json.member("digest", Base64.encode(digest))
        }
        return json.bytes
    }

    /// What is shown.
    ///
    /// - Parameters:
    ///   - lastUsed: The day of the last use; `nil` where there was none.
    ///   - secret: The key itself, on the one occasion on which it is shown.
    /// - Returns: A JSON object.
    func json(lastUsed: String?, secret: String? = nil) -> [UInt8] {
        var json = Writer()
        json.object { json in
            writeMembers(to: &json)
            json.member("prefix", prefix)
            json.member("last_used", orNull: lastUsed)
            if let secret { json.member("key", secret) }
        }
        return json.bytes
    }

    private func writeMembers(to json: inout Writer) {
        json.member("id", id)
        json.member("name", name)
        json.member("system", system)
        json.member("grants") { json in
            json.array { json in for grant in grants { json.string(grant) } }
        }
        json.member("created_at", created.rfc3339)
        json.member("expires_at", orNull: expires?.rfc3339)
    }

    /// As whom its bearer is known.
    var principal: Principal {
        Principal(
            name: "key:\(name)", grants: (try? Grant.parse(grants)) ?? [], expires: expires,
            keyID: id)
    }
}

/// All keys, as loops ask for them: it is replaced as a whole after a change has committed.
public struct Keyring: Sendable {
    /// A key, ready to be asked for.
    private struct Entry {
        var digest: [UInt8]
        var principal: Principal
    }

    /// The most keys of one hub.
    public static let maxKeys = 10_000

    private var entries: [String: Entry] = [:]

    /// Makes a ring without keys.
    public init() {}

    /// Reads all keys.
    ///
    /// - Parameter snapshot: Of the store.
    /// - Throws: What failed.
    public init(_ snapshot: any Snapshot) throws(EngineError) {
        let records = try snapshot.records(KeyRecord.collection, limit: Self.maxKeys)
        for record in records.lazy.compactMap({ KeyRecord($0.value) }) { add(record) }
    }

    /// Whether there is no key, not even one that has expired.
    public var isEmpty: Bool { entries.isEmpty }

    /// Who the keys are of, in no particular order.
    public var principals: [Principal] { entries.values.map(\.principal) }

    mutating func add(_ record: KeyRecord) {
        entries[record.id] = Entry(digest: record.digest, principal: record.principal)
    }

    mutating func remove(_ id: String) { entries[id] = nil }

    /// Whether a key is there that has not been revoked.
    public func contains(_ id: String) -> Bool { entries[id] != nil }

    /// Whose key it is.
    ///
    /// - Parameters:
    ///   - text: What was shown.
    ///   - now: The time.
    ///   - primitives: The functions to compare by.
    /// - Returns: Who they are.
    /// - Throws: 401; the same for a key that never was as for one whose secret is wrong.
    func principal(
        of text: String, now: Timestamp, primitives: Primitives
    ) throws(Problem) -> Principal {
        guard let key = APIKey(text), let entry = entries[key.id],
            primitives.areEqual(entry.digest, key.digest(primitives))
        else { throw .unauthenticated("the key is unknown or was revoked") }
        if let expires = entry.principal.expires, expires <= now {
            throw .unauthenticated("the key has expired; ask for another")
        }
        return entry.principal
    }
}

/// What has become of the keys, once it is durable.
public enum KeyChange: Sendable {
    case added(KeyRecord)
    case removed(id: String)

    /// Carries it out on the ring that loops ask.
    public func apply(to ring: inout Keyring) {
        switch self {
        case .added(let record): ring.add(record)
        case .removed(let id): ring.remove(id)
        }
    }
}
