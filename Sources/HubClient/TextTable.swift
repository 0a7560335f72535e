import JSON

/// Records as rows of texts: in columns for people, with tabs between for programs.
struct TextTable {
    /// A column, and how people see it.
    struct Column {
        /// The member of the records that it shows.
        var member: String
        var heading: String
        var isNumber = false
        /// The colour of a cell, by what it holds.
        var color: @Sendable (String) -> Style.Code? = { _ in nil }
    }

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row.
    ///
    /// - Parameter record: A JSON object; the members that are no column are passed over.
    /// - Throws: What is wrong with it.
    mutating func add(_ record: [UInt8]) throws(JSONError) {
        rows.append(try cells(of: record))
    }

    /// Adds a row of a cell for each column.
    mutating func add(cells: [String]) {
        rows.append(cells.map(VisibleText.of))
    }

    /// The rows with a tab between their cells, for programs.
    var plain: [String] { rows.map { $0.joined(separator: "\t") } }

    /// The rows under their headings, for people.
    ///
    /// - Parameter hasColor: Whether there are colours.
    /// - Returns: Lines; none where there is no row.
    func lines(hasColor: Bool) -> [String] {
        guard !rows.isEmpty else { return [] }
        let widths = columns.indices.map { index in
            rows.reduce(columns[index].heading.count) { max($0, $1[index].count) }
        }
        let style = Style(isOn: hasColor)
        let heading = line(columns.map(\.heading), widths) { _, _ in .bold }
        return [heading] + rows.map { line($0, widths) { $0.color($1) } }

        func line(
            _ cells: [String], _ widths: [Int], color: (Column, String) -> Style.Code?
        ) -> String {
            var line = ""
            for (index, cell) in cells.enumerated() {
                let column = columns[index]
                let space = String(repeating: " ", count: widths[index] - cell.count)
                let code = cell.isEmpty ? nil : color(column, cell)
                let shown = code.map { style.start($0) + cell + style.end } ?? cell
                if index > 0 { line += "  " }
                line += column.isNumber ? space + shown : shown
                // Nothing behind the last column: a terminal would wrap it.
                if !column.isNumber, index < cells.count - 1 { line += space }
            }
            return line
        }
    }

    private func cells(of record: [UInt8]) throws(JSONError) -> [String] {
        var cells = [String](repeating: "", count: columns.count)
        var reader = JSON.Reader(record, limits: JSON.Limits(maxBytes: Exchange.answerLimitBytes))
        try reader.readObject { name, reader throws(JSONError) in
            guard let index = columns.firstIndex(where: { $0.member == name }) else { return }
            cells[index] = VisibleText.of(try reader.readText(record))
        }
        try reader.finish()
        return cells
    }
}

extension JSON.Reader {
    /// Reads a value as people write it: a list with commas, nothing for `null`.
    fileprivate mutating func readText(_ bytes: [UInt8]) throws(JSONError) -> String {
        switch try peekKind() {
        case .string: return try readString()
        case .null:
            try readNull()
            return ""
        case .bool: return try readBool() ? "yes" : "no"
        case .array:
            var texts: [String] = []
            try readArray { reader throws(JSONError) in texts.append(try reader.readText(bytes)) }
            return texts.joined(separator: ",")
        case .number, .object: return String(decoding: bytes[try skipValue()], as: UTF8.self)
        }
    }
}
