import CSV
import Testing

/// Every way to cut `octets` in two, and once octet by octet.
func everySplit(of octets: [UInt8]) -> [[[UInt8]]] {
    (0...octets.count).map { [Array(octets[..<$0]), Array(octets[$0...])] }
        + [octets.map { [$0] }]
}

/// A row as a test writes it.
enum Expected: Equatable, CustomStringConvertible {
    case fields(Int, [String])
    case fault(Int, Int, Fault.Reason)

    init(_ row: Row) {
        switch row {
        case .record(let record):
            self = .fields(record.line, (0..<record.count).map { record[$0] })
        case .fault(let fault): self = .fault(fault.line, fault.column, fault.reason)
        }
    }

    var description: String {
        switch self {
        case .fields(let line, let fields): "\(line): \(fields)"
        case .fault(let line, let column, let reason): "\(line):\(column): \(reason)"
        }
    }
}

extension Parser {
    /// All rows of a text that comes in pieces.
    mutating func rows(_ pieces: [[UInt8]]) -> [Expected] {
        var rows: [Expected] = []
        for piece in pieces {
            var offset = 0
            while let row = next(piece.span, from: &offset) { rows.append(Expected(row)) }
        }
        if let row = finish() { rows.append(Expected(row)) }
        return rows
    }
}

/// A text, and the rows that it holds.
struct TextCase: CustomTestStringConvertible, Sendable {
    var rule: String
    var octets: [UInt8]
    var rows: [Expected]
    var separator: Separator?
    var encoding: CSV.Encoding?

    init(
        _ rule: String, _ text: String, _ rows: [Expected], separator: Separator? = nil,
        encoding: CSV.Encoding? = nil
    ) {
        self.init(rule, Array(text.utf8), rows, separator: separator, encoding: encoding)
    }

    init(
        _ rule: String, _ octets: [UInt8], _ rows: [Expected], separator: Separator? = nil,
        encoding: CSV.Encoding? = nil
    ) {
        self.rule = rule
        self.octets = octets
        self.rows = rows
        self.separator = separator
        self.encoding = encoding
    }

    var testDescription: String { rule }
}
