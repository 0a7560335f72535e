/// What a stored record belongs to: tasks, idempotency keys, webhook cursors.
public struct Collection: RawRepresentable, Hashable, Sendable {
    public let rawValue: String

    /// Names a collection; a constant of the program, never a peer's text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// One stored value and its key.
public struct Record: Hashable, Sendable {
    public var key: String
    public var value: [UInt8]

    /// Pairs a key with its value.
    public init(key: String, value: [UInt8]) {
        self.key = key
        self.value = value
    }
}

/// What the log knows of one group.
public struct GroupSummary: Hashable, Sendable {
    public var group: Group
    /// Of its newest event; 0 if it has had none.
    public var lastSeq: UInt64
    /// How many of its events are kept.
    public var kept: UInt64

    /// Puts together what the engine knows.
    public init(group: Group, lastSeq: UInt64, kept: UInt64) {
        self.group = group
        self.lastSeq = lastSeq
        self.kept = kept
    }
}

/// One consistent view of the log and the records.
///
/// It lives for one call of the body that it is handed to, and must not leave it.
public protocol Snapshot {
    /// The position of the newest event; 0 if there has been none.
    ///
    /// In a transaction this counts the events that were appended before, in it and in others of
    /// the same commit.
    var head: UInt64 { get }

    /// The engine's clock, the same for the whole body.
    var now: Timestamp { get }

    /// The value of a record.
    ///
    /// - Parameters:
    ///   - collection: Where to look.
    ///   - key: The whole key.
    /// - Returns: `nil` if there is none, or if it has expired.
    /// - Throws: What failed; the transaction is then undone.
    func record(_ collection: Collection, _ key: String) throws(EngineError) -> [UInt8]?

    /// Records in the order of their keys' bytes.
    ///
    /// - Parameters:
    ///   - collection: Where to look.
    ///   - prefix: What their keys begin with; empty for all.
    ///   - after: The key to go on behind, itself left out; it need not exist.
    ///   - limit: The most to return.
    ///   - descending: Whether to go from the last key to the first.
    /// - Returns: At most `limit` of them; none that has expired.
    /// - Throws: What failed; the transaction is then undone.
    func records(
        _ collection: Collection, prefix: String, after: String?, limit: Int, descending: Bool
    ) throws(EngineError) -> [Record]

    /// How many records have not expired; costs as many steps.
    ///
    /// - Parameters:
    ///   - collection: Where to count.
    ///   - prefix: What their keys begin with; empty for all.
    /// - Returns: The number of them.
    /// - Throws: What failed; the transaction is then undone.
    func count(_ collection: Collection, prefix: String) throws(EngineError) -> Int

    /// Groups that have ever had an event, in the order of their names' bytes.
    ///
    /// - Parameters:
    ///   - after: The name to go on behind; `nil` for the first.
    ///   - limit: The most to return.
    /// - Returns: At most `limit` of them.
    /// - Throws: What failed; the transaction is then undone.
    func groups(after: String?, limit: Int) throws(EngineError) -> [GroupSummary]
}

extension Snapshot {
    /// Records in ascending order, from the first.
    public func records(
        _ collection: Collection, prefix: String = "", limit: Int
    ) throws(EngineError) -> [Record] {
        try records(collection, prefix: prefix, after: nil, limit: limit, descending: false)
    }
}

/// One writer's turn: it sees what was committed and its own writes, and all of it is kept or
/// nothing.
public protocol Transaction: Snapshot {
    /// Makes `value` the value of a record, whether or not there is one.
    ///
    /// - Parameters:
    ///   - collection: Where to keep it.
    ///   - key: The whole key; any text.
    ///   - value: Any bytes.
    ///   - expires: When it is gone by itself; `nil` for never.
    /// - Throws: What failed; the transaction is then undone.
    func put(
        _ collection: Collection, _ key: String, _ value: [UInt8], expires: Timestamp?
    ) throws(EngineError)

    /// Removes a record.
    ///
    /// - Parameters:
    ///   - collection: Where it is.
    ///   - key: The whole key.
    /// - Returns: Whether there was one that had not expired.
    /// - Throws: What failed; the transaction is then undone.
    @discardableResult
    func delete(_ collection: Collection, _ key: String) throws(EngineError) -> Bool

    /// Makes `draft` the newest event of its group and of the log.
    ///
    /// - Parameter draft: What to publish.
    /// - Returns: Where it stands once the transaction has committed.
    /// - Throws: What failed; the transaction is then undone.
    @discardableResult
    func append(_ draft: EventDraft) throws(EngineError) -> Appended
}

extension Transaction {
    /// Makes `value` the value of a record that stays until it is deleted.
    public func put(
        _ collection: Collection, _ key: String, _ value: [UInt8]
    ) throws(EngineError) {
        try put(collection, key, value, expires: nil)
    }
}
