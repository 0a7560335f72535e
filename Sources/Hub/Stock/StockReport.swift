import Bytes
import CSV
import JSON
import Log

/// A report as a table, so that JSON and CSV say the same.
struct StockReport: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        /// How many articles there are, and how many are amiss.
        case summary = "resumen"
        /// What each article has, and what has moved of it.
        case totals = "totales"
        /// The same of those below their minimum.
        case below = "bajo_umbral"
        /// What has moved, by day or month.
        case movements = "movimientos"
    }

    enum Cell: Equatable, Sendable {
        case empty
        case text(String)
        case number(String)
        case flag(Bool)

        static func text(orEmpty text: String?) -> Cell { text.map { .text($0) } ?? .empty }
        static func number(_ quantity: Quantity?) -> Cell {
            quantity.map { .number($0.text) } ?? .empty
        }
        static func count(_ count: some BinaryInteger) -> Cell { .number(String(count)) }
    }

    let kind: Kind
    let columns: [String]
    var rows: [[Cell]] = []
    /// What to ask for next as `after`; `nil` at the end.
    var next: String?

    var json: [UInt8] {
        var json = JSON.Writer(capacity: 64 + rows.count * 256)
        json.object { json in
            json.member("reporte", kind.rawValue)
            json.member("filas") { json in
                json.array { json in for row in rows { write(row, to: &json) } }
            }
            json.member("next", orNull: next)
        }
        return json.bytes
    }

    private func write(_ row: [Cell], to json: inout JSON.Writer) {
        json.object { json in
            for (name, cell) in zip(columns, row) {
                json.key(name)
                switch cell {
                case .empty: json.null()
                case .text(let text): json.string(text)
                case .number(let digits): json.raw(digits.utf8)
                case .flag(let isTrue): json.bool(isTrue)
                }
            }
        }
    }

    /// The table for a spreadsheet (RFC 4180), which takes no text of it for a formula.
    var csv: [UInt8] {
        var csv = CSV.Writer()
        for name in columns { csv.field(name) }
        csv.endRow()
        for row in rows {
            for cell in row { csv.field(Self.field(cell)) }
            csv.endRow()
        }
        return csv.bytes
    }

    private static func field(_ cell: Cell) -> String {
        switch cell {
        case .empty: ""
        case .number(let digits): digits
        case .flag(let isTrue): isTrue ? "true" : "false"
        case .text(let text): harmless(text)
        }
    }

    /// A text that no spreadsheet computes.
    ///
    /// One that begins like a formula gets an apostrophe before it (OWASP, "CSV Injection").
    /// Numbers are the hub's own and stay as they are.
    private static func harmless(_ text: String) -> String {
        switch text.utf8.first {
        case ASCII.equals, ASCII.plus, ASCII.minus, 0x40, ASCII.tab, ASCII.cr, ASCII.lf:
            "'" + text
        default: text
        }
    }
}
