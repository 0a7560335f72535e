import JSON
import Log

/// What an import makes of its rows.
enum ImportKind: String, CaseIterable, Sendable {
    case articles = "articulo"
    case stock = "stock"

    /// The columns of which one has to be there, to say which article a row means.
    var idColumns: [String] {
        switch self {
        case .articles: ["id"]
        case .stock: ["articulo", "id"]
        }
    }

    /// What is wrong with the columns of a file; `nil` for nothing.
    func fault(ofColumns columns: [String]) -> String? {
        let keys = idColumns + ["referencia_externa", "nombre"]
        guard columns.contains(where: keys.contains) else {
            return "a row has to say which article it means: no column is one of "
                + keys.joined(separator: ", ")
        }
        if self == .stock, !columns.contains("cantidad") {
            return "there is no column cantidad: how much there is"
        }
        return nil
    }
}

/// A row that was imported.
struct ImportedRow {
    var article: UInt64
    var effect: ImportReport.Effect
}

extension Transaction {
    /// Does what a row of articles says: makes one, or changes the one that it means.
    ///
    /// - Returns: What came of it, or what is wrong with the row: then nothing was done.
    /// - Throws: What the engine says.
    func importArticle(
        _ row: ImportRow, of table: ImportTable
    ) throws(EngineError) -> Result<ImportedRow, ImportFaults> {
        let found: StoredArticle?
        switch try findArticle(row, .articles, of: table) {
        case .failure(let faults): return .failure(faults)
        case .success(let stored): found = stored
        }
        var draft = ArticleDraft()
        for member in row.members { draft.set(member) }
        let result =
            if let found { try change(found, draft) } else { try create(draft) }
        switch result {
        case .failure(let problem): return .failure(ImportFaults(table.faults(row, problem)))
        case .success(let upserted):
            return .success(
                ImportedRow(
                    article: upserted.stored.article.id, effect: .init(upserted.effect)))
        }
    }

    /// Does what a row of stock says: makes what lies at a place what the row counts there.
    ///
    /// A difference is an adjustment, with its event, so that history and alerts hold.
    ///
    /// - Returns: What came of it, or what is wrong with the row: then nothing was done.
    /// - Throws: What the engine says.
    func importStock(
        _ row: ImportRow, of table: ImportTable, author: String
    ) throws(EngineError) -> Result<ImportedRow, ImportFaults> {
        let article: Article
        switch try findArticle(row, .stock, of: table) {
        case .failure(let faults): return .failure(faults)
        case .success(nil):
            let key = row.text("referencia_externa") == nil ? "nombre" : "referencia_externa"
            return .failure(
                ImportFaults([table.fault(row, key, "there is no such article; make it first")]))
        case .success(let stored?): article = stored.article
        }
        let place: (warehouse: Warehouse?, quantity: Quantity)
        switch counted(row, of: table) {
        case .failure(let faults): return .failure(faults)
        case .success(let found): place = found
        }
        let moved = try setStock(
            article, place.warehouse, to: place.quantity, author: author, note: row.text("nota"))
        switch moved {
        case .failure(let problem): return .failure(ImportFaults(table.faults(row, problem)))
        case .success(let movement):
            return .success(
                ImportedRow(
                    article: article.id, effect: movement == nil ? .unchanged : .updated))
        }
    }

    private func findArticle(
        _ row: ImportRow, _ kind: ImportKind, of table: ImportTable
    ) throws(EngineError) -> Result<StoredArticle?, ImportFaults> {
        let found: Result<StoredArticle?, RowFault>
        switch ArticleKey.of(row, idColumns: kind.idColumns) {
        case .failure(let fault): found = .failure(fault)
        case .success(nil):
            found = .failure(
                RowFault("nombre", "is missing; it says which article the row means"))
        case .success(let key?): found = try article(key, name: row.text("nombre"))
        }
        return found.mapError { ImportFaults([table.fault(row, $0.name, $0.detail)]) }
    }

    private func counted(
        _ row: ImportRow, of table: ImportTable
    ) -> Result<(warehouse: Warehouse?, quantity: Quantity), ImportFaults> {
        var faults: [ImportFault] = []
        var quantity: Quantity?
        do throws(QuantityFault) {
            quantity = try row.text("cantidad").map { text throws(QuantityFault) in
                try Quantity(text)
            }
            if quantity == nil { faults.append(table.fault(row, "cantidad", "is missing")) }
        } catch {
            faults.append(table.fault(row, "cantidad", error.message))
        }
        var warehouse: Warehouse?
        if let name = row.text("almacen") {
            warehouse = Warehouse(name)
            if warehouse == nil {
                faults.append(table.fault(row, "almacen", "must be \(Warehouse.grammar)"))
            }
        }
        if let note = row.text("nota"),
            note.unicodeScalars.count > MovementDraft.maxNoteCharacters
        {
            faults.append(
                table.fault(
                    row, "nota", "has more than \(MovementDraft.maxNoteCharacters) characters"))
        }
        guard let quantity, faults.isEmpty else { return .failure(ImportFaults(faults)) }
        return .success((warehouse, quantity))
    }
}

/// All that is wrong with a row.
struct ImportFaults: Error {
    var all: [ImportFault]

    init(_ all: [ImportFault]) { self.all = all }
}

extension ImportReport.Effect {
    init(_ effect: UpsertedArticle.Effect) {
        self =
            switch effect {
            case .created: .created
            case .changed: .updated
            case .unchanged: .unchanged
            }
    }
}
