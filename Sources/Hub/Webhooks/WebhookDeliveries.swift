import Bytes
import HTTP1
import JSON
import Log

// What was delivered, and what is to be delivered again.
extension WebhookRoutes {
    /// The deliveries of a webhook, newest first.
    func deliveries(_ request: Request, id: String) throws(Problem) -> Reaction {
        try request.requireWebhooks()
        let limit = try request.limit(default: Self.defaultPage, most: Self.maxPage)
        let before = try before(request)
        let epoch = epoch
        return .read { snapshot throws(EngineError) in
            guard try snapshot.webhook(id) != nil else { return .failure(.noWebhook(id)) }
            let page = try RecordPage(
                snapshot, WebhookRecords.deliveries, prefix: "\(id):",
                after: WebhookRecords.key(id, before), limit: limit, descending: true
            ) { record throws(EngineError) in record.value }
            let json = page.json("deliveries") { json, key in
                let position = WebhookRecords.position(inKey: key) ?? 0
                json.string(Cursor(epoch: epoch, position: position).text)
            }
            return .success(.json(.ok, json, fields: .noStore))
        }
    }

    /// `before`: a cursor; only older deliveries are listed.
    private func before(_ request: Request) throws(Problem) -> UInt64 {
        guard let text = request.head.target.queryValue("before") else { return .max }
        guard let cursor = Cursor(text) else {
            throw Problem(.invalidParameter, "before: \"\(text.prefix(64))\" is not a cursor")
        }
        return cursor.position
    }

    /// Sends a part of the log again.
    func replay(_ request: Request, id: String) throws(Problem) -> Reaction {
        try request.requireWebhooks()
        try request.requireJSON()
        let body = try ReplayBody(request.body, limits: limits.json)
        guard let (start, isReset) = body.since.start(epoch: epoch, now: request.now) else {
            throw Problem(
                .invalidBody, "the replay is at fault at /since",
                faults: [.init("/since", "names nothing to send again")])
        }
        if isReset { throw .ofAnotherLog("since") }
        if case .cursor(let cursor)? = body.until, cursor.epoch != epoch {
            throw .ofAnotherLog("until")
        }
        let (epoch, now) = (epoch, request.now)
        return try idempotency.write(request, "POST /webhooks/\(id)/replay") {
            transaction throws(EngineError) in
            guard var stored = try transaction.storedWebhook(id) else {
                return .refuse(.failure(.noWebhook(id)))
            }
            guard stored.replay == nil else { return .refuse(.failure(.replayUnderWay)) }
            if case .after(let position) = start, position > transaction.head {
                return .refuse(.failure(.ahead("since")))
            }
            let progress = DeliveryProgress(
                start: start, range: body.range(head: transaction.head, now: now))
            try transaction.put(WebhookRecords.replays, id, progress.record)
            stored.replay = progress
            try transaction.append(stored.webhook.draft(.replayed))
            return .commit(.success(.json(.accepted, stored.json(epoch: epoch), fields: .noStore)))
        }
    }
}

extension Problem {
    static let replayUnderWay = Problem(
        .conflict, "deliveries of this webhook are being sent again; wait until replay is null")
}

/// What `POST /webhooks/{id}/replay` asks for.
private struct ReplayBody {
    var since = Since.earliest
    /// Where to end; `nil` for the head.
    private(set) var until: Since?
    private var onlyFailed = false

    init(_ body: [UInt8], limits: JSON.Limits) throws(Problem) {
        var faults = BodyFaults()
        var (since, only): (Since?, String?) = (nil, nil)
        try Reader.readBody(body, limits: limits) { name, reader throws(JSONError) in
            guard ["since", "until", "only"].contains(name) else { return }
            if name != "since", try reader.readNullIfNext() { return }
            let text = try faults.read { () throws(JSONError) in try reader.readString() }
            guard let text else { return }
            switch name {
            case "only": only = text
            case "since":
                since = Since(text)
                if since == nil { faults.add("/since", "is none of: \(Since.grammar)") }
            default:
                until = Since(text)
                if until == nil || until == .earliest {
                    faults.add("/until", "is neither now, a cursor, a duration nor a time")
                }
            }
        }
        faults.require([("/since", "say where to begin", since != nil)])
        switch only {
        case nil, "all": break
        case "failed": onlyFailed = true
        default: faults.add("/only", "is neither failed nor all")
        }
        try faults.check("the replay")
        self.since = since ?? .earliest
    }

    /// What is sent again; nothing that comes after the request.
    func range(head: UInt64, now: Timestamp) -> DeliveryProgress.Range {
        switch until {
        case .time(let time)?: .until(time, onlyFailed: onlyFailed)
        case .ago(let span)?: .until(now - span, onlyFailed: onlyFailed)
        case .cursor(let cursor)?: .through(min(cursor.position, head), onlyFailed: onlyFailed)
        case .now?, .earliest?, nil: .through(head, onlyFailed: onlyFailed)
        }
    }
}

/// What `POST /webhooks/{id}/rotate` asks for; it may have no body.
struct RotationBody {
    /// How long the old secret is still signed with.
    var overlap: Duration?

    static let maxOverlapSeconds: Int64 = 7 * 86_400

    init(_ request: Request, limits: JSON.Limits) throws(Problem) {
        guard !request.body.isEmpty else { return }
        try request.requireJSON()
        var faults = BodyFaults()
        try Reader.readBody(request.body, limits: limits) { name, reader throws(JSONError) in
            guard name == "overlap_seconds" else { return }
            let seconds = try faults.read { () throws(JSONError) in try reader.readInt() }
            guard let seconds else { return }
            guard (0...Self.maxOverlapSeconds).contains(seconds) else {
                faults.add(
                    "/overlap_seconds", "is not from 0 to \(Self.maxOverlapSeconds)")
                return
            }
            overlap = .seconds(seconds)
        }
        try faults.check("the rotation")
    }
}
