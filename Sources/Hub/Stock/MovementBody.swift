import Bytes
import JSON

extension MovementDraft {
    /// Reads a body, and lists all of its faults.
    ///
    /// - Parameters:
    ///   - body: A JSON object; members that are not a client's to set are passed over.
    ///   - limits: What the text may ask for.
    ///   - author: Who sends it.
    /// - Throws: `malformed_json` or `invalid_body`.
    init(_ body: [UInt8], limits: JSON.Limits, author: String) throws(Problem) {
        var fields = MovementFields()
        try Reader.readBody(body, limits: limits) { name, reader throws(JSONError) in
            try fields.read(name, &reader)
        }
        self = try fields.draft(author: author)
    }
}

/// The members of a movement, as far as they were read.
private struct MovementFields {
    private var article: UInt64?
    private var kind: MovementKind?
    private var quantity: Quantity?
    private var warehouse: Warehouse?
    private var needsApproval = false
    private var note: String?
    private var reference: String?
    private var faults = BodyFaults()

    private static let kinds = MovementKind.allCases.map(\.rawValue).joined(separator: ", ")

    mutating func read(_ name: String, _ reader: inout Reader) throws(JSONError) {
        if try reader.readNullIfNext() { return }
        switch name {
        case "articulo": try readArticle(&reader)
        case "tipo": try readKind(&reader)
        case "cantidad": try readQuantity(&reader)
        case "almacen": try readWarehouse(&reader)
        case "requiere_aprobacion":
            needsApproval =
                try faults.read { () throws(JSONError) in try reader.readBool() } ?? false
        case "nota":
            note = try faults.readText(
                &reader, "/nota", maxCharacters: MovementDraft.maxNoteCharacters)
        case "referencia_externa":
            reference = try faults.readText(
                &reader, "/referencia_externa",
                maxCharacters: MovementDraft.maxReferenceCharacters)
        default: break
        }
    }

    private mutating func readArticle(_ reader: inout Reader) throws(JSONError) {
        guard let text = try faults.readName(&reader) else { return }
        article = parseDecimal(text.utf8).flatMap { $0 <= StockRecords.maxID ? $0 : nil }
        if article == nil { faults.add("/articulo", "must be the id of an article") }
    }

    private mutating func readKind(_ reader: inout Reader) throws(JSONError) {
        let text = try faults.read { () throws(JSONError) in try reader.readString() }
        guard let text else { return }
        kind = MovementKind(rawValue: text)
        if kind == nil { faults.add("/tipo", "must be one of \(Self.kinds)") }
    }

    private mutating func readQuantity(_ reader: inout Reader) throws(JSONError) {
        let value = try reader.readValue()
        do throws(QuantityFault) {
            quantity = try value.quantity()
            if quantity == nil { faults.add("/cantidad", "must be a number") }
        } catch {
            faults.add("/cantidad", error.message)
        }
    }

    private mutating func readWarehouse(_ reader: inout Reader) throws(JSONError) {
        let text = try faults.read { () throws(JSONError) in try reader.readString() }
        guard let text else { return }
        warehouse = Warehouse(text)
        if warehouse == nil { faults.add("/almacen", "must be \(Warehouse.grammar)") }
    }

    mutating func draft(author: String) throws(Problem) -> MovementDraft {
        faults.require([
            ("/articulo", "it is the id of an article", article != nil),
            ("/tipo", "it is one of \(Self.kinds)", kind != nil),
            ("/cantidad", "it is a number", quantity != nil),
        ])
        if let quantity, let kind {
            if quantity == .zero {
                faults.add("/cantidad", "is zero: nothing would move")
            } else if quantity < .zero, kind != .adjustment {
                faults.add("/cantidad", "must be above zero; the tipo says which way it goes")
            }
        }
        try faults.check("the movement")
        guard let article, let kind, let quantity else {
            preconditionFailure("a member that is missing is a fault")
        }
        return MovementDraft(
            article: article, kind: kind, quantity: quantity, warehouse: warehouse,
            needsApproval: needsApproval, note: note, reference: reference, author: author)
    }
}
