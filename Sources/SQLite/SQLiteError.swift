import CSQLite

/// A call to SQLite that failed.
public struct SQLiteError: Error, Equatable, Sendable, CustomStringConvertible {
    /// SQLite's extended result code.
    public let code: Int32
    /// What SQLite says of it; it names tables and columns, never their contents.
    public let message: String

    /// Makes an error of an extended result code.
    ///
    /// - Parameters:
    ///   - code: Anything but `SQLITE_OK`, `SQLITE_ROW` and `SQLITE_DONE`.
    ///   - message: What SQLite says of it.
    public init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(message) (SQLite \(code))" }

    /// What went wrong, as far as it makes a difference to anyone.
    public enum Kind: Hashable, Sendable {
        /// The disk is full, or the database may not grow.
        case full
        /// Another connection holds a lock that this one needs.
        case busy
        /// The file's contents contradict themselves.
        case corrupt
        /// The file is no database at all.
        case notADatabase
        /// The file, or its directory, cannot be written.
        case readOnly
        /// The file cannot be opened.
        case cannotOpen
        /// The disk, or its driver, failed.
        case io
        /// All else: a mistake in our SQL, or in how it is used.
        case other
    }

    public var kind: Kind {
        // Where the disk is full, the file of the WAL index cannot grow either.
        if code == Int32(CSQLITE_IOERR_SHMSIZE) { return .full }
        return switch code & 0xFF {
        case SQLITE_FULL: .full
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_CORRUPT: .corrupt
        case SQLITE_NOTADB: .notADatabase
        case SQLITE_READONLY, SQLITE_PERM: .readOnly
        case SQLITE_CANTOPEN: .cannotOpen
        case SQLITE_IOERR: .io
        default: .other
        }
    }
}
