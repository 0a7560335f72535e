import Log
import Reactor
import SQLite

/// The engine's one writer, confined to its thread.
///
/// The way of a batch: take what waits → begin → bodies → a little trimming → commit (fsync) →
/// replies → observer. Nothing is told to anyone before the commit has returned.
final class Writer {
    /// Whether commits are tried.
    private enum Condition {
        case writable
        /// The last one failed for a reason that may pass: the next request, or a probe, tries.
        case retrying(EngineError)
        /// The disk failed. What a failed fsync has left on it is not known, and a second fsync
        /// may wrongly succeed (fsync(2)), so nothing is acknowledged until a restart.
        case failed(EngineError)
    }

    /// How often a commit is tried while the disk is full and nobody asks for one.
    private static let probeInterval = Duration.seconds(1)
    /// The most events or records that one step of maintenance removes: about 5 ms.
    private static let stepRows = 1000

    private let database: Database
    private let transaction: WriteTransaction
    private let maintenance: Maintenance
    private let options: EngineOptions
    private let clock: @Sendable () -> Timestamp
    private let observer: @Sendable (CommittedBatch) -> Void
    private let shared: SharedState
    private var checkpoints: CheckpointSchedule
    private let beginStatement: Statement
    private let commitStatement: Statement
    private let rollbackStatement: Statement
    private var condition = Condition.writable

    init(
        _ store: OpenStore, options: EngineOptions, clock: @escaping @Sendable () -> Timestamp,
        shared: SharedState, observer: @escaping @Sendable (CommittedBatch) -> Void
    ) throws(SQLiteError) {
        database = store.database
        self.options = options
        self.clock = clock
        self.shared = shared
        self.observer = observer
        let tables = try Tables(database)
        transaction = try WriteTransaction(database, tables, log: store.log)
        transaction.nextExpiry = try tables.records.nextExpiry()
        maintenance = try Maintenance(database, tables, options)
        checkpoints = CheckpointSchedule(pages: options.checkpointPages)
        beginStatement = try database.prepare("BEGIN IMMEDIATE")
        commitStatement = try database.prepare("COMMIT")
        rollbackStatement = try database.prepare("ROLLBACK")
        publishStatus(committed: 0)
    }

    /// Commits what comes until the queue is closed and empty.
    func run(_ queue: WorkQueue<WriteRequest>) {
        while true {
            let requests = pause().map { queue.receive(within: $0) } ?? queue.receive()
            if requests.isEmpty {
                if queue.isAtEnd { return }
                commit([])
            }
            var rest = requests[...]
            while !rest.isEmpty { commit(takeRequests(&rest)) }
        }
    }

    /// How long to wait for requests before maintenance or a probe is due; `nil` for ever.
    private func pause() -> Duration? {
        switch condition {
        case .retrying: return Writer.probeInterval
        case .failed: return nil
        case .writable:
            guard let due = maintenance.due(transaction) else { return nil }
            return min(max(due - clock(), .zero), .seconds(60))
        }
    }

    private func takeRequests(
        _ requests: inout ArraySlice<WriteRequest>
    ) -> ArraySlice<WriteRequest> {
        defer { requests = requests.dropFirst(options.maxTransactionsPerCommit) }
        return requests.prefix(options.maxTransactionsPerCommit)
    }

    /// Commits `requests` together and answers them in their order; with none, maintains the log
    /// and so finds out whether commits work.
    private func commit(_ requests: ArraySlice<WriteRequest>) {
        if case .failed(let error) = condition {
            return requests.forEach { $0.reject(error) }
        }
        var waiting = requests
        repeat {
            var settlements: [WriteRequest.Settlement] = []
            let before = transaction.log
            do throws(SQLiteError) {
                transaction.begin(now: clock())
                try beginStatement.run()
                while let request = waiting.popFirst() {
                    settlements.append(request.run(in: transaction))
                    if let failure = transaction.failure { throw failure }
                    if transaction.bytes >= options.maxBytesPerCommit { break }
                }
                try finish(isIdle: requests.isEmpty)
                try commitStatement.run()
            } catch {
                let failure = undo(error, to: before)
                settlements.forEach { $0(failure) }
                return waiting.forEach { $0.reject(failure) }
            }
            condition = .writable
            publishStatus(committed: settlements.count)
            settlements.forEach { $0(nil) }
            announce()
        } while !waiting.isEmpty
    }

    /// Adds what is due to the open transaction, and writes what it holds back.
    private func finish(isIdle: Bool) throws(SQLiteError) {
        guard transaction.hasChanges || isIdle else { return }
        let rows =
            isIdle
            ? Writer.stepRows
            // Twice what comes, so that removal keeps up with it and catches up.
            : 64 + 2 * (transaction.events.count + transaction.recordChanges)
        try transaction.writeRun()
        // What is trimmed is noted in the groups' rows, which must then tell of it.
        let saves = isIdle || transaction.isSaveDue || maintenance.isTrimDue(transaction)
        try transaction.flushGroups(all: saves)
        try maintenance.run(transaction, rows: rows, trims: saves, isIdle: isIdle)
        if saves { try transaction.saveLog() }
    }

    /// Undoes what the database has not undone already; what to tell those who waited.
    private func undo(_ error: SQLiteError, to log: LogState) -> EngineError {
        let failure = EngineError(error)
        do throws(SQLiteError) {
            if database.isInTransaction { try rollbackStatement.run() }
            try transaction.revert(to: log)
            maintenance.forget()
            condition =
                error.kind == .full || error.kind == .busy ? .retrying(failure) : .failed(failure)
        } catch {
            condition = .failed(failure)
        }
        // Where the log has grown to the end of the disk, copying it makes room in it.
        if error.kind == .full { shared.requestCheckpoint() }
        shared.status.withLock {
            $0.canWrite = false
            $0.lastError = failure
        }
        return failure
    }

    /// Tells the rest of the engine, and the observer, what has become durable.
    private func announce() {
        checkpoints.committed(database, shared)
        guard let last = transaction.events.last else { return }
        let cursor = Cursor(epoch: transaction.log.epoch, position: last.position)
        shared.advanceMark(to: cursor, json: last.json)
        observer(CommittedBatch(events: transaction.events, through: transaction.log.head))
    }

    private func publishStatus(committed: Int) {
        let log = transaction.log
        shared.status.withLock { status in
            status.head = log.head
            status.earliest = log.trimmed + 1
            status.events = log.events
            status.eventBytes = log.bytes
            status.groups = transaction.groupCount
            status.diskBytes = UInt64(maintenance.pageCount * Schema.pageBytes)
            status.commits += committed > 0 ? 1 : 0
            status.largestCommit = max(status.largestCommit, committed)
            status.canWrite = true
            status.lastError = nil
        }
    }
}
