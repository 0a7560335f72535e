import Log

/// The border to the engine: records and events in memory, one thread, a clock that is set.
final class MemoryStore: Transaction {
    private struct Key: Hashable {
        var collection: Collection
        var key: String
    }

    private struct Kept {
        var value: [UInt8]
        var expires: Timestamp?
    }

    var now = tenOClock
    private var kept: [Key: Kept] = [:]
    private(set) var drafts: [EventDraft] = []
    /// What a write of any kind throws, once.
    var failure: EngineError?
    /// How many writes go well before that.
    var writesBeforeFailure = 0

    var head: UInt64 { UInt64(drafts.count) }

    /// The announced events: their group, type and payload.
    var events: [String] {
        drafts.map { "\($0.group.name) \($0.type.text) \($0.payloadName)=\(text($0.payload))" }
    }

    /// Carries a write out as the engine does: all of it, or nothing.
    func run<Answer>(
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

    func record(_ collection: Collection, _ key: String) throws(EngineError) -> [UInt8]? {
        guard let record = kept[Key(collection: collection, key: key)], isAlive(record) else {
            return nil
        }
        return record.value
    }

    func records(
        _ collection: Collection, prefix: String, after: String?, limit: Int, descending: Bool
    ) throws(EngineError) -> [Record] {
        let records = kept.filter { key, record in
            key.collection == collection && key.key.hasPrefix(prefix) && isAlive(record)
        }.map { Record(key: $0.key.key, value: $0.value.value) }
            .sorted { descending ? $0.key > $1.key : $0.key < $1.key }
        let rest = records.drop { record in
            guard let after else { return false }
            return descending ? record.key >= after : record.key <= after
        }
        return Array(rest.prefix(limit))
    }

    func count(_ collection: Collection, prefix: String) throws(EngineError) -> Int {
        try records(collection, prefix: prefix, limit: .max).count
    }

    func groups(after: String?, limit: Int) throws(EngineError) -> [GroupSummary] {
        var summaries: [Group: UInt64] = [:]
        for draft in drafts { summaries[draft.group, default: 0] += 1 }
        let all = summaries.map { GroupSummary(group: $0, lastSeq: $1, kept: $1) }
            .filter { $0.group.name > after ?? "" }
            .sorted { $0.group.name < $1.group.name }
        return Array(all.prefix(limit))
    }

    func put(
        _ collection: Collection, _ key: String, _ value: [UInt8], expires: Timestamp?
    ) throws(EngineError) {
        try fail()
        kept[Key(collection: collection, key: key)] = Kept(value: value, expires: expires)
    }

    func delete(_ collection: Collection, _ key: String) throws(EngineError) -> Bool {
        try fail()
        return kept.removeValue(forKey: Key(collection: collection, key: key)) != nil
    }

    func append(_ draft: EventDraft) throws(EngineError) -> Appended {
        try fail()
        drafts.append(draft)
        let seq = drafts.count { $0.group == draft.group }
        return Appended(cursor: cursor(head), seq: UInt64(seq), at: now)
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
