/// The names of the columns, from the first row.
///
/// A name is taken without the white space around it and in lower case, so that `Nombre` and
/// `nombre ` are one column.
public struct Header: Hashable, Sendable {
    /// In the order of the columns.
    public let names: [String]

    /// Reads the first row.
    ///
    /// - Parameter record: The row.
    /// - Throws: A column without a name, or two of one name.
    public init(_ record: Record) throws(Fault) {
        var names: [String] = []
        for column in 0..<record.count {
            let name = trimmed(record[column]).lowercased()
            if name.isEmpty {
                throw Fault(line: record.line, column: column + 1, .unnamedColumn)
            }
            if names.contains(name) {
                throw Fault(line: record.line, column: column + 1, .columnTwice(name))
            }
            names.append(name)
        }
        self.names = names
    }

    /// The place of a column; `nil` where the text has none of that name.
    public func column(_ name: String) -> Int? { names.firstIndex(of: name) }
}

/// A text without the white space around it.
public func trimmed(_ text: String) -> String {
    var rest = text[...]
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
}
