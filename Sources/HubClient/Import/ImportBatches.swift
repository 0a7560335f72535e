import CSV
import Settings

/// Some rows of a file, as one request takes them.
struct ImportBatch: Equatable {
    /// From 1.
    var number: Int
    /// The header and the rows, as UTF-8.
    var body: [UInt8]
    /// The line of the file on which each row begins.
    var lines: [Int] = []
    /// Rows that are none; they are not sent.
    var faults: [CSV.Fault] = []

    /// How many rows of the file it stands for.
    var rows: Int { lines.count + faults.count }
}

/// Cuts a file into requests, in memory that does not grow with it.
///
/// The same file is cut in the same way each time, so that a request of a second run is the same
/// as in the first.
struct ImportBatches {
    /// How long the body of a request gets before the next row begins another.
    static let fullBytes = 512 << 10

    private var reader: TableReader
    private let maxRows: Int
    private var writer: CSV.Writer?
    private var batch = ImportBatch(number: 1, body: [])

    /// Begins a file.
    ///
    /// - Parameter request: How the file is written, and how many rows a request has.
    init(_ request: ClientAction.Import) {
        reader = TableReader(
            separator: CSV.Separator(request.separator), encoding: CSV.Encoding(request.encoding))
        maxRows = request.batchRows
    }

    /// What stands between fields; `nil` until the header has told.
    var separator: CSV.Separator? { reader.separator }

    /// Reads on, up to the end of one batch.
    ///
    /// - Parameters:
    ///   - input: What was read of the file.
    ///   - offset: Where to begin; moved past what was used.
    /// - Returns: A batch once it is full; `nil` when `input` has run out before.
    /// - Throws: What is wrong with the header.
    mutating func next(
        _ input: Span<UInt8>, from offset: inout Int
    ) throws(CSV.Fault) -> ImportBatch? {
        while let row = try reader.next(input, from: &offset) {
            add(row)
            if isFull { return take() }
        }
        return nil
    }

    /// Ends the file.
    ///
    /// - Returns: The last batch; `nil` where nothing is left.
    /// - Throws: What is wrong with the header.
    mutating func finish() throws(CSV.Fault) -> ImportBatch? {
        if let row = try reader.finish() { add(row) }
        return batch.rows > 0 ? take() : nil
    }

    private var isFull: Bool {
        batch.rows >= maxRows || (writer?.bytes.count ?? 0) >= Self.fullBytes
    }

    private mutating func add(_ row: CSV.Row) {
        switch row {
        case .fault(let fault): batch.faults.append(fault)
        case .record(let record):
            var writer = self.writer ?? begun()
            self.writer = nil  // so that it is not copied
            for column in 0..<record.count { writer.field(record.octets(column)) }
            writer.endRow()
            self.writer = writer
            batch.lines.append(record.line)
        }
    }

    private func begun() -> CSV.Writer {
        var writer = CSV.Writer(separator: reader.separator ?? .comma)
        for name in reader.header?.names ?? [] { writer.field(name) }
        writer.endRow()
        return writer
    }

    private mutating func take() -> ImportBatch {
        var taken = batch
        taken.body = writer?.bytes ?? []
        writer = nil
        batch = ImportBatch(number: batch.number + 1, body: [])
        return taken
    }
}

extension CSV.Separator {
    /// What a user named; `nil` to learn it.
    init?(_ choice: ClientAction.Import.Separator) {
        switch choice {
        case .auto: return nil
        case .comma: self = .comma
        case .semicolon: self = .semicolon
        case .tab: self = .tab
        }
    }
}

extension CSV.Encoding {
    /// What a user named; `nil` to learn it.
    init?(_ choice: ClientAction.Import.Encoding) {
        switch choice {
        case .auto: return nil
        case .utf8: self = .utf8
        case .latin1: self = .latin1
        }
    }
}
