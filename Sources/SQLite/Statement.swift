import CSQLite

/// One compiled statement of a ``Database``.
///
/// Parameters count from 1 and stay bound until they are bound anew; columns count from 0.
@safe
public final class Statement {
    private let statement: OpaquePointer
    private let database: Database

    init(_ statement: OpaquePointer, of database: Database) {
        unsafe self.statement = statement
        self.database = database
    }

    deinit { unsafe sqlite3_finalize(statement) }

    // MARK: Parameters

    /// Binds a whole number, or null.
    @discardableResult
    public func bind(_ index: Int32, _ value: Int64?) -> Statement {
        guard let value else {
            bound(unsafe sqlite3_bind_null(statement, index))
            return self
        }
        bound(unsafe sqlite3_bind_int64(statement, index, value))
        return self
    }

    /// Binds text.
    @discardableResult
    public func bind(_ index: Int32, _ text: String) -> Statement {
        var text = text
        text.withUTF8 { bytes in
            bound(
                unsafe csqlite_bind_text(
                    statement, index, bytes.baseAddress, UInt64(bytes.count)))
        }
        return self
    }

    /// Binds octets as text, whether or not they are UTF-8; SQLite compares text by its octets.
    @discardableResult
    public func bind(_ index: Int32, text octets: [UInt8]) -> Statement {
        unsafe octets.withUnsafeBytes { bytes in
            bound(
                unsafe csqlite_bind_text(
                    statement, index, bytes.baseAddress, UInt64(bytes.count)))
        }
        return self
    }

    /// Binds octets.
    @discardableResult
    public func bind(_ index: Int32, blob octets: [UInt8]) -> Statement {
        unsafe octets.withUnsafeBytes { bytes in
            bound(
                unsafe csqlite_bind_blob(
                    statement, index, bytes.baseAddress, UInt64(bytes.count)))
        }
        return self
    }

    /// The first fault of a bind; `step` throws it, so that binds can be chained.
    private var bindFault: Int32 = SQLITE_OK

    private func bound(_ code: Int32) {
        if code != SQLITE_OK, bindFault == SQLITE_OK { bindFault = code }
    }

    // MARK: Rows

    /// Goes to the next row.
    ///
    /// - Returns: Whether there is one; the statement is reset once there is none.
    /// - Throws: What SQLite says; the statement is then reset.
    public func step() throws(SQLiteError) -> Bool {
        let code = bindFault == SQLITE_OK ? unsafe sqlite3_step(statement) : bindFault
        if code == SQLITE_ROW { return true }
        bindFault = SQLITE_OK
        defer { reset() }
        try database.check(code)
        return false
    }

    /// Leaves the rows that have not been read; what is bound stays bound.
    public func reset() { unsafe sqlite3_reset(statement) }

    /// Runs a statement whose rows are of no interest.
    ///
    /// - Throws: What SQLite says.
    public func run() throws(SQLiteError) {
        while try step() {}
    }

    /// Runs a statement with octets bound for this run only, which are lent and not copied.
    ///
    /// - Parameters:
    ///   - octets: What to bind.
    ///   - index: To which parameter; null is bound to it afterwards.
    /// - Throws: What SQLite says.
    public func run(with octets: [UInt8], at index: Int32) throws(SQLiteError) {
        try unsafe octets.span.withUnsafeBytes { bytes throws(SQLiteError) in
            bound(
                unsafe csqlite_bind_lent_blob(
                    statement, index, bytes.baseAddress, UInt64(bytes.count)))
            defer { unsafe sqlite3_bind_null(statement, index) }
            try run()
        }
    }

    /// Reads the first row.
    ///
    /// - Parameter read: Called with this statement on its first row.
    /// - Returns: What `read` made of it; `nil` if there is no row.
    /// - Throws: What SQLite says.
    public func first<Value>(_ read: (Statement) -> Value) throws(SQLiteError) -> Value? {
        guard try step() else { return nil }
        defer { reset() }
        return read(self)
    }

    /// Reads every row.
    ///
    /// - Parameter body: Called with this statement on each row; `false` leaves the rest.
    /// - Throws: What SQLite says.
    public func forEach(_ body: (Statement) -> Bool) throws(SQLiteError) {
        defer { reset() }
        while try step() {
            if !body(self) { return }
        }
    }

    // MARK: Columns

    /// The whole number in a column; 0 for null.
    public func integer(_ column: Int32) -> Int64 {
        unsafe sqlite3_column_int64(statement, column)
    }

    /// The whole number in a column, taken as it is where it is known not to be negative.
    public func unsigned(_ column: Int32) -> UInt64 {
        UInt64(bitPattern: integer(column))
    }

    /// Whether a column is null.
    public func isNull(_ column: Int32) -> Bool {
        unsafe sqlite3_column_type(statement, column) == SQLITE_NULL
    }

    /// The text in a column; empty for null.
    public func text(_ column: Int32) -> String {
        guard let text = unsafe sqlite3_column_text(statement, column) else { return "" }
        let count = Int(unsafe sqlite3_column_bytes(statement, column))
        return unsafe String(
            decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
    }

    /// Lends the octets in a column, until the next row is asked for.
    public func withBlob<Value>(_ column: Int32, _ body: (Span<UInt8>) -> Value) -> Value {
        let octets = unsafe sqlite3_column_blob(statement, column)
        let count = Int(unsafe sqlite3_column_bytes(statement, column))
        let buffer = unsafe UnsafeRawBufferPointer(start: octets, count: octets == nil ? 0 : count)
        return unsafe body(buffer.bindMemory(to: UInt8.self).span)
    }

    /// The octets in a column; none for null.
    public func blob(_ column: Int32) -> [UInt8] {
        // The pointer first: asking for it may convert the value, and so change its length.
        let octets = unsafe sqlite3_column_blob(statement, column)
        let count = Int(unsafe sqlite3_column_bytes(statement, column))
        return unsafe [UInt8](UnsafeRawBufferPointer(start: octets, count: count))
    }
}
