import Log
import Reactor
import SQLite

/// The engine that is built in: one SQLite database in a directory of its own.
///
/// Three threads work behind it, each with a connection of its own: the writer commits, the reader
/// reads, the housekeeper does what must not delay an acknowledgement. SQLite's write-ahead log
/// lets them work side by side.
public final class EmbeddedEngine: Engine {
    public let epoch: Epoch

    private let writes: WorkQueue<WriteRequest>
    private let reads: WorkQueue<ReadRequest>
    private let shared: SharedState
    private let threads: Threads
    private let directory: DataDirectory

    private struct Threads: Sendable {
        var writer: Thread
        var reader: Thread
        var housekeeper: Thread
    }

    /// Opens the database in `path`, or makes one, and starts the threads.
    ///
    /// It blocks while the disk is read. Signals are blocked before (``Signals/block(_:)``).
    ///
    /// - Parameters:
    ///   - path: The data directory; it is made if its parent is there.
    ///   - options: Bounds and retention.
    ///   - clock: Says what time it is; called on the engine's threads, once for each commit.
    ///   - generator: Where a new epoch comes from.
    ///   - observer: Gets each commit's events; called on the writer's thread, after the replies.
    /// - Throws: Why it cannot start; nothing was overwritten.
    public init(
        path: String, options: EngineOptions = EngineOptions(),
        clock: @escaping @Sendable () -> Timestamp,
        generator: some RandomNumberGenerator & Sendable,
        observer: @escaping @Sendable (CommittedBatch) -> Void
    ) throws(StartError) {
        let directory = try DataDirectory(path: path)
        let shared = SharedState()
        let writes = WorkQueue<WriteRequest>(capacity: options.maxQueuedTransactions)
        let reads = WorkQueue<ReadRequest>(capacity: options.maxQueuedReads)
        let database = directory.databasePath

        let (writer, epoch) = try EmbeddedEngine.startThread(named: "engine", database) {
            () throws(StartError) in
            var generator = generator
            let store = try OpenStore(directory, options: options) {
                Epoch.random(using: &generator)
            }
            return try StartError.attempt(database) { () throws(SQLiteError) in
                let writer = try Writer(
                    store, options: options, clock: clock, shared: shared, observer: observer)
                return (store.log.epoch, { writer.run(writes) })
            }
        }
        // If one of the next two fails, the first must not go on holding the lock.
        var isStarted = false
        defer {
            if !isStarted {
                writes.close()
                reads.close()
                writer.join()
            }
        }
        let (reader, _) = try EmbeddedEngine.startThread(named: "engine-read", database) {
            () throws(StartError) in
            try StartError.attempt(database) { () throws(SQLiteError) in
                let reader = try Reader(path: database, options: options, clock: clock)
                return ((), { reader.run(reads) })
            }
        }
        let (housekeeper, _) = try EmbeddedEngine.startThread(named: "engine-house", database) {
            () throws(StartError) in
            try StartError.attempt(database) { () throws(SQLiteError) in
                let housekeeper = try Housekeeper(directory, options: options, shared: shared)
                return ((), { housekeeper.run() })
            }
        }
        isStarted = true
        self.epoch = epoch
        self.directory = directory
        self.shared = shared
        self.writes = writes
        self.reads = reads
        threads = Threads(writer: writer, reader: reader, housekeeper: housekeeper)
    }

    /// Does what waits, sets the mark, and ends the threads; returns when all of it is done.
    ///
    /// What comes from now on is answered `.stopped`; the directory may be opened again. Not to be called on the engine's threads.
    public func stop() {
        writes.close()
        threads.writer.join()
        reads.close()
        threads.reader.join()
        shared.chores.close()
        threads.housekeeper.join()
        directory.unlock()
    }

    public func transact<Answer: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws(EngineError) -> Outcome<Answer>,
        reply: @escaping @Sendable (Result<Answer, EngineError>) -> Void
    ) {
        let outcome = writes.send(WriteRequest(body: body, reply: reply))
        if let refusal = EngineError(refusal: outcome) { reply(.failure(refusal)) }
    }

    public func read<Answer: Sendable>(
        _ body: @escaping @Sendable (any Snapshot) throws(EngineError) -> Answer,
        reply: @escaping @Sendable (Result<Answer, EngineError>) -> Void
    ) {
        let outcome = reads.send { reader in reply(reader.read(body)) }
        if let refusal = EngineError(refusal: outcome) { reply(.failure(refusal)) }
    }

    public func page(
        _ query: PageQuery, reply: @escaping @Sendable (Result<Page, EngineError>) -> Void
    ) {
        let outcome = reads.send { reader in reply(reader.page(query)) }
        if let refusal = EngineError(refusal: outcome) { reply(.failure(refusal)) }
    }

    public func together(_ body: () -> Void) { writes.together(body) }

    public func status() -> EngineStatus {
        var status = shared.status.withLock { $0 }
        status.queued = writes.count
        return status
    }

    /// Starts a thread that opens what it works with, and waits until it has.
    ///
    /// - Parameters:
    ///   - name: What debuggers show.
    ///   - path: What a message is to name.
    ///   - prepare: Called on the thread; what to hand out, and what to do until the end.
    /// - Returns: The thread, and what it hands out.
    /// - Throws: What `prepare` throws; the thread has then ended.
    private static func startThread<Value: Sendable>(
        named name: String, _ path: String,
        _ prepare: @escaping @Sendable () throws(StartError) -> (Value, () -> Void)
    ) throws(StartError) -> (Thread, Value) {
        let prepared = WorkQueue<Result<Value, StartError>>(capacity: 1)
        let thread: Thread
        do throws(SystemError) {
            thread = try Thread.start(name: name) {
                do throws(StartError) {
                    let (value, work) = try prepare()
                    prepared.send(.success(value))
                    work()
                } catch {
                    prepared.send(.failure(error))
                }
            }
        } catch {
            throw .failed(path: path, reason: error.description)
        }
        switch prepared.receive().first {
        case .success(let value): return (thread, value)
        case .failure(let error):
            thread.join()
            throw error
        case nil: preconditionFailure("the queue is never closed")
        }
    }
}

extension EngineError {
    /// Why a queue has not taken a request; `nil` if it has.
    fileprivate init?(refusal outcome: MailOutcome) {
        switch outcome {
        case .delivered: return nil
        case .full: self = .overloaded
        case .closed: self = .stopped
        }
    }
}

extension StartError {
    /// What `body` returns; what SQLite says, as an error of the start.
    fileprivate static func attempt<Value>(
        _ path: String, _ body: () throws(SQLiteError) -> Value
    ) throws(StartError) -> Value {
        do throws(SQLiteError) { return try body() } catch { throw StartError(error, path: path) }
    }
}
