import Log

/// The border to the engine: records and events in memory, one thread, a clock that is set.
public final class MemoryStore: Transaction {
    /// Keys are compared as a disk does it, octet by octet: two ways to write "é" are two keys.
    fileprivate struct Key: Hashable {
        var collection: Collection
        var octets: [UInt8]

        init(collection: Collection, key: String) {
            self.collection = collection
            octets = Array(key.utf8)
        }
    }

    fileprivate struct Kept: Equatable {
        var value: [UInt8]
        var expires: Timestamp?
    }

    /// All that is kept, to be compared.
    public struct Contents: Equatable {
        fileprivate var kept: [Key: Kept]
        fileprivate var draftCount: Int
    }

    /// The clock, which stands still.
    public var now: Timestamp
    private let epoch: Epoch
    private var kept: [Key: Kept] = [:]
    public private(set) var drafts: [EventDraft] = []
    /// What a write of any kind throws, once.
    public var failure: EngineError?
    /// How many writes go well before that.
    public var writesBeforeFailure = 0

    /// Makes an empty store.
    public init(epoch: Epoch, now: Timestamp) {
        self.epoch = epoch
        self.now = now
    }

    public var head: UInt64 { UInt64(drafts.count) }

    /// The records, and how many events were announced.
    public var contents: Contents { Contents(kept: kept, draftCount: drafts.count) }

    /// The announced events: their group, type and payload.
    public var events: [String] {
        drafts.map { draft in
            let payload = String(decoding: draft.payload, as: UTF8.self)
            return "\(draft.group.name) \(draft.type.text) \(draft.payloadName.text)=\(payload)"
        }
    }

    /// Carries a write out as the engine does: all of it, or nothing.
    public func run<Answer>(
        _ body: (any Transaction) throws(EngineError) -> Outcome<Answer>
    ) throws(EngineError) -> Answer {
        let before = (kept, drafts)
        do throws(EngineError) {
            switch try body(self) {
            case .commit(let answer): return answer
            case .refuse(let answer):
                (kept, drafts) = before
                return answer
            }
        } catch {
            (kept, drafts) = before
            throw error
        }
    }

    public func record(_ collection: Collection, _ key: String) throws(EngineError) -> [UInt8]? {
        guard let record = kept[Key(collection: collection, key: key)], isAlive(record) else {
            return nil
        }
        return record.value
    }

    public func records(
        _ collection: Collection, prefix: String, after: String?, limit: Int, descending: Bool
    ) throws(EngineError) -> [Record] {
        let all = kept.filter { key, record in
            key.collection == collection && key.octets.starts(with: prefix.utf8) && isAlive(record)
        }.sorted { one, other in
            let (first, second) = descending ? (other, one) : (one, other)
            return first.key.octets.lexicographicallyPrecedes(second.key.octets)
        }
        let rest = all.drop { record in
            guard let after = after.map({ Array($0.utf8) }), after != record.key.octets else {
                return after != nil
            }
            return after.lexicographicallyPrecedes(record.key.octets) == descending
        }
        return rest.prefix(limit).map { key, record in
            Record(key: String(decoding: key.octets, as: UTF8.self), value: record.value)
        }
    }

    public func count(_ collection: Collection, prefix: String) throws(EngineError) -> Int {
        try records(collection, prefix: prefix, limit: .max).count
    }

    public func groups(after: String?, limit: Int) throws(EngineError) -> [GroupSummary] {
        var summaries: [Group: UInt64] = [:]
        for draft in drafts { summaries[draft.group, default: 0] += 1 }
        let all = summaries.map { GroupSummary(group: $0, lastSeq: $1, kept: $1) }
            .filter { $0.group.name > after ?? "" }
            .sorted { $0.group.name < $1.group.name }
        return Array(all.prefix(limit))
    }

    public func put(
        _ collection: Collection, _ key: String, _ value: [UInt8], expires: Timestamp?
    ) throws(EngineError) {
        try fail()
        kept[Key(collection: collection, key: key)] = Kept(value: value, expires: expires)
    }

    public func delete(_ collection: Collection, _ key: String) throws(EngineError) -> Bool {
        try fail()
        return kept.removeValue(forKey: Key(collection: collection, key: key)) != nil
    }

    public func append(_ draft: EventDraft) throws(EngineError) -> Appended {
        try fail()
        drafts.append(draft)
        let seq = drafts.count { $0.group == draft.group }
        return Appended(cursor: Cursor(epoch: epoch, position: head), seq: UInt64(seq), at: now)
    }

    private func isAlive(_ record: Kept) -> Bool { record.expires.map { $0 > now } ?? true }

    private func fail() throws(EngineError) {
        guard let failure else { return }
        guard writesBeforeFailure == 0 else {
            writesBeforeFailure -= 1
            return
        }
        self.failure = nil
        throw failure
    }
}
