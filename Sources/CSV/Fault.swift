/// What is wrong with a row, and where.
public struct Fault: Error, Hashable, Sendable {
    /// What is wrong.
    public enum Reason: Hashable, Sendable {
        case quoteInPlainField
        case textAfterQuote
        case unendedQuote
        case loneCarriageReturn
        case nul
        case fieldTooLong(limitBytes: Int)
        case rowTooLong(limitBytes: Int)
        case tooManyColumns(limit: Int)
        case notUTF8
        case columnCount(header: Int, row: Int)
        case noHeader
        case unnamedColumn
        case columnTwice(String)
    }

    /// The line of the text, from 1; of a row of several lines the one where the fault stands,
    /// or else its first.
    public var line: Int
    /// The number of the field in its row, from 1, as a spreadsheet counts columns.
    public var column: Int
    public var reason: Reason

    /// Names a fault and its place.
    public init(line: Int, column: Int, _ reason: Reason) {
        self.line = line
        self.column = column
        self.reason = reason
    }
}

extension Fault.Reason: CustomStringConvertible {
    /// What is wrong, and what would mend it.
    public var description: String {
        switch self {
        case .quoteInPlainField:
            "a quote stands in a field that does not begin with one; quote the field, "
                + "and write each quote in it twice"
        case .textAfterQuote:
            "text follows the closing quote; write each quote within a quoted field twice"
        case .unendedQuote: "the quote that opens here is not closed"
        case .loneCarriageReturn:
            "a carriage return stands without a line feed; end lines by LF or CRLF"
        case .nul: "a NUL stands in it; save the text as UTF-8, not as UTF-16"
        case .fieldTooLong(let limit): "the field is longer than \(limit) bytes"
        case .rowTooLong(let limit): "the row is longer than \(limit) bytes"
        case .tooManyColumns(let limit): "the row has more than \(limit) columns"
        case .notUTF8: "this is not UTF-8, as the text before was; name its encoding"
        case .columnCount(let header, let row):
            "the row has \(row) columns, and the header \(header)"
        case .noHeader: "there is no header; the first line names the columns"
        case .unnamedColumn: "the header leaves this column without a name"
        case .columnTwice(let name): "the header names the column \"\(name)\" twice"
        }
    }
}
