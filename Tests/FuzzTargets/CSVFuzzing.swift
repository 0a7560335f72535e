import CSV

extension FuzzTarget {
    /// Rows are read alike however they are cut; what was read can be written and read again.
    ///
    /// The first octet says what is named beforehand.
    static let csv = FuzzTarget(name: "csv") { input throws(Finding) in
        guard let options = input.first else { return }
        let separator = options & 1 == 0 ? nil : Separator.allCases[Int(options >> 4) % 3]
        let encoding = options & 2 == 0 ? nil : CSV.Encoding.allCases[Int(options >> 3) % 2]
        let limits = CSV.Limits(fieldBytes: 20, columns: 5, rowBytes: 60)
        let text = Array(input.dropFirst())
        try sameHoweverCut(text, "rows") { pieces throws(Finding) in
            read(pieces, Parser(separator: separator, encoding: encoding, limits: limits))
                .map { "\($0)" }
        }
        try sameHoweverCut(text, "a table") { pieces throws(Finding) in
            try table(pieces, TableReader(separator: separator, limits: limits))
        }
        let records = read([text], Parser(separator: separator, encoding: encoding)).compactMap {
            if case .record(let record) = $0 { record } else { nil }
        }
        try checkWritten(records)
    }

    private static func checkWritten(_ records: [Record]) throws(Finding) {
        var writer = Writer(separator: .semicolon)
        // A mark at the front of a text is none of its text.
        writer.field("front")
        writer.endRow()
        for record in records {
            for column in 0..<record.count { writer.field(record[column]) }
            writer.endRow()
        }
        let again = read([writer.bytes], Parser(separator: .semicolon, encoding: .utf8)).dropFirst()
        try same(again.count, records.count, "each row is written as one")
        for (row, record) in zip(again, records) {
            guard case .record(let other) = row else {
                throw Finding(description: "\(record) was written, and is \(row)")
            }
            let fields = { (record: Record) in (0..<record.count).map { Array(record[$0].utf8) } }
            try same(fields(other), fields(record), "what is written is read")
        }
    }

    private static func read(_ pieces: [[UInt8]], _ parser: Parser) -> [Row] {
        var parser = parser
        var rows: [Row] = []
        for piece in pieces {
            var offset = 0
            while let row = parser.next(piece.span, from: &offset) { rows.append(row) }
        }
        if let row = parser.finish() { rows.append(row) }
        return rows
    }

    private static func table(
        _ pieces: [[UInt8]], _ reader: TableReader
    ) throws(Finding) -> [String] {
        var reader = reader
        var rows: [String] = []
        do throws(Fault) {
            for piece in pieces {
                var offset = 0
                while let row = try reader.next(piece.span, from: &offset) { rows.append("\(row)") }
            }
            if let row = try reader.finish() { rows.append("\(row)") }
        } catch {
            try hold(rows.isEmpty, "a header at fault leaves no row")
            rows.append("\(error.line):\(error.column): \(error.reason)")
        }
        return rows
    }
}
