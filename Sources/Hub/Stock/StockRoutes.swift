import Bytes
import HTTP1
import JSON
import Log

/// `/api/external`: seed 001's articles, stock, movements, alerts and reports (WIRE §5).
///
/// Their events are in the same transaction. Each area has its handlers in an extension of its
/// own.
struct StockRoutes: Sendable {
    let limits: HubLimits
    let idempotency: Idempotency

    static let patchTypes = ["application/merge-patch+json", "application/json"]
    static let path = "/api/external"

    // MARK: What there is

    /// What there is of each article, and where; those below their minimum alone are a list of
    /// their own, so that they cost what is returned.
    func listStock(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.subscribe, on: StockEvent.group)
        let limit = try request.limit()
        let isBelow = try request.flag("bajo_umbral")
        let warehouse = try request.warehouse()
        let after = try request.idAfter()
        return .read { snapshot throws(EngineError) in
            let collection = isBelow == true ? StockRecords.below : StockRecords.totals
            let page = try RecordPage(snapshot, collection, after: after, limit: limit) {
                record throws(EngineError) in
                try StockView(snapshot, record.key, warehouse, isBelow: isBelow)?.json
            }
            return .success(.json(.ok, page.json("stock", next: StockRecords.writeID)))
        }
    }

    func readStock(_ request: Request, _ text: String) throws(Problem) -> Reaction {
        try request.principal.require(.subscribe, on: StockEvent.group)
        let id = try Article.id(text)
        let warehouse = try request.warehouse()
        return .read { snapshot throws(EngineError) in
            guard try snapshot.article(id) != nil,
                let view = try StockView(
                    snapshot, StockRecords.digits(id), warehouse, isBelow: nil)
            else { return .failure(.articleNotFound(text)) }
            return .success(.json(.ok, view.json, fields: .noStore))
        }
    }
}

/// What there is of an article, and where.
struct StockView {
    private let article: Article
    private let totals: StockTotals
    private let levels: [(warehouse: String, quantity: Quantity)]

    var isBelow: Bool { totals.isBelow(article) }

    /// Reads what there is; `nil` where the article has never lain in that place, or is none of
    /// those that are asked for.
    ///
    /// - Parameters:
    ///   - snapshot: Where.
    ///   - key: The article, as it stands in keys.
    ///   - warehouse: The only place to look at; `nil` for all.
    ///   - isWantedBelow: Whether it is to be below its minimum; `nil` for either.
    /// - Throws: What the engine says.
    init?(
        _ snapshot: any Snapshot, _ key: String, _ warehouse: Warehouse?,
        isBelow isWantedBelow: Bool?
    ) throws(EngineError) {
        guard let id = parseDecimal(key.utf8), let article = try snapshot.article(id)?.article
        else {
            throw .corrupt("the stock of an article stays that is gone")
        }
        self.article = article
        totals = try snapshot.stockTotals(id)
        // Its places are as many as a thousand: they are read of what is shown alone.
        if let isWantedBelow, totals.isBelow(article) != isWantedBelow { return nil }
        if let warehouse {
            guard let level = try snapshot.level(id, warehouse) else { return nil }
            levels = [(warehouse.name, level)]
            return
        }
        var levels: [(warehouse: String, quantity: Quantity)] = []
        for record in try snapshot.records(
            StockRecords.levels, prefix: "\(key):", limit: Int(clamping: totals.warehouses))
        {
            let name = String(record.key.dropFirst(key.count + 1))
            levels.append((name, try Quantity(level: record.value)))
        }
        self.levels = levels
    }

    var json: [UInt8] {
        var json = Writer(capacity: 256)
        json.object { json in
            json.member("articulo", article.id)
            json.member("nombre", article.name)
            json.member("referencia_externa", orNull: article.reference)
            json.member("cantidad", totals.quantity)
            json.member("umbral_minimo", article.minimum)
            json.member("bajo_umbral", isBelow)
            json.member("pendientes", totals.pending)
            json.member("almacenes") { json in
                json.array { json in
                    for level in levels {
                        json.object { json in
                            json.member(
                                "almacen", orNull: level.warehouse.isEmpty ? nil : level.warehouse)
                            json.member("cantidad", level.quantity)
                        }
                    }
                }
            }
            json.member("ultimo_movimiento", orNull: totals.lastMovement?.rfc3339)
        }
        return json.bytes
    }
}

extension Request {
    /// The place that the query asks for.
    func warehouse() throws(Problem) -> Warehouse? {
        guard let text = head.target.queryValue("almacen") else { return nil }
        guard let warehouse = Warehouse(text) else {
            throw Problem(
                .invalidParameter,
                "almacen: \"\(text.prefix(64))\" is not \(Warehouse.grammar)")
        }
        return warehouse
    }

    /// An identifier in the query.
    func id(_ name: String) throws(Problem) -> UInt64? {
        guard let text = head.target.queryValue(name), !text.isEmpty else { return nil }
        guard let id = parseDecimal(text.utf8), id <= StockRecords.maxID else {
            throw Problem(.invalidParameter, "\(name): \"\(text.prefix(64))\" is not an id")
        }
        return id
    }

    /// The key behind which a list in the order of identifiers goes on.
    func idAfter() throws(Problem) -> String? {
        try id("after").map { StockRecords.digits($0) }
    }

    /// Who does something: whom the credentials name, or on an open hub whom the body names.
    func actor(_ claimed: String?) -> String {
        principal.grants == nil ? claimed ?? principal.name : principal.name
    }
}

extension Article {
    /// The identifier that a path names.
    static func id(_ text: String) throws(Problem) -> UInt64 {
        guard let id = parseDecimal(text.utf8), id <= StockRecords.maxID else {
            throw .articleNotFound(text)
        }
        return id
    }
}

extension Problem {
    static func articleNotFound(_ id: String) -> Problem {
        Problem(.notFound, "there is no article \"\(id.prefix(64))\"")
    }
}
