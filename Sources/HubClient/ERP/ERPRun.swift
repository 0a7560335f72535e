import HTTP1
import JSON

/// One run of a synchronisation.
///
/// Articles come first, for all else names them. The hub's own movements go out before stock
/// comes in, so that what the ERP says is there has them in it. After each page, and each
/// movement, it is kept how far the run has come.
struct ERPRun {
    let hub: Asking
    let erp: Asking
    let erpAddress: HubAddress
    let system: String
    let file: ERPStateFile
    let tell: (String) -> Void
    private(set) var tally = ERPTally()
    /// What the ERP calls articles, by the hub's identifier; `nil` where it has no name there.
    private var references: [String: String?] = [:]

    /// How many articles' references are kept in memory.
    private static let maxReferences = 10_000
    private static let eventsOfPage = 100

    init(
        hub: Asking, erp: Asking, erpAddress: HubAddress, system: String, file: ERPStateFile,
        tell: @escaping (String) -> Void
    ) {
        self.hub = hub
        self.erp = erp
        self.erpAddress = erpAddress
        self.system = system
        self.file = file
        self.tell = tell
    }

    /// Does what is left of a run, or a new one.
    mutating func run() throws(CompanionError) {
        if file.state.cursor == nil { try begin() }
        while true {
            switch file.state.phase {
            case .articles:
                try pull(.articles)
                try file.change { $0.phase = .movements }
            case .movements:
                try resend()
                try follow()
                try file.change { $0.phase = .stock }
            case .stock:
                try pull(.stock)
                return try file.change { $0.phase = .articles }
            }
        }
    }

    mutating func fail(_ reason: String) { tally.failure = reason }

    // MARK: From the ERP

    private mutating func pull(_ kind: ERPPage.Kind) throws(CompanionError) {
        var target = file.state.next ?? "/api/\(kind.rawValue)"
        while true {
            let answer = try ask(erp, .get, target)
            let page = try read(answer.body, "the ERP's \(kind.rawValue)") {
                body throws(JSONError) in try ERPPage(body)
            }
            for body in ERPBodies.cut(page.lines(kind)) { try hand(body, kind) }
            guard let next = page.next else { break }
            guard let link = ERPLink.target(next, from: target, at: erpAddress) else {
                throw CompanionError(
                    .failure, "the ERP's \(kind.rawValue) go on at another server: \(next)")
            }
            target = link
            try file.change { $0.next = link }
        }
        try file.change { $0.next = nil }
    }

    private mutating func hand(_ body: [UInt8], _ kind: ERPPage.Kind) throws(CompanionError) {
        let answer = try ask(
            hub, .post, "/api/external/\(kind.rawValue)/?mode=skip&origen=\(system)",
            ["Content-Type": "application/x-ndjson"], body)
        let reply = try read(answer.body, "the hub's answer") { body throws(JSONError) in
            try ImportReply(body)
        }
        let rows = body.count { $0 == 0x0A }
        let batch = ImportBatch(number: 1, body: [], lines: Array(1...max(1, rows)))
        switch kind {
        case .articles: tally.articles.add(reply, of: batch, isReplay: false)
        case .stock: tally.stock.add(reply, of: batch, isReplay: false)
        }
        for fault in reply.faults {
            let name = fault.name.map { "\($0): " } ?? ""
            tell("\(kind.rawValue), record \(fault.row): \(name)\(VisibleText.of(fault.detail))")
        }
    }

    // MARK: To the ERP

    /// Takes the place from which on movements are the ERP's to hear of.
    private func begin() throws(CompanionError) {
        let page = try events(since: "now")
        try file.change { $0.cursor = page.cursor }
    }

    private mutating func follow() throws(CompanionError) {
        while let cursor = file.state.cursor {
            let page = try events(since: cursor)
            if page.isBroken {
                tell(
                    "some movements are past the hub's retention, and the ERP will not hear of them"
                )
            }
            for event in page.events {
                if let movement = ERPMovement(event, notOf: system) { try send(movement) }
                if let place = event.member("cursor")?.word {
                    try file.change { $0.cursor = place }
                }
            }
            try file.change { $0.cursor = page.cursor }
            if page.isUpToDate { return }
        }
    }

    private func events(since: String) throws(CompanionError) -> ERPEvents {
        let target = HTTP1.Request.target(
            segments: ["stream"],
            query: ["groups": "stock", "since": since, "limit": String(Self.eventsOfPage)])
        let answer = try ask(
            hub, .get, target, ["Accept": "application/json"])
        return try read(answer.body, "the hub's log") { body throws(JSONError) in
            try ERPEvents(body)
        }
    }

    private mutating func send(_ movement: ERPMovement) throws(CompanionError) {
        if try isSent(movement.key) { return }
        let body = movement.body(reference: try reference(of: movement.article))
        try note(movement.key, .pending, own: movement.id, body)
        try post(movement.key, body)
    }

    /// Sends again what the ERP did not take, or was not answered.
    private mutating func resend() throws(CompanionError) {
        for outcome in [Outcome.pending, .failed] {
            let answer = try ask(
                hub, .get,
                "/api/external/sincronizaciones/?tipo=movimiento&limit=1000&estado=\(outcome.rawValue)"
            )
            let list = try read(answer.body, "the hub's list") { body throws(JSONError) in
                try Value.parse(body, limits: JSON.Limits(maxBytes: Exchange.answerLimitBytes))
            }
            guard case .array(let records)? = list.member("sincronizaciones") else { continue }
            for record in records {
                guard let key = record.member("referencia_externa")?.word,
                    case .object? = record.member("datos"), let body = record.member("datos")
                else { continue }
                try post(key, body.bytes)
            }
        }
    }

    private mutating func post(_ key: String, _ body: [UInt8]) throws(CompanionError) {
        let answer = try answer(
            of: erp, .post, "/api/movimientos",
            ["Content-Type": "application/json", "Idempotency-Key": key], body)
        if answer.head.status.isSuccessful {
            tally.sent += 1
            return try note(key, .done)
        }
        let reason = "the ERP answered \(answer.head.status.rawValue)"
        try note(key, .failed, error: reason)
        // What may pass was tried often enough: the ERP is not well, and the next run goes on here.
        if answer.mayPass { throw CompanionError(.failure, reason) }
        tally.refused += 1
        tell("\(key): \(reason)")
    }

    // MARK: What the hub knows

    private enum Outcome: String {
        case pending = "PENDIENTE"
        case done = "SINCRONIZADO"
        case failed = "ERROR"
    }

    private func isSent(_ key: String) throws(CompanionError) -> Bool {
        let target = HTTP1.Request.target(
            segments: ["api", "external", "sincronizaciones"],
            query: ["tipo": "movimiento", "referencia_externa": key])
        guard let answer = try find(target) else { return false }
        let record = try read(answer.body, "the hub's record") { body throws(JSONError) in
            try Value.parse(body)
        }
        return record.member("estado")?.word == Outcome.done.rawValue
    }

    private func note(
        _ key: String, _ outcome: Outcome, own: String? = nil, _ body: [UInt8]? = nil,
        error: String? = nil
    ) throws(CompanionError) {
        var json = JSON.Writer()
        json.object { json in
            json.member("tipo", "movimiento")
            json.member("referencia_externa", key)
            json.member("estado", outcome.rawValue)
            if let own { json.member("referencia_interna", own) }
            if let body { json.member("datos", raw: body) }
            if let error { json.member("error", error) }
        }
        _ = try ask(
            hub, .put, "/api/external/sincronizaciones/", ["Content-Type": "application/json"],
            json.bytes)
    }

    /// What the ERP calls an article.
    private mutating func reference(of article: String) throws(CompanionError) -> String? {
        if let known = references[article] { return known }
        let target = HTTP1.Request.target(segments: ["api", "external", "articulos", article])
        var reference: String?
        if let answer = try find(target) {
            reference = try read(answer.body, "the hub's article") { body throws(JSONError) in
                try Value.parse(body).member("referencia_externa")?.word
            }
        }
        if references.count >= Self.maxReferences { references = [:] }
        references[article] = .some(reference)
        return reference
    }

    // MARK: Asking

    private func answer(
        of server: Asking, _ method: HTTP1.Method, _ target: String, _ fields: Fields = [:],
        _ body: [UInt8] = []
    ) throws(CompanionError) -> Answer {
        do throws(ExchangeError) {
            return try server.ask(method, target, fields, body)
        } catch {
            throw CompanionError(.unreachable, error.description)
        }
    }

    /// Asks, and takes nothing but a success.
    private func ask(
        _ server: Asking, _ method: HTTP1.Method, _ target: String, _ fields: Fields = [:],
        _ body: [UInt8] = []
    ) throws(CompanionError) -> Answer {
        try checked(
            try answer(of: server, method, target, fields, body), of: server, to: target)
    }

    /// Asks the hub for a record; `nil` where there is none.
    private func find(_ target: String) throws(CompanionError) -> Answer? {
        let answer = try answer(of: hub, .get, target)
        guard answer.head.status != .notFound else { return nil }
        return try checked(answer, of: hub, to: target)
    }

    private func checked(
        _ answer: Answer, of server: Asking, to target: String
    ) throws(CompanionError) -> Answer {
        guard !answer.head.status.isSuccessful else { return answer }
        let detail = Problem.detail(answer.body).map { ": \($0)" } ?? ""
        let reason =
            "\(server.name) answered \(answer.head.status.rawValue) to \(target)\(detail)"
        guard server === hub, answer.isOfCredentials else {
            throw CompanionError(.failure, reason)
        }
        throw server.context.unauthorized(reason)
    }

    private func read<Content>(
        _ body: [UInt8], _ what: String, _ decode: ([UInt8]) throws(JSONError) -> Content
    ) throws(CompanionError) -> Content {
        do throws(JSONError) {
            return try decode(body)
        } catch {
            throw CompanionError(.failure, "\(what) cannot be read: \(error.message)")
        }
    }
}
