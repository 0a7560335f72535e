import JSON

/// What an ERP answers to `GET /api/articulos` or `GET /api/stock`.
///
/// A JSON array of objects, as seed 001 has it; or an object with one array in it and perhaps
/// `next`, where the answer goes on.
struct ERPPage {
    /// What is asked for.
    enum Kind: String, CaseIterable, Sendable {
        case articles = "articulos"
        case stock

        /// The names under which an ERP may have the reference of an article, the first first.
        var referenceNames: [String] {
            switch self {
            case .articles: ["referencia_externa", "id", "codigo"]
            case .stock: ["referencia_externa", "articulo", "articulo_id", "codigo", "id"]
            }
        }
    }

    private(set) var records: [Value] = []
    /// Where the answer goes on, as it was written; `nil` at the end.
    private(set) var next: String?

    /// Reads an answer.
    init(_ body: [UInt8]) throws(JSONError) {
        let limits = JSON.Limits(maxBytes: Exchange.answerLimitBytes)
        var reader = JSON.Reader(body, limits: limits)
        if try reader.peekKind() == .array {
            try read(&reader)
        } else {
            try reader.readObject { name, reader throws(JSONError) in
                if name == "next" {
                    if try !reader.readNullIfNext() { next = try reader.readString() }
                } else if try reader.peekKind() == .array {
                    try read(&reader)
                }
            }
        }
        try reader.finish()
    }

    private mutating func read(_ reader: inout JSON.Reader) throws(JSONError) {
        try reader.readArray { reader throws(JSONError) in
            records.append(try reader.readValue())
        }
    }

    /// The records as the hub takes them, a JSON object a line: under `referencia_externa` stands
    /// what the ERP calls the article, and its own `id` is left out.
    func lines(_ kind: Kind) -> [[UInt8]] {
        records.map { record in
            guard case .object(let members) = record else { return record.bytes }
            let names = kind.referenceNames
            let reference = names.lazy.compactMap { name in
                members.first { $0.name == name && $0.value.isName }?.value
            }.first
            var kept = members.filter { !names.contains($0.name) }
            if let reference { kept.insert(Value.Member(names[0], reference), at: 0) }
            return Value.object(kept).bytes
        }
    }
}

extension Value {
    /// Whether it can name something.
    fileprivate var isName: Bool {
        switch self {
        case .string(let text): !text.isEmpty
        case .number: true
        case .null, .bool, .array, .object: false
        }
    }

    /// The member of an object; `nil` where there is none.
    func member(_ name: String) -> Value? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// A text, or the digits of a number; `nil` for any other kind.
    var word: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .null, .bool, .array, .object: nil
        }
    }
}

/// Bodies of as many lines as one request takes.
enum ERPBodies {
    static let maxRows = 1000
    static let fullBytes = 512 << 10

    static func cut(_ lines: [[UInt8]]) -> [[UInt8]] {
        var bodies: [[UInt8]] = []
        var body: [UInt8] = []
        var rows = 0
        for line in lines {
            body += line
            body.append(0x0A)
            rows += 1
            if rows == maxRows || body.count >= fullBytes {
                bodies.append(body)
                (body, rows) = ([], 0)
            }
        }
        return rows > 0 ? bodies + [body] : bodies
    }
}
