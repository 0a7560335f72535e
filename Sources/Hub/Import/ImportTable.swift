import Bytes
import CSV
import JSON

/// One row of an import: where it stands, and what it says.
struct ImportRow: Sendable {
    /// From 1; the header is none.
    var number: Int
    /// The line on which it begins, from 1.
    var line: Int
    var members: [Value.Member] = []
    var faults: [ImportFault] = []

    /// The member of a name as a text, where it is one or a number.
    func text(_ name: String) -> String? {
        switch members.first(where: { $0.name == name })?.value {
        case .string(let text)?, .number(let text)?: text
        case .null?, .bool?, .array?, .object?, nil: nil
        }
    }

    /// The row as a JSON object.
    var json: [UInt8] { Value.object(members).bytes }
}

/// What is wrong with a row, and where.
struct ImportFault: Equatable, Sendable {
    var row: Int
    var line: Int
    /// From 1, as a spreadsheet counts; `nil` where the whole row is meant, or rows have none.
    var column: Int?
    /// The column's name.
    var name: String?
    var detail: String
}

/// The rows of a body.
struct ImportTable: Sendable {
    /// The names of the columns; empty where each row names its own.
    private(set) var columns: [String] = []
    private(set) var rows: [ImportRow] = []

    /// Reads a body; what is wrong with a row stands in it.
    ///
    /// - Parameters:
    ///   - body: All of it.
    ///   - form: How its rows are written.
    ///   - limits: What a JSON text may ask for.
    /// - Throws: A header at fault; a body without a row, or with too many.
    init(_ body: [UInt8], _ form: ImportPlan.Form, limits: JSON.Limits) throws(Problem) {
        switch form {
        case .csv(let separator, let encoding): try readCSV(body, separator, encoding)
        case .lines: try readLines(body, limits)
        }
        guard !rows.isEmpty else { throw Problem(.invalidBody, "there is no row to import") }
    }

    /// A fault at a member, with its column.
    func fault(_ row: ImportRow, _ name: String, _ detail: String) -> ImportFault {
        ImportFault(
            row: row.number, line: row.line,
            column: columns.firstIndex(of: name).map { $0 + 1 }, name: name.isEmpty ? nil : name,
            detail: detail)
    }

    /// Faults of the members that a pointer names.
    func faults(_ row: ImportRow, _ problem: Problem) -> [ImportFault] {
        guard !problem.faults.isEmpty else { return [fault(row, "", problem.detail)] }
        return problem.faults.map { fault(row, String($0.pointer.dropFirst()), $0.detail) }
    }

    private mutating func append(_ row: ImportRow) throws(Problem) {
        guard rows.count < ImportPlan.maxRows else {
            throw Problem(
                .batchTooLarge,
                "there are more than \(ImportPlan.maxRows) rows; send them in several requests, "
                    + "or use campana import, which does")
        }
        rows.append(row)
    }

    // MARK: CSV

    private mutating func readCSV(
        _ body: [UInt8], _ separator: CSV.Separator?, _ encoding: CSV.Encoding?
    ) throws(Problem) {
        var reader = TableReader(separator: separator, encoding: encoding)
        var offset = 0
        while let row = try read({ () throws(CSV.Fault) in
            try reader.next(body.span, from: &offset)
        }) {
            try take(row, reader)
        }
        if let row = try read({ () throws(CSV.Fault) in try reader.finish() }) {
            try take(row, reader)
        }
        columns = reader.header?.names ?? []
    }

    private func read(_ next: () throws(CSV.Fault) -> CSV.Row?) throws(Problem) -> CSV.Row? {
        do {
            return try next()
        } catch {
            throw Problem(
                .invalidBody,
                "line \(error.line), column \(error.column): \(error.reason)",
                faults: [.init("/0", "\(error.reason)")])
        }
    }

    private mutating func take(_ row: CSV.Row, _ reader: TableReader) throws(Problem) {
        columns = reader.header?.names ?? []
        var taken = ImportRow(number: rows.count + 1, line: 0)
        switch row {
        case .fault(let fault):
            taken.line = fault.line
            taken.faults = [
                ImportFault(
                    row: taken.number, line: fault.line, column: fault.column,
                    name: fault.column <= columns.count ? columns[fault.column - 1] : nil,
                    detail: "\(fault.reason)")
            ]
        case .record(let record):
            taken.line = record.line
            // Where a comma parts the fields, it can not stand before the decimals.
            let reading = CellReading(hasDecimalComma: reader.separator != .comma)
            for (column, name) in columns.enumerated() {
                switch reading.member(name, CSV.trimmed(record[column])) {
                case .success(let member?): taken.members.append(member)
                case .success(nil): break
                case .failure(let fault):
                    taken.faults.append(self.fault(taken, name, fault.detail))
                }
            }
        }
        try append(taken)
    }

    // MARK: JSON lines

    private mutating func readLines(_ body: [UInt8], _ limits: JSON.Limits) throws(Problem) {
        var line = 0
        for text in body.split(separator: ASCII.lf, omittingEmptySubsequences: false) {
            line += 1
            let isBlank = text.allSatisfy {
                $0 == ASCII.space || $0 == ASCII.cr || $0 == ASCII.tab
            }
            if isBlank { continue }
            var row = ImportRow(number: rows.count + 1, line: line)
            do throws(JSONError) {
                var reader = JSON.Reader(
                    body, in: text.startIndex..<text.endIndex, limits: limits)
                try reader.readObject { name, reader throws(JSONError) in
                    row.members.append(Value.Member(name, try reader.readValue()))
                }
                try reader.finish()
            } catch {
                row.members = []
                row.faults = [fault(row, "", error.message)]
            }
            try append(row)
        }
    }
}
