/// Reads a text whose first row names the columns.
///
/// Every row behind it has as many fields as the header has; one that has not is a fault.
public struct TableReader {
    private var parser: Parser
    /// `nil` until the first row has come.
    public private(set) var header: Header?
    private var failure: Fault?

    /// Makes a reader.
    ///
    /// - Parameters:
    ///   - separator: What stands between fields; `nil` to learn it from the header.
    ///   - encoding: How characters are written; `nil` to learn it.
    ///   - limits: How much the text may ask for.
    public init(
        separator: Separator? = nil, encoding: Encoding? = nil, limits: Limits = Limits()
    ) {
        parser = Parser(separator: separator, encoding: encoding, limits: limits)
    }

    /// What stands between fields; `nil` until the header has told.
    public var separator: Separator? { parser.separator }

    /// The line of the next octet, from 1.
    public var line: Int { parser.line }

    /// Reads on from `input[offset]`, up to the end of one row behind the header.
    ///
    /// - Parameters:
    ///   - input: What has arrived.
    ///   - offset: Where to begin; moved past what was used.
    /// - Returns: The row once it is whole; `nil` when `input` has run out before.
    /// - Throws: What is wrong with the header; nothing can be read after it, and it is thrown
    ///   again.
    public mutating func next(
        _ input: Span<UInt8>, from offset: inout Int
    ) throws(Fault) -> Row? {
        if let failure { throw failure }
        while let row = parser.next(input, from: &offset) {
            if let row = try take(row) { return row }
        }
        return nil
    }

    /// Ends the text.
    ///
    /// - Returns: The last row, where no line end follows it.
    /// - Throws: What is wrong with the header; that there is none.
    public mutating func finish() throws(Fault) -> Row? {
        if let failure { throw failure }
        let row = try parser.finish().map { (row) throws(Fault) in try take(row) } ?? nil
        guard header != nil else { throw fail(Fault(line: 1, column: 1, .noHeader)) }
        return row
    }

    /// The row, unless it was the header.
    private mutating func take(_ row: Row) throws(Fault) -> Row? {
        guard let header else {
            switch row {
            case .fault(let fault): throw fail(fault)
            case .record(let record):
                do {
                    self.header = try Header(record)
                } catch {
                    throw fail(error)
                }
            }
            return nil
        }
        guard case .record(let record) = row, record.count != header.names.count else {
            return row
        }
        let column = min(record.count, header.names.count) + 1
        return .fault(
            Fault(
                line: record.line, column: column,
                .columnCount(header: header.names.count, row: record.count)))
    }

    private mutating func fail(_ fault: Fault) -> Fault {
        failure = fault
        return fault
    }
}
