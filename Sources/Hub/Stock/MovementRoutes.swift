import Bytes
import HTTP1
import JSON
import Log

/// `/api/external/movimientos` and its members.
extension StockRoutes {
    /// Movements, newest first.
    func listMovements(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.subscribe, on: StockEvent.group)
        let limit = try request.limit()
        let filter = try MovementFilter(request)
        let after = try request.id("after")
        return .read { snapshot throws(EngineError) in
            var start: String?
            if let after {
                guard let key = try snapshot.movementKey(after) else {
                    return .failure(
                        Problem(.invalidParameter, "after: there is no movement \(after)"))
                }
                start = key
            }
            return .success(.json(.ok, try filter.page(snapshot, after: start, limit: limit)))
        }
    }

    func createMovement(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.write, on: StockEvent.group)
        try request.requireJSON()
        let draft = try MovementDraft(
            request.body, limits: limits.json, author: request.principal.name)
        return try idempotency.write(request, "POST \(Self.path)/movimientos") {
            transaction throws(EngineError) in
            switch try transaction.move(draft) {
            case .failure(let problem): return .refuse(.failure(problem))
            case .success(let movement):
                let fields: Fields = ["Location": "\(Self.path)/movimientos/\(movement.id)"]
                return .commit(.success(.json(.created, movement.json, fields: fields)))
            }
        }
    }

    func readMovement(_ request: Request, _ text: String) throws(Problem) -> Reaction {
        try request.principal.require(.subscribe, on: StockEvent.group)
        let id = try Movement.id(text)
        return .read { snapshot throws(EngineError) in
            guard let movement = try snapshot.movement(id) else {
                return .failure(.movementNotFound(text))
            }
            return .success(.json(.ok, movement.json))
        }
    }

    func approveMovement(_ request: Request, _ text: String) throws(Problem) -> Reaction {
        let resolver = request.principal.name
        return try resolve(request, text, "aprobar") { transaction, movement throws(EngineError) in
            try transaction.approve(movement, by: resolver)
        }
    }

    func rejectMovement(_ request: Request, _ text: String) throws(Problem) -> Reaction {
        let resolver = request.principal.name
        return try resolve(request, text, "rechazar") { transaction, movement throws(EngineError) in
            try transaction.reject(movement, by: resolver)
        }
    }

    private func resolve(
        _ request: Request, _ text: String, _ verb: String,
        _ body:
            @escaping @Sendable (any Transaction, Movement) throws(EngineError) ->
            Result<Movement, Problem>
    ) throws(Problem) -> Reaction {
        try request.principal.require(.write, on: StockEvent.group)
        let id = try Movement.id(text)
        return try idempotency.write(request, "POST \(Self.path)/movimientos/\(id)/\(verb)") {
            transaction throws(EngineError) in
            guard let movement = try transaction.movement(id) else {
                return .refuse(.failure(.movementNotFound(text)))
            }
            switch try body(transaction, movement) {
            case .failure(let problem): return .refuse(.failure(problem))
            case .success(let resolved): return .commit(.success(.json(.ok, resolved.json)))
            }
        }
    }
}

/// Which movements are listed, and how they are found without reading all others.
private struct MovementFilter: Sendable {
    private let article: UInt64?
    private let kind: MovementKind?
    private let state: Movement.State?
    private let warehouse: Warehouse?
    /// From here on, this moment among it.
    private let from: Timestamp?
    /// Up to here, this moment not among it.
    private let until: Timestamp?

    init(_ request: Request) throws(Problem) {
        article = try request.id("articulo")
        kind = try request.choice("tipo")
        state = try request.choice("estado")
        warehouse = try request.warehouse()
        from = try request.moment("desde")
        until = try request.moment("hasta", dayEnds: true)
    }

    /// A page, newest first.
    ///
    /// - Parameters:
    ///   - snapshot: Where.
    ///   - key: The movement to go on behind; `nil` for the newest.
    ///   - limit: The most to return.
    /// - Returns: The page as clients see it.
    /// - Throws: What the engine says.
    func page(
        _ snapshot: any Snapshot, after key: String?, limit: Int
    ) throws(EngineError) -> [UInt8] {
        // The narrowest list that has them all.
        let prefix = article.map { "\(StockRecords.digits($0)):" } ?? ""
        let collection =
            if article != nil {
                StockRecords.movementsOfArticle
            } else if state == .pending {
                StockRecords.pending
            } else {
                StockRecords.movements
            }
        // A moment without what follows it in keys stands before all of that moment.
        let end = until.map { "\(prefix)\(StockRecords.digits($0))" }
        let start = key.map { "\(prefix)\($0)" }
        let after = [start, end].compactMap { $0 }.min()
        let last = from.map { "\(prefix)\(StockRecords.digits($0))" }
        let page = try RecordPage(
            snapshot, collection, prefix: prefix, after: after, limit: limit, descending: true,
            upTo: last
        ) { record throws(EngineError) in
            let movement = try snapshot.movement(key: String(record.key.dropFirst(prefix.count)))
            return takes(movement) ? movement.json : nil
        }
        return page.json("movimientos", next: StockRecords.writeID)
    }

    private func takes(_ movement: Movement) -> Bool {
        if let kind, movement.draft.kind != kind { return false }
        if let state, movement.state != state { return false }
        if let warehouse, movement.draft.warehouse != warehouse { return false }
        return true
    }
}

extension Snapshot {
    /// Where a movement stands in the order of time; `nil` where there is none.
    fileprivate func movementKey(_ id: UInt64) throws(EngineError) -> String? {
        try record(StockRecords.movementKeys, StockRecords.digits(id)).map {
            String(lossyUTF8: $0)
        }
    }
}

extension Movement {
    /// The identifier that a path names.
    fileprivate static func id(_ text: String) throws(Problem) -> UInt64 {
        guard let id = parseDecimal(text.utf8), id <= StockRecords.maxID else {
            throw .movementNotFound(text)
        }
        return id
    }
}

extension Problem {
    fileprivate static func movementNotFound(_ id: String) -> Problem {
        Problem(.notFound, "there is no movement \"\(id.prefix(64))\"")
    }
}
