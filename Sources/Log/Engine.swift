/// What becomes of a transaction whose body has ended.
public enum Outcome<Answer: Sendable>: Sendable {
    /// Keep what it did; the answer is given once that is durable.
    case commit(Answer)
    /// Undo what it did; the answer is given all the same.
    case refuse(Answer)
}

/// Why the engine did not do what it was asked; nothing of it was kept.
public enum EngineError: Error, Hashable, Sendable {
    /// No room is left; it works again by itself once there is some.
    case full
    /// Too much waits already; retry with back-off.
    case overloaded
    /// The disk or its driver failed, as the text says; the log cannot be written until a restart.
    case unavailable(String)
    /// The store is damaged, as the text says; a retry does not help.
    case corrupt(String)
    /// The engine was stopped before this was done.
    case stopped
}

/// Keeps the log and the records.
///
/// Every engine passes the same suite, `EngineConformance`; what that does not ask, the hub must
/// not rely on. All calls return at once and may come from any thread.
public protocol Engine: Sendable {
    /// The epoch of all cursors that are given out; it does not change while the engine runs.
    var epoch: Epoch { get }

    /// Reads and writes as one whole.
    ///
    /// Bodies run one after the other, in the order in which they were handed over. A `.success`
    /// says that what was committed survives a crash of this process and of the machine; only then
    /// may it be acknowledged. What is refused, or throws, leaves no trace.
    ///
    /// - Parameters:
    ///   - body: Called at most once, on the engine's thread; it must not block.
    ///   - reply: Called exactly once, in the order of the bodies, on the engine's thread; on the
    ///     caller's for `.overloaded` and `.stopped`. It must not block.
    func transact<Answer: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws(EngineError) -> Outcome<Answer>,
        reply: @escaping @Sendable (Result<Answer, EngineError>) -> Void)

    /// Reads from one consistent view, beside the writer.
    ///
    /// What was replied to before the call is seen.
    ///
    /// - Parameters:
    ///   - body: Called at most once, on a reader's thread.
    ///   - reply: Called exactly once; on the caller's thread for `.overloaded` and `.stopped`.
    func read<Answer: Sendable>(
        _ body: @escaping @Sendable (any Snapshot) throws(EngineError) -> Answer,
        reply: @escaping @Sendable (Result<Answer, EngineError>) -> Void)

    /// Reads a part of the log; its cost is by what is returned, not by what is kept.
    ///
    /// - Parameters:
    ///   - query: Which part.
    ///   - reply: Called exactly once; on the caller's thread for `.overloaded` and `.stopped`.
    func page(_ query: PageQuery, reply: @escaping @Sendable (Result<Page, EngineError>) -> Void)

    /// Hands over all transactions that `body` asks for at once, so that one commit can take
    /// them; without it the first may be committed alone.
    ///
    /// - Parameter body: Asks for transactions, and does nothing that takes time.
    func together(_ body: () -> Void)

    /// How the engine is, as of its last commit.
    func status() -> EngineStatus
}

extension Engine {
    public func together(_ body: () -> Void) { body() }
}

/// Events that have become durable together.
///
/// The engine hands each batch to the one observer that it was started with: on its own thread,
/// in the order of the log, after the replies of their writers. The observer must not block.
public struct CommittedBatch: Sendable {
    /// In the order of the log; never empty.
    public var events: [Event]
    /// The newest position now: no later event will have this or a smaller one.
    public var through: UInt64

    /// Puts together one commit's events.
    public init(events: [Event], through: UInt64) {
        self.events = events
        self.through = through
    }
}

/// Figures of an engine.
public struct EngineStatus: Hashable, Sendable {
    /// The newest position; 0 if there has been no event.
    public var head: UInt64 = 0
    /// The position of the oldest event kept; `head + 1` if there is none.
    public var earliest: UInt64 = 1
    /// How many events are kept.
    public var events: UInt64 = 0
    /// What the kept events count against retention, in bytes.
    public var eventBytes: UInt64 = 0
    /// What the log and the records take on disk, in bytes, without what waits to be sorted in.
    public var diskBytes: UInt64 = 0
    /// Commits since the start.
    public var commits: UInt64 = 0
    /// The most transactions that one commit has taken since the start.
    public var largestCommit = 0
    /// Transactions that wait for the next commit.
    public var queued = 0
    /// Groups that have ever had an event.
    public var groups: UInt64 = 0
    /// Whether the last write worked; `false` until a write, or the engine's own probe, succeeds.
    public var canWrite = true
    /// Why it cannot write; `nil` when it can.
    public var lastError: EngineError?

    /// A fresh engine's figures.
    public init() {}
}
