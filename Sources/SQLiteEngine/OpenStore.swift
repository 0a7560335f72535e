import Log
import SQLite

/// A database that was found fit to work with, on the writer's thread.
struct OpenStore {
    let database: Database
    let log: LogState

    /// Opens the directory's database, makes or migrates it, and settles the epoch.
    ///
    /// - Parameters:
    ///   - directory: Locked by us.
    ///   - options: Where the bounds stand.
    ///   - makeEpoch: Called for a new log, and for one that has lost events.
    /// - Throws: Why it cannot be worked with; a file that is not ours is left as it is.
    init(
        _ directory: DataDirectory, options: EngineOptions, makeEpoch: () -> Epoch
    ) throws(StartError) {
        let path = directory.databasePath
        let mark = try directory.readMark()
        do throws(SQLiteError) {
            database = try Database(path: path, vfs: options.vfs)
        } catch {
            throw StartError(error, path: path)
        }
        let version = try OpenStore.version(of: database, path: path)
        do throws(SQLiteError) {
            try Schema.configure(database)
            if options.maxPages > 0 {
                try database.execute("PRAGMA max_page_count = \(options.maxPages)")
            }
            try Schema.migrate(database, from: version)
            try OpenStore.emptyWriteAheadLog(database)
            log = try OpenStore.settleEpoch(database, mark, makeEpoch)
        } catch {
            throw StartError(error, path: path)
        }
        guard mark?.epoch != log.epoch else { return }
        // Before anyone is given a cursor: a mark of another epoch says that events were lost.
        let cursor = Cursor(epoch: log.epoch, position: log.head)
        do { try directory.write(HighWaterMark(cursor, json: nil)) } catch {
            throw .notWritable(path: directory.path, reason: error.description)
        }
    }

    /// The schema's version, after making sure that the file is ours; reads only.
    private static func version(of database: Database, path: String) throws(StartError) -> Int64 {
        guard !database.isReadOnly else {
            throw .notWritable(path: path, reason: "Permission denied")
        }
        let version: Int64
        let application: Int64
        let objects: Int64
        do throws(SQLiteError) {
            version = try database.integer("PRAGMA user_version") ?? 0
            application = try database.integer("PRAGMA application_id") ?? 0
            objects = try database.integer("SELECT count(*) FROM sqlite_schema") ?? 0
        } catch {
            throw StartError(error, path: path)
        }
        let isFresh = application == 0 && version == 0 && objects == 0
        guard isFresh || application == Schema.applicationID else {
            throw .foreignDatabase(path: path)
        }
        guard version <= Schema.version else {
            throw .newerSchema(path: path, found: version, known: Schema.version)
        }
        return version
    }

    /// Copies what a crash has left in the write-ahead log, and begins it anew.
    ///
    /// If the crash followed a failed fsync, the log's pages may be in memory only, and what is
    /// written behind them would be lost with them; copied and synced they are safe.
    private static func emptyWriteAheadLog(_ database: Database) throws(SQLiteError) {
        do throws(SQLiteError) {
            try database.checkpoint(truncates: true)
        } catch  where error.kind == .full {
            // Reads must go on where the disk is full; the log is copied once there is room.
        }
    }

    /// Holds the log against its mark; the log's state, with a new epoch if it has lost events.
    private static func settleEpoch(
        _ database: Database, _ mark: HighWaterMark?, _ makeEpoch: () -> Epoch
    ) throws(SQLiteError) -> LogState {
        let table = try LogTable(database)
        let events = try EventTable(database)
        guard var row = try table.load() else {
            let log = LogState(epoch: makeEpoch())
            try table.save(log)
            return log
        }
        var log = row
        log.add(try EventTail(events, after: row.saved))
        guard let mark else { return log }
        let json = try events.event(at: mark.position)?.json
        guard mark.isAhead(ofEpoch: log.epoch, head: log.head, json: json) else { return log }
        log.epoch = makeEpoch()
        log.epochBase = log.head
        row.epoch = log.epoch
        row.epochBase = log.epochBase
        try table.save(row)
        return log
    }
}
