import SQLite

/// What the database looks like, and how it came to.
///
/// `log` is one row, the state of the whole log as of some commit, `head` its newest position then;
/// since version 2 `groups` and it may be a thousand events behind (``EventTail``). A group's row stays for ever, so that its `seq`
/// goes on where it was however much is trimmed; but for those that get no event any more, of which
/// all together leave one row, with the `id` 0. Trimming takes the oldest events of the whole
/// log, so what a group has lost is a prefix too. `events.at` never falls, which lets a moment be
/// found by bisection. `events_by_group` holds `position` as every index holds the rowid.
///
/// A row of `events` holds one event, or since version 2 a run of them (``EventTable``): `count`
/// events, a line of `json` for each, of which `position` and `seq` are the last one's.
enum Schema {
    /// Marks our databases (`PRAGMA application_id`): "CAMP".
    static let applicationID: Int64 = 0x4341_4D50

    /// The size of a page, in bytes; SQLite's default.
    static let pageBytes = 4096

    /// The version that this program reads and writes (`PRAGMA user_version`).
    static var version: Int64 { Int64(migrations.count) }

    /// The step from each version to the next; a step that was released is never changed.
    static let migrations: [String] = [
        """
        CREATE TABLE log (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            epoch TEXT NOT NULL,
            epoch_base INTEGER NOT NULL,
            head INTEGER NOT NULL,
            trimmed INTEGER NOT NULL,
            events INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            last_at INTEGER NOT NULL
        );
        CREATE TABLE groups (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            last_seq INTEGER NOT NULL,
            last_position INTEGER NOT NULL,
            trimmed_seq INTEGER NOT NULL DEFAULT 0,
            trimmed_position INTEGER NOT NULL DEFAULT 0,
            trimmed_at INTEGER NOT NULL DEFAULT 0
        );
        CREATE TABLE events (
            position INTEGER PRIMARY KEY,
            group_id INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            at INTEGER NOT NULL,
            json BLOB NOT NULL
        );
        CREATE INDEX events_by_group ON events (group_id);
        CREATE TABLE records (
            collection TEXT NOT NULL,
            key TEXT NOT NULL,
            value BLOB NOT NULL,
            expires INTEGER,
            PRIMARY KEY (collection, key)
        ) WITHOUT ROWID;
        CREATE INDEX records_by_expiry ON records (expires) WHERE expires IS NOT NULL;
        """,
        // Nothing is written but the schema: the rows there are hold one event each, and `log` and
        // `groups` tell of all of them.
        "ALTER TABLE events ADD COLUMN count INTEGER NOT NULL DEFAULT 1",
    ]

    /// Sets what SQLite keeps for a connection, not for a file.
    ///
    /// - Parameter database: A connection that was just opened.
    /// - Throws: What SQLite says.
    static func configure(_ database: Database) throws(SQLiteError) {
        // Only another program, such as the sqlite3 shell, could make us wait.
        database.setBusyTimeout(milliseconds: 2000)
        try database.execute(
            """
            PRAGMA synchronous = FULL;
            PRAGMA temp_store = MEMORY;
            PRAGMA cache_size = -16384;
            PRAGMA journal_size_limit = 67108864;
            """)
    }

    /// Brings the database from `version` to ours, in one transaction.
    ///
    /// - Parameters:
    ///   - database: In no transaction.
    ///   - version: What it says it is, ours at most.
    /// - Throws: What SQLite says; the database is then as it was.
    static func migrate(_ database: Database, from version: Int64) throws(SQLiteError) {
        guard version < Schema.version else { return }
        if version == 0 {
            // Both must stand before the first table is made.
            try database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        }
        try database.execute("PRAGMA journal_mode = WAL")
        try database.execute("BEGIN IMMEDIATE")
        do throws(SQLiteError) {
            for migration in migrations.dropFirst(Int(version)) { try database.execute(migration) }
            try database.execute(
                "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(Schema.version)")
            try database.execute("COMMIT")
        } catch {
            if database.isInTransaction { try database.execute("ROLLBACK") }
            throw error
        }
    }
}
