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

    static let defaultPageSize = 100
    static let maxPageSize = 1000
    /// The most records that one page of a filtered list looks at.
    static let maxScanned = 10_000
    static let patchTypes = ["application/merge-patch+json", "application/json"]
    static let path = "/api/external"

    func pageSize(_ request: Request) throws(Problem) -> Int {
        try request.number("limit", in: 1...Self.maxPageSize, default: Self.defaultPageSize)
    }

    // MARK: What there is

    /// What there is of each article, and where; those below their minimum alone are a list of
    /// their own, so that they cost what is returned.
    func listStock(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.subscribe, on: StockEvent.group)
        let limit = try pageSize(request)
        let isBelow = try request.flag("bajo_umbral")
        let warehouse = try request.warehouse()
        let after = try request.idAfter()
        return .read { snapshot throws(EngineError) in
            let collection = isBelow == true ? StockRecords.below : StockRecords.totals
            let page = try RecordPage(snapshot, collection, after: after, limit: limit) {
                key throws(EngineError) in
                guard let view = try StockView(snapshot, key: key, only: warehouse) else {
                    return nil
                }
                return isBelow == false && view.isBelow ? nil : view.json
            }
            return .success(.json(.ok, page.json("stock")))
        }
    }

    func readStock(_ request: Request, _ text: String) throws(Problem) -> Reaction {
        try request.principal.require(.subscribe, on: StockEvent.group)
        let id = try Article.id(text)
        let warehouse = try request.warehouse()
        return .read { snapshot throws(EngineError) in
            guard try snapshot.article(id) != nil,
                let view = try StockView(
                    snapshot, key: StockRecords.digits(id), only: warehouse)
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

    /// Reads what there is; `nil` where the article has never lain in that place.
    ///
    /// - Parameters:
    ///   - snapshot: Where.
    ///   - key: The article, as it stands in keys.
    ///   - warehouse: The only place to look at; `nil` for all.
    /// - Throws: What the engine says.
    init?(
        _ snapshot: any Snapshot, key: String, only warehouse: Warehouse?
    ) throws(EngineError) {
        guard let id = parseDecimal(key.utf8), let article = try snapshot.article(id)?.article
        else {
            throw .corrupt("the stock of an article stays that is gone")
        }
        self.article = article
        totals = try snapshot.stockTotals(id)
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

/// A page of a collection: the records that a filter takes, each as a client sees it.
struct RecordPage {
    private(set) var rows: [[UInt8]] = []
    /// The key to go on behind; `nil` at the end.
    private(set) var next: String?

    /// Reads a page.
    ///
    /// - Parameters:
    ///   - snapshot: Where.
    ///   - collection: What is listed.
    ///   - prefix: What the keys begin with.
    ///   - after: The key to go on behind; `nil` for the first.
    ///   - limit: The most rows.
    ///   - descending: Whether the last key comes first.
    ///   - last: The end of the list, itself left out; `nil` for that of the prefix.
    ///   - row: Makes a row of a key, or `nil` to leave it out.
    /// - Throws: What the engine says.
    init(
        _ snapshot: any Snapshot, _ collection: Log.Collection, prefix: String = "",
        after: String?, limit: Int, descending: Bool = false, upTo last: String? = nil,
        _ row: (_ key: String) throws(EngineError) -> [UInt8]?
    ) throws(EngineError) {
        var place = after
        var scanned = 0
        while true {
            let records = try snapshot.records(
                collection, prefix: prefix, after: place, limit: limit + 1, descending: descending)
            for record in records {
                if let last, descending ? record.key <= last : record.key >= last { return }
                if rows.count == limit || scanned == StockRoutes.maxScanned {
                    next = place
                    return
                }
                scanned += 1
                place = record.key
                if let row = try row(record.key) { rows.append(row) }
            }
            if records.count <= limit { return }
        }
    }

    /// The page as clients see it.
    ///
    /// - Parameters:
    ///   - name: What the rows are.
    ///   - nextText: Makes what a client asks for next of a key; the identifier at its end.
    /// - Returns: A JSON object.
    func json(_ name: String, next nextText: (String) -> String = Self.id) -> [UInt8] {
        var json = Writer(capacity: 64 + rows.reduce(0) { $0 + $1.count + 1 })
        json.object { json in
            json.member(name) { json in
                json.array { json in for row in rows { json.raw(row) } }
            }
            json.key("next")
            if let next { json.string(nextText(next)) } else { json.null() }
        }
        return json.bytes
    }

    /// The identifier with which a key ends, without zeros in front.
    static func id(_ key: String) -> String {
        let digits = key.utf8.suffix(StockRecords.idDigits).drop { $0 == ASCII.zero }
        return digits.isEmpty ? "0" : String(lossyUTF8: Array(digits))
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

    /// One of some words in the query.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String
    ) throws(Problem) -> Choice? where Choice.RawValue == String {
        guard let text = head.target.queryValue(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(
                .invalidParameter, "\(name): \"\(text.prefix(64))\" is none of \(known)")
        }
        return choice
    }

    /// A moment in the query: RFC 3339, or a day, which is taken for its beginning in UTC.
    ///
    /// - Parameters:
    ///   - name: The parameter.
    ///   - dayEnds: Whether a day is taken for its end.
    /// - Returns: The moment; `nil` where it is not given.
    /// - Throws: 400, where it is neither.
    func moment(_ name: String, dayEnds: Bool = false) throws(Problem) -> Timestamp? {
        guard let text = head.target.queryValue(name) else { return nil }
        if text.utf8.count == 10, let day = Timestamp(rfc3339: "\(text)T00:00:00Z") {
            return dayEnds ? day + .seconds(86_400) : day
        }
        guard let moment = Timestamp(rfc3339: text) else {
            throw Problem(
                .invalidParameter,
                "\(name): \"\(text.prefix(64))\" is neither a day such as 2026-01-15 nor a time such as 2026-01-15T10:00:00Z"
            )
        }
        return moment
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
