import Log

extension Snapshot {
    /// A movement by its identifier.
    func movement(_ id: UInt64) throws(EngineError) -> Movement? {
        guard let key = try record(StockRecords.movementKeys, StockRecords.digits(id)) else {
            return nil
        }
        return try movement(key: String(decoding: key, as: UTF8.self))
    }

    /// A movement by its key.
    func movement(key: String) throws(EngineError) -> Movement {
        guard let record = try record(StockRecords.movements, key) else {
            throw .corrupt("there is no movement \(key)")
        }
        return try Movement(record: record)
    }
}

extension Transaction {
    /// Does a movement, or keeps it until it is approved, and announces it.
    ///
    /// - Parameter draft: The movement; its article may be unknown.
    /// - Returns: The movement, or why it cannot be: then nothing was done.
    /// - Throws: What the engine says.
    func move(_ draft: MovementDraft) throws(EngineError) -> Result<Movement, Problem> {
        guard let article = try article(draft.article)?.article else {
            return .failure(.noArticle(draft.article))
        }
        let totals = try stockTotals(article.id)
        var movement = Movement(
            id: 0, draft: draft, articleName: article.name, state: .pending, balance: nil, at: now)
        if draft.needsApproval {
            movement.id = try nextID("movement")
            try hold(movement, totals)
            return .success(movement)
        }
        switch try balance(after: draft, article, totals) {
        case .failure(let problem): return .failure(problem)
        case .success(let sums):
            movement.id = try nextID("movement")
            movement.state = .approved
            movement.balance = sums.level
            try keep(movement)
            try announce(movement, .created)
            try apply(movement, sums, article)
            return .success(movement)
        }
    }

    /// Approves a movement that waits, and does it.
    ///
    /// - Parameters:
    ///   - movement: As it is kept.
    ///   - resolver: Who approves.
    /// - Returns: The movement, or why it cannot be now: then it waits on.
    /// - Throws: What the engine says.
    func approve(
        _ movement: Movement, by resolver: String
    ) throws(EngineError) -> Result<Movement, Problem> {
        guard movement.state == .pending else { return .failure(.isResolved(movement)) }
        guard let article = try article(movement.draft.article)?.article else {
            throw .corrupt("movement \(movement.id) waits for an article that is gone")
        }
        var totals = try stockTotals(article.id)
        totals.pending -= min(totals.pending, 1)
        switch try balance(after: movement.draft, article, totals) {
        case .failure(let problem): return .failure(problem)
        case .success(let sums):
            var movement = movement
            movement.balance = sums.level
            movement = try resolve(movement, .approved, by: resolver)
            try announce(movement, .approved)
            try apply(movement, sums, article)
            return .success(movement)
        }
    }

    /// Rejects a movement that waits: nothing moves.
    ///
    /// - Returns: The movement, or that it does not wait.
    /// - Throws: What the engine says.
    func reject(
        _ movement: Movement, by resolver: String
    ) throws(EngineError) -> Result<Movement, Problem> {
        guard movement.state == .pending else { return .failure(.isResolved(movement)) }
        var totals = try stockTotals(movement.draft.article)
        totals.pending -= min(totals.pending, 1)
        try put(totals)
        try count(pending: -1)
        let rejected = try resolve(movement, .rejected, by: resolver)
        try announce(rejected, .rejected)
        return .success(rejected)
    }

    /// Makes the quantity at one place what was counted there, by an adjustment.
    ///
    /// - Parameters:
    ///   - article: Whose stock.
    ///   - warehouse: Where; `nil` for no place in particular.
    ///   - quantity: What is there.
    ///   - author: Who counted.
    ///   - note: What is kept with the movement.
    /// - Returns: The movement; `nil` where the quantity was that already. Or why not: then
    ///   nothing was done.
    /// - Throws: What the engine says.
    func setStock(
        _ article: Article, _ warehouse: Warehouse?, to quantity: Quantity, author: String,
        note: String? = nil
    ) throws(EngineError) -> Result<Movement?, Problem> {
        let level = try level(article.id, warehouse) ?? .zero
        guard let difference = quantity.subtracting(level) else {
            return .failure(.outOfBounds)
        }
        guard difference != .zero else {
            var totals = try stockTotals(article.id)
            if !totals.isCounted {
                totals.isCounted = true
                try put(totals)
                try watch(article, totals, warehouse: warehouse)
            }
            return .success(nil)
        }
        let draft = MovementDraft(
            article: article.id, kind: .adjustment, quantity: difference, warehouse: warehouse,
            note: note, author: author)
        return try move(draft).map { $0 }
    }

    // MARK: Steps

    /// What the sums would be after a movement.
    private func balance(
        after draft: MovementDraft, _ article: Article, _ totals: StockTotals
    ) throws(EngineError) -> Result<StockSums, Problem> {
        let level = try level(article.id, draft.warehouse)
        guard let sum = (level ?? .zero).adding(draft.difference) else {
            return .failure(.outOfBounds)
        }
        // What a correction raises may stay below zero, where the permission was taken back.
        if sum < .zero, !article.allowsNegative, draft.difference < .zero {
            return .failure(.tooLittle(draft, level: level ?? .zero))
        }
        var totals = totals
        if level == nil {
            guard totals.warehouses < StockSums.maxWarehouses else {
                return .failure(.tooManyWarehouses)
            }
            totals.warehouses += 1
        }
        guard totals.add(draft, at: now) else { return .failure(.outOfBounds) }
        return .success(StockSums(level: sum, totals: totals))
    }

    private func apply(
        _ movement: Movement, _ sums: StockSums, _ article: Article
    ) throws(EngineError) {
        let draft = movement.draft
        try put(
            StockRecords.levels, StockRecords.levelKey(article.id, draft.warehouse),
            Array(sums.level.text.utf8))
        try put(sums.totals)
        try count(movement)
        try watch(article, sums.totals, warehouse: draft.warehouse)
    }

    private func hold(_ movement: Movement, _ totals: StockTotals) throws(EngineError) {
        var totals = totals
        totals.pending += 1
        try put(totals)
        try keep(movement)
        try put(StockRecords.pending, StockRecords.movementKey(movement), [])
        try count(pending: 1)
        try announce(movement, .created)
    }

    private func keep(_ movement: Movement) throws(EngineError) {
        let key = StockRecords.movementKey(movement)
        try put(StockRecords.movements, key, movement.json)
        try put(
            StockRecords.movementKeys, StockRecords.digits(movement.id), Array(key.utf8))
        let article = StockRecords.digits(movement.draft.article)
        try put(StockRecords.movementsOfArticle, "\(article):\(key)", [])
    }

    private func resolve(
        _ movement: Movement, _ state: Movement.State, by resolver: String
    ) throws(EngineError) -> Movement {
        var movement = movement
        movement.state = state
        movement.resolver = resolver
        movement.resolvedAt = now
        let key = StockRecords.movementKey(movement)
        try put(StockRecords.movements, key, movement.json)
        try delete(StockRecords.pending, key)
        return movement
    }
}

/// The sums after a movement: at its place, and of its article.
private struct StockSums: Sendable {
    /// In how many places one article may lie.
    static let maxWarehouses: UInt64 = 1000

    var level: Quantity
    var totals: StockTotals
}

extension Problem {
    /// 422: what a movement names is not there.
    static func noArticle(_ id: UInt64) -> Problem {
        Problem(
            .invalidBody, "there is no article \(id)",
            faults: [.init("/articulo", "there is no article \(id); make it first")])
    }

    fileprivate static func tooLittle(_ draft: MovementDraft, level: Quantity) -> Problem {
        let place = draft.warehouse.map { " in \($0.name)" } ?? ""
        let taken = (-draft.difference).text
        return Problem(
            .conflict, "there are \(level.text)\(place), and \(taken) would be taken",
            faults: [.init("/cantidad", "is more than the \(level.text) that are there")])
    }

    fileprivate static var outOfBounds: Problem {
        Problem(
            .conflict, "the sum would be beyond what a quantity can say",
            faults: [.init("/cantidad", "makes a sum that \(QuantityFault.outOfRange.message)")])
    }

    fileprivate static var tooManyWarehouses: Problem {
        let limit = StockSums.maxWarehouses
        return Problem(
            .conflict, "the article lies in \(limit) places already",
            faults: [.init("/almacen", "would be more than \(limit) places for one article")])
    }

    fileprivate static func isResolved(_ movement: Movement) -> Problem {
        Problem(.conflict, "movement \(movement.id) is \(movement.state.rawValue) already")
    }
}
