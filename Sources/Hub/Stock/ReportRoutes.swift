import Bytes
import HTTP1
import Log

/// `/api/external/reportes`: what is kept with each movement, shown as a table.
extension StockRoutes {
    /// The longest period of a report, in days.
    static let maxReportDays: Int64 = 366
    /// The period where none is asked for, in days.
    static let defaultReportDays: Int64 = 30

    func report(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.subscribe, on: StockEvent.group)
        let kind: StockReport.Kind = try request.choice("tipo") ?? .summary
        let form = try request.reportForm()
        let limit = try request.limit()
        let after = try request.idAfter()
        let period = try ReportPeriod(request)
        let query = request.head.target.query
        return .read { snapshot throws(EngineError) in
            let report =
                switch kind {
                case .summary: try StockReport(summaryOf: snapshot)
                case .totals, .below:
                    try StockReport(kind, of: snapshot, after: after, limit: limit)
                case .movements: try StockReport(of: snapshot, in: period)
                }
            switch form {
            case .json: return .success(.json(.ok, report.json, fields: .noStore))
            case .csv:
                var fields: Fields = [
                    "Content-Type": "text/csv; charset=utf-8; header=present",
                    "Cache-Control": "no-store",
                ]
                if let next = report.next {
                    fields.append("Link", Self.link(query, after: next))
                }
                return .success(Response(.ok, fields: fields, body: report.csv))
            }
        }
    }

    /// Where the next page is, from where this one was (RFC 8288 §3): only words that the
    /// report knows go back, so that nothing else of the query gets into a field.
    private static func link(_ query: [(name: String, value: String)], after: String) -> String {
        var pairs = ["after=\(after)", "formato=csv"]
        for name in ["tipo", "limit"] {
            guard let value = query.first(where: { $0.name == name })?.value else { continue }
            pairs.append("\(name)=\(value)")
        }
        return "<?\(pairs.joined(separator: "&"))>; rel=\"next\""
    }
}

/// How a report is written.
private enum ReportForm: String, CaseIterable, Sendable {
    case json, csv
}

extension Request {
    /// How the report is wanted: `?formato=` says, or else Accept.
    fileprivate func reportForm() throws(Problem) -> ReportForm {
        if let form: ReportForm = try choice("formato") { return form }
        switch Accept(head.fields).choose(from: ["application/json", "text/csv"]) {
        case "application/json"?: return .json
        case "text/csv"?: return .csv
        default:
            throw Problem(.notAcceptable, "accept one of application/json, text/csv")
        }
    }
}

/// Some days, of all articles or of one.
struct ReportPeriod: Sendable {
    private enum Step: String, CaseIterable {
        case day = "dia"
        case month = "mes"
    }

    /// The days as they stand in keys, both among them.
    let first: String
    let last: String
    /// The day before the first, behind which its records begin.
    fileprivate let before: String
    /// Whose movements.
    fileprivate let scope: String
    /// How much of a day's text names a row.
    fileprivate let characters: Int

    init(_ request: Request) throws(Problem) {
        let step: Step = try request.choice("periodo") ?? .day
        characters = step == .day ? 10 : 7
        let end = try request.moment("hasta") ?? request.now
        let start =
            try request.moment("desde") ?? end
            - .seconds(86_400 * (StockRoutes.defaultReportDays - 1))
        let days = (end - start).components.seconds / 86_400
        guard start <= end, days < StockRoutes.maxReportDays else {
            throw Problem(
                .invalidParameter,
                "desde: must be a day up to hasta, and at most \(StockRoutes.maxReportDays) days are one report"
            )
        }
        first = Self.day(start)
        last = Self.day(end)
        before = Self.day(start - .seconds(86_400))
        scope =
            try request.id("articulo").map { StockRecords.digits($0) } ?? MovementSums.everything
    }

    private static func day(_ moment: Timestamp) -> String { String(moment.rfc3339.prefix(10)) }
}

extension StockReport {
    /// How many articles there are, how many are amiss, and what has moved today.
    init(summaryOf snapshot: any Snapshot) throws(EngineError) {
        let counts = try snapshot.stockCounts()
        let key = "\(MovementSums.everything):\(snapshot.now.rfc3339.prefix(10))"
        let record = try snapshot.record(MovementSums.collection, key)
        let today = try record.map { record throws(EngineError) in
            try MovementSums(record: record)
        }
        self.init(
            kind: .summary,
            columns: [
                "articulos", "bajo_umbral", "movimientos_pendientes", "entradas_hoy",
                "salidas_hoy", "ajustes_hoy",
            ])
        let sums = today ?? MovementSums()
        rows = [
            [
                .count(counts.articles), .count(counts.below), .count(counts.pending),
                .count(sums.receipts.count), .count(sums.issues.count),
                .count(sums.adjustments.count),
            ]
        ]
    }

    /// What each article has, and what has moved of it; of all, or of those below alone.
    init(
        _ kind: Kind, of snapshot: any Snapshot, after: String?, limit: Int
    ) throws(EngineError) {
        self.init(
            kind: kind,
            columns: [
                "articulo", "nombre", "referencia_externa", "cantidad", "umbral_minimo",
                "bajo_umbral", "entradas", "salidas", "ajustes", "movimientos", "pendientes",
                "ultimo_movimiento",
            ])
        let collection = kind == .below ? StockRecords.below : StockRecords.totals
        let records = try snapshot.records(
            collection, prefix: "", after: after, limit: limit + 1, descending: false)
        for record in records.prefix(limit) {
            guard let id = parseDecimal(record.key.utf8),
                let article = try snapshot.article(id)?.article
            else { throw .corrupt("the stock of an article stays that is gone") }
            rows.append(Self.row(article, try snapshot.stockTotals(id)))
        }
        if records.count > limit, let last = records.prefix(limit).last {
            next = StockRecords.id(last.key)
        }
    }

    private static func row(_ article: Article, _ totals: StockTotals) -> [Cell] {
        [
            .count(article.id), .text(article.name), .text(orEmpty: article.reference),
            .number(totals.quantity), .number(article.minimum), .flag(totals.isBelow(article)),
            .number(totals.received), .number(totals.issued), .number(totals.adjusted),
            .count(totals.movements), .count(totals.pending),
            .text(orEmpty: totals.lastMovement?.rfc3339),
        ]
    }

    /// What has moved in a period: a row for each day or month in which something has.
    init(of snapshot: any Snapshot, in period: ReportPeriod) throws(EngineError) {
        self.init(
            kind: .movements,
            columns: [
                "periodo", "entradas", "cantidad_entradas", "salidas", "cantidad_salidas",
                "ajustes", "cantidad_ajustes",
            ])
        let prefix = "\(period.scope):"
        let records = try snapshot.records(
            MovementSums.collection, prefix: prefix, after: prefix + period.before,
            limit: Int(StockRoutes.maxReportDays) + 1, descending: false)
        var name = ""
        var sums = MovementSums()
        for record in records where record.key <= prefix + period.last {
            let row = String(record.key.dropFirst(prefix.count).prefix(period.characters))
            if row != name {
                append(name, sums)
                name = row
                sums = MovementSums()
            }
            sums.add(try MovementSums(record: record.value))
        }
        append(name, sums)
    }

    private mutating func append(_ name: String, _ sums: MovementSums) {
        guard !name.isEmpty else { return }
        rows.append(
            [.text(name)]
                + MovementKind.allCases.flatMap { kind in
                    [.count(sums[kind].count), .number(sums[kind].quantity)]
                })
    }
}
