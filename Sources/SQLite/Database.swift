import CSQLite

/// One connection to a database file.
///
/// It stays on the thread that made it, and so do its statements. Closed when it and all of them
/// are gone; whatever transaction is open then is undone.
@safe
public final class Database {
    private let connection: OpaquePointer

    /// How many pages the write-ahead log held after this connection's last commit.
    public private(set) var walPages = 0

    /// Opens a database, and makes it if there is none.
    ///
    /// - Parameters:
    ///   - path: The file; SQLite puts `-wal` and `-shm` beside it.
    ///   - vfs: The name of a registered VFS; `nil` for the system's own.
    /// - Throws: What SQLite says; most damage shows only when the file is first read.
    public init(path: String, vfs: String? = nil) throws(SQLiteError) {
        var connection: OpaquePointer?
        let flags =
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code =
            if let vfs { unsafe sqlite3_open_v2(path, &connection, flags, vfs) } else {
                unsafe sqlite3_open_v2(path, &connection, flags, nil)
            }
        guard let connection = unsafe connection else {
            throw SQLiteError(code: code, message: "out of memory")
        }
        unsafe self.connection = connection
        try check(code)
        // This also turns SQLite's own checkpoints off: they are the owner's to ask for.
        unsafe sqlite3_wal_hook(
            connection,
            { context, _, _, pages in
                guard let context = unsafe context else { return SQLITE_OK }
                let database = unsafe Unmanaged<Database>.fromOpaque(context)
                unsafe database.takeUnretainedValue().walPages = Int(pages)
                return SQLITE_OK
            }, unsafe Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        // v2: the last statement takes the connection along, whatever goes first.
        unsafe sqlite3_close_v2(connection)
    }

    /// Whether the file can only be read.
    public var isReadOnly: Bool { unsafe sqlite3_db_readonly(connection, "main") == 1 }

    /// Whether a transaction is open; some errors end it (`SQLITE_FULL`, `SQLITE_IOERR`).
    public var isInTransaction: Bool { unsafe sqlite3_get_autocommit(connection) == 0 }

    /// How many rows the last statement has inserted, changed or removed.
    public var changes: Int { Int(unsafe sqlite3_changes64(connection)) }

    /// How long a statement waits for another connection's lock.
    ///
    /// - Parameter milliseconds: 0 for not at all.
    public func setBusyTimeout(milliseconds: Int32) {
        unsafe sqlite3_busy_timeout(connection, milliseconds)
    }

    /// Compiles one statement, to be used again and again.
    ///
    /// - Parameter sql: A constant of the program; values are bound, never pasted in.
    /// - Returns: The statement, with nothing bound.
    /// - Throws: What SQLite says.
    public func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        var statement: OpaquePointer?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        try check(unsafe sqlite3_prepare_v3(connection, sql, -1, flags, &statement, nil))
        guard let statement = unsafe statement else {
            throw SQLiteError(code: SQLITE_MISUSE, message: "no statement in: \(sql)")
        }
        return unsafe Statement(statement, of: self)
    }

    /// Runs statements that are needed once; their rows are dropped.
    ///
    /// - Parameter sql: Constants of the program, separated by semicolons.
    /// - Throws: What SQLite says; those before the one that failed have been run.
    public func execute(_ sql: String) throws(SQLiteError) {
        try check(unsafe sqlite3_exec(connection, sql, nil, nil, nil))
    }

    /// Runs a query that is needed once, for the whole number in its first row.
    ///
    /// - Parameter sql: A constant of the program.
    /// - Returns: The first column; `nil` if there is no row.
    /// - Throws: What SQLite says.
    public func integer(_ sql: String) throws(SQLiteError) -> Int64? {
        let statement = try prepare(sql)
        return try statement.first { $0.integer(0) }
    }

    /// Copies pages from the write-ahead log into the database, as far as readers let it.
    ///
    /// Readers and the writer go on meanwhile. A log that was copied whole is used again from its
    /// beginning by the next writer.
    ///
    /// - Parameter truncates: Wait for readers and the writer, and leave an empty log.
    /// - Returns: How many pages the log holds, and how many of them were copied.
    /// - Throws: What SQLite says.
    @discardableResult
    public func checkpoint(
        truncates: Bool = false
    ) throws(SQLiteError) -> (pages: Int, copied: Int) {
        var pages: Int32 = 0
        var copied: Int32 = 0
        let mode = truncates ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE
        try check(unsafe sqlite3_wal_checkpoint_v2(connection, nil, mode, &pages, &copied))
        return (Int(pages), Int(copied))
    }

    /// Throws what the last call left, unless `code` is a success.
    func check(_ code: Int32) throws(SQLiteError) {
        switch code {
        case SQLITE_OK, SQLITE_ROW, SQLITE_DONE: return
        default:
            throw SQLiteError(
                code: code, message: unsafe String(cString: sqlite3_errmsg(connection)))
        }
    }
}
