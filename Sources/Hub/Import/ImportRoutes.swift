import HTTP1
import JSON
import Log

/// Bodies of rows on `POST /api/external/articulos` and `POST /api/external/stock`.
///
/// One request is one transaction: its rows, their movements and events, what is remembered of
/// the system that they come from, and the answer under the request's key.
struct ImportRoutes: Sendable {
    let limits: HubLimits
    let idempotency: Idempotency

    /// Imports the rows of a request.
    ///
    /// - Parameters:
    ///   - request: Its grant was checked.
    ///   - kind: What its rows are.
    /// - Returns: What to do; `nil` where the body is none of an import.
    /// - Throws: What can be told without the store.
    func react(to request: Request, _ kind: ImportKind) throws(Problem) -> Reaction? {
        guard let plan = try ImportPlan(request) else { return nil }
        let key = try request.idempotencyKey()
        let table = try ImportTable(request.body, plan.form, limits: limits.json)
        if !table.columns.isEmpty, let fault = kind.fault(ofColumns: table.columns) {
            throw Problem(.invalidBody, fault, faults: [.init("/0", fault)])
        }
        let author = plan.origin ?? request.principal.name
        let path = request.head.target.path
        let write: Reaction.Write = { transaction throws(EngineError) in
            let report = try transaction.import(table, kind, plan, author: author)
            let response = report.response(to: plan, path: path)
            return report.isKept(by: plan)
                ? .commit(.success(response)) : .refuse(.success(response))
        }
        guard let key else { return .write(write) }
        let target = request.head.target.raw
        return .write(
            idempotency.once(
                key, operation: "POST /api/external/\(kind.rawValue) import",
                content: Array("\(target)\n".utf8) + request.body, write))
    }
}

extension Transaction {
    /// Imports all rows of a table, and notes those that are at fault.
    ///
    /// - Returns: What came of them; whether it is kept is the caller's to say.
    /// - Throws: What the engine says.
    fileprivate func `import`(
        _ table: ImportTable, _ kind: ImportKind, _ plan: ImportPlan, author: String
    ) throws(EngineError) -> ImportReport {
        var report = ImportReport()
        report.rows = table.rows.count
        for row in table.rows {
            let result: Result<ImportedRow, ImportFaults> =
                if !row.faults.isEmpty {
                    .failure(ImportFaults(row.faults))
                } else {
                    switch kind {
                    case .articles: try importArticle(row, of: table)
                    case .stock: try importStock(row, of: table, author: author)
                    }
                }
            switch result {
            case .success(let imported): report.add(imported.effect)
            case .failure(let faults): report.reject(faults.all)
            }
            if plan.origin != nil { try note(row, kind, result) }
        }
        return report
    }

    /// Remembers which of the other system's records a row was, and what came of it.
    private func note(
        _ row: ImportRow, _ kind: ImportKind, _ result: Result<ImportedRow, ImportFaults>
    ) throws(EngineError) {
        guard let reference = row.text("referencia_externa"),
            reference.unicodeScalars.count <= Synchronisation.maxReferenceCharacters
        else { return }
        var draft = SynchronisationDraft(type: kind.rawValue, reference: reference)
        draft.data = row.json
        switch result {
        case .success(let imported):
            draft.outcome = .done
            draft.ownReference = String(imported.article)
        case .failure(let faults):
            draft.outcome = .failed
            draft.error = faults.all.map { fault in
                (fault.name.map { "\($0): " } ?? "") + fault.detail
            }.joined(separator: "; ")
        }
        try put(draft)
    }
}
