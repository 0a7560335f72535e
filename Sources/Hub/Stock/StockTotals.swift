import JSON
import Log

/// What an article has and what has moved of it, kept with each movement: no report adds up.
struct StockTotals: Equatable, Sendable {
    var article: UInt64
    /// In all warehouses.
    var quantity = Quantity.zero
    var received = Quantity.zero
    var issued = Quantity.zero
    /// The sum of its adjustments, with its sign.
    var adjusted = Quantity.zero
    /// How many movements have changed it.
    var movements: UInt64 = 0
    /// How many wait for approval.
    var pending: UInt64 = 0
    /// In how many places it has lain.
    var warehouses: UInt64 = 0
    /// Whether its stock was ever moved or counted; before that nothing is amiss with it.
    var isCounted = false
    var lastMovement: Timestamp?

    init(article: UInt64) { self.article = article }

    /// Reads a record.
    ///
    /// - Throws: `corrupt`, where the record was not written by the hub.
    init(record: [UInt8]) throws(EngineError) {
        let members = try StoredMembers(record, "the totals of an article")
        article = try members.id("articulo")
        quantity = try members.quantity("cantidad")
        received = try members.quantity("entradas")
        issued = try members.quantity("salidas")
        adjusted = try members.quantity("ajustes")
        movements = members.count("movimientos")
        pending = members.count("pendientes")
        warehouses = members.count("almacenes")
        isCounted = members.isTrue("contado")
        lastMovement = members.text("ultimo_movimiento").flatMap { Timestamp(rfc3339: $0) }
    }

    var record: [UInt8] {
        var json = Writer(capacity: 256)
        json.object { json in
            json.member("articulo", article)
            json.member("cantidad", quantity)
            json.member("entradas", received)
            json.member("salidas", issued)
            json.member("ajustes", adjusted)
            json.member("movimientos", movements)
            json.member("pendientes", pending)
            json.member("almacenes", warehouses)
            json.member("contado", isCounted)
            json.member("ultimo_movimiento", orNull: lastMovement?.rfc3339)
        }
        return json.bytes
    }

    /// Adds a movement.
    ///
    /// - Returns: Whether all sums stay within their bounds; if not, it is of no use any more.
    mutating func add(_ draft: MovementDraft, at moment: Timestamp) -> Bool {
        guard let sum = quantity.adding(draft.difference) else { return false }
        quantity = sum
        let (place, amount) = Self.place(of: draft)
        guard let total = self[keyPath: place].adding(amount) else { return false }
        self[keyPath: place] = total
        movements += 1
        isCounted = true
        lastMovement = moment
        return true
    }

    private static func place(
        of draft: MovementDraft
    ) -> (WritableKeyPath<StockTotals, Quantity>, Quantity) {
        switch draft.kind {
        case .receipt: (\.received, draft.quantity)
        case .issue: (\.issued, draft.quantity)
        case .adjustment: (\.adjusted, draft.quantity)
        }
    }

    /// Whether it is below the minimum of its article.
    func isBelow(_ article: Article) -> Bool {
        guard isCounted, let minimum = article.minimum else { return false }
        return quantity < minimum
    }
}

extension Snapshot {
    /// What is known of the stock of an article that there is.
    func stockTotals(_ article: UInt64) throws(EngineError) -> StockTotals {
        guard let record = try record(StockRecords.totals, StockRecords.digits(article)) else {
            throw .corrupt("article \(article) has no totals")
        }
        return try StockTotals(record: record)
    }

    /// What lies in one place; `nil` where the article has never lain.
    func level(_ article: UInt64, _ warehouse: Warehouse?) throws(EngineError) -> Quantity? {
        guard
            let record = try record(StockRecords.levels, StockRecords.levelKey(article, warehouse))
        else { return nil }
        return try Quantity(level: record)
    }
}

extension Transaction {
    func put(_ totals: StockTotals) throws(EngineError) {
        try put(StockRecords.totals, StockRecords.digits(totals.article), totals.record)
    }
}

extension Quantity {
    /// Reads the record of a level.
    init(level record: [UInt8]) throws(EngineError) {
        do throws(QuantityFault) {
            try self.init(String(decoding: record, as: UTF8.self))
        } catch {
            throw .corrupt("a quantity of stock \(error.message)")
        }
    }
}
