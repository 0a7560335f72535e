import Log

/// How long events are kept: one that is past any of the limits goes, oldest first.
public struct Retention: Equatable, Sendable {
    /// The oldest that an event may be; `nil` for no limit.
    public var age: Duration?
    /// The most events kept; `nil` for no limit.
    public var events: UInt64?
    /// The most that the kept events may take, in bytes: their JSON and 48 for each.
    public var bytes: UInt64?

    /// Keeps what is within all limits that are given; everything if none is.
    public init(age: Duration? = nil, events: UInt64? = nil, bytes: UInt64? = nil) {
        self.age = age
        self.events = events
        self.bytes = bytes
    }
}

/// Bounds of a ``EmbeddedEngine``, and what tests put in the system's place.
public struct EngineOptions: Sendable {
    public var retention = Retention()
    /// Groups that nobody publishes to any more by the time when their events are past retention.
    ///
    /// They are forgotten then, and what they have lost is told of all of them together. One that
    /// is published to after that begins anew, with 1.
    public var transientGroups: GroupPattern?
    /// Transactions that wait for the writer; one more is answered `.overloaded`.
    public var maxQueuedTransactions = 65_536
    /// Reads and pages that wait for the reader; one more is answered `.overloaded`.
    public var maxQueuedReads = 65_536
    /// Transactions that one commit takes: its fsync serves so many, and its first waits for all.
    public var maxTransactionsPerCommit = 1024
    /// Bytes of events and records after which a commit takes no further transaction.
    public var maxBytesPerCommit = 8 << 20
    /// Pages of 4 KiB in the write-ahead log from which on it is copied into the database.
    public var checkpointPages = 1000
    /// The most pages that the database may have; 0 for SQLite's own limit.
    public var maxPages = 0
    /// The name of a registered SQLite VFS; `nil` for the system's own.
    public var vfs: String?

    /// The defaults.
    public init() {}
}
