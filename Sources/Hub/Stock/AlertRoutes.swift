import Bytes
import HTTP1
import JSON
import Log

/// `/api/external/alertas` and `/api/external/silencios`.
extension StockRoutes {
    /// Alerts by article: those under way, or those of one state.
    func listAlerts(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.subscribe, on: StockEvent.group)
        let limit = try request.limit()
        let after = try request.idAfter()
        let filter: AlertFilter? = try request.choice("estado")
        let isClosed = filter?.isClosed ?? false
        return .read { snapshot throws(EngineError) in
            let collection = isClosed ? AlertRecord.closed : AlertRecord.open
            let page = try RecordPage(snapshot, collection, after: after, limit: limit) {
                record throws(EngineError) in
                guard let id = parseDecimal(record.key.utf8),
                    let found = try snapshot.shownAlert(id),
                    filter.map({ $0.takes(found.record.alert) }) ?? true
                else { return nil }
                return found.json
            }
            return .success(.json(.ok, page.json("alertas", next: StockRecords.writeID)))
        }
    }

    func readAlert(_ request: Request, _ text: String) throws(Problem) -> Reaction {
        try request.principal.require(.subscribe, on: StockEvent.group)
        let id = try Article.id(text)
        return .read { snapshot throws(EngineError) in
            guard let found = try snapshot.shownAlert(id) else { return .failure(.noAlert(id)) }
            return .success(.json(.ok, found.json, fields: .noStore))
        }
    }

    /// Notes who sees to an alert: it is not repeated any more.
    func acknowledge(_ request: Request, _ text: String) throws(Problem) -> Reaction {
        try request.principal.require(.write, on: StockEvent.group)
        try request.requireJSON()
        let id = try Article.id(text)
        let body = try AcknowledgementBody(request.body, limits: limits.json)
        let by = request.actor(body.by)
        return try idempotency.write(request, "POST \(Self.path)/alertas/\(id)/reconocer") {
            transaction throws(EngineError) in
            let acknowledgement = StockAlert.Acknowledgement(
                by: by, note: body.note, at: transaction.now)
            switch try transaction.acknowledge(id, acknowledgement) {
            case .failure(let problem): return .refuse(.failure(problem))
            case .success(let json): return .commit(.success(.json(.ok, json)))
            }
        }
    }

    // MARK: Silences

    func listSilences(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.subscribe, on: StockEvent.group)
        return .read { snapshot throws(EngineError) in
            let silences = try snapshot.silences()
            var json = Writer(capacity: 64 + silences.count * 200)
            json.object { json in
                json.member("silencios") { json in
                    json.array { json in for silence in silences { json.raw(silence.json) } }
                }
            }
            return .success(.json(.ok, json.bytes))
        }
    }

    func createSilence(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.write, on: StockEvent.group)
        try request.requireJSON()
        let body = try SilenceBody(request.body, limits: limits.json)
        let author = request.actor(body.author)
        return try idempotency.write(request, "POST \(Self.path)/silencios") {
            transaction throws(EngineError) in
            switch try transaction.add(body, author: author) {
            case .failure(let problem): return .refuse(.failure(problem))
            case .success(let silence):
                let fields: Fields = ["Location": "\(Self.path)/silencios/\(silence.id)"]
                return .commit(.success(.json(.created, silence.json, fields: fields)))
            }
        }
    }

    func deleteSilence(_ request: Request, _ text: String) throws(Problem) -> Reaction {
        try request.principal.require(.write, on: StockEvent.group)
        let missing = Problem(.notFound, "there is no silence \"\(text.prefix(64))\"")
        guard let id = parseDecimal(text.utf8), id <= StockRecords.maxID else { throw missing }
        return .write { transaction throws(EngineError) in
            let digits = StockRecords.digits(id)
            guard try transaction.delete(Silence.collection, digits) else {
                return .refuse(.failure(missing))
            }
            // What is still active speaks now, and not at the end that was meant.
            try transaction.put(DurableTimer(.stockSweep, digits, due: transaction.now))
            return .commit(.success(Response(.noContent)))
        }
    }
}

/// What a list of alerts is asked for: a phase by seed 001's name, or a state by WIRE's.
private enum AlertFilter: String, CaseIterable, Sendable {
    case ok, pendiente, activa, reconocida, resuelta, firing, resolved

    var isClosed: Bool {
        switch self {
        case .ok, .resuelta, .resolved: true
        case .pendiente, .activa, .reconocida, .firing: false
        }
    }

    func takes(_ alert: StockAlert) -> Bool {
        rawValue == alert.phaseName.rawValue || rawValue == alert.phaseName.state
    }
}

extension Snapshot {
    /// An alert as clients see it; `nil` where nothing was ever amiss.
    fileprivate func shownAlert(
        _ id: UInt64
    ) throws(EngineError) -> (record: AlertRecord, json: [UInt8])? {
        guard let record = try alert(id), let article = try article(id)?.article else { return nil }
        return (record, record.json(article, try stockTotals(id).quantity))
    }
}

extension Transaction {
    /// Keeps a silence, and has the open alerts looked at when it begins.
    fileprivate func add(
        _ body: SilenceBody, author: String
    ) throws(EngineError) -> Result<Silence, Problem> {
        if case .article(let id) = body.scope, try article(id) == nil {
            return .failure(.noArticle(id))
        }
        guard try silences().count < Silence.maxCount else {
            return .failure(
                Problem(.conflict, "there are \(Silence.maxCount) silences; take one back first"))
        }
        let from = body.from ?? now
        let until = body.until(from: from)
        guard until > max(from, now), until <= now + .seconds(Silence.maxSeconds) else {
            let most = "at most \(Silence.maxSeconds) seconds from now"
            return .failure(
                Problem(
                    .invalidBody, "the silence would end at \(until.rfc3339)",
                    faults: [.init(body.endPointer, "must end after it begins, and \(most)")]))
        }
        let silence = Silence(
            id: try nextID("silence"), scope: body.scope, from: from, until: until,
            author: author, reason: body.reason)
        let digits = StockRecords.digits(silence.id)
        try put(Silence.collection, digits, silence.json, expires: until)
        try put(DurableTimer(.stockSweep, digits, due: max(from, now)))
        return .success(silence)
    }
}

/// Who sees to an alert, and what they say.
private struct AcknowledgementBody {
    var by: String?
    var note: String?

    static let maxNameCharacters = 200

    init(_ body: [UInt8], limits: JSON.Limits) throws(Problem) {
        guard !body.isEmpty else { return }
        var faults = BodyFaults()
        try Reader.readBody(body, limits: limits) { name, reader throws(JSONError) in
            if try reader.readNullIfNext() { return }
            switch name {
            case "por":
                by = try faults.readText(
                    &reader, "/por", maxCharacters: Self.maxNameCharacters)
            case "nota":
                note = try faults.readText(
                    &reader, "/nota", maxCharacters: MovementDraft.maxNoteCharacters)
            default: break
            }
        }
        try faults.check("the acknowledgement")
    }
}
