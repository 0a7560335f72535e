import HTTP1
import JSON
import Log

/// The resource of webhooks (WIRE §5, seed 001); all of it takes the grant to administer them.
struct WebhookRoutes: Sendable {
    let limits: HubLimits
    let options: WebhookOptions
    let idempotency: Idempotency
    let epoch: Epoch
    let makeID: @Sendable (Timestamp) -> String

    static let maxPage = 200
    static let defaultPage = 50
    static let patchTypes = ["application/merge-patch+json", "application/json"]

    // MARK: The collection

    func list(_ request: Request) throws(Problem) -> Reaction {
        try request.requireWebhooks()
        let limit = try request.limit(default: Self.defaultPage, most: Self.maxPage)
        let after = request.head.target.queryValue("after")
        let epoch = epoch
        return .read { snapshot throws(EngineError) in
            let page = try RecordPage(
                snapshot, WebhookRecords.webhooks, after: after, limit: limit
            ) { record throws(EngineError) in
                try snapshot.storedWebhook(record.key)?.json(epoch: epoch)
            }
            return .success(.json(.ok, page.json("webhooks"), fields: .noStore))
        }
    }

    func create(_ request: Request) throws(Problem) -> Reaction {
        try request.requireWebhooks()
        try request.requireJSON()
        let draft = try WebhookDraft(request.body, limits: limits.json, rules: options).complete()
        try request.principal.requireHeard(draft.interest)
        let start = draft.since.start(epoch: epoch, now: request.now)
        if start?.isReset == true {
            throw .ofAnotherLog("since")
        }
        let webhook = Webhook(
            id: makeID(request.now), draft: draft, secret: options.makeSecret(), now: request.now)
        let (epoch, maxCount) = (epoch, options.maxCount)
        return try idempotency.write(request, "POST /webhooks") { transaction throws(EngineError) in
            guard try transaction.count(WebhookRecords.webhooks, prefix: "") < maxCount else {
                return .refuse(.failure(.tooManyWebhooks(maxCount)))
            }
            let start = start?.start ?? .after(transaction.head)
            if case .after(let position) = start, position > transaction.head {
                return .refuse(.failure(.ahead("since")))
            }
            let progress = DeliveryProgress(start: start)
            try transaction.put(WebhookRecords.progress, webhook.id, progress.record)
            try transaction.put(webhook, announcing: .created)
            var fields = Fields.noStore
            fields.append("Location", "/webhooks/\(webhook.id)")
            let stored = StoredWebhook(webhook: webhook, progress: progress, replay: nil)
            return .commit(
                .success(
                    .json(
                        .created, stored.json(epoch: epoch, secret: webhook.secrets.first?.text),
                        fields: fields)))
        }
    }

    // MARK: A member

    func read(_ request: Request, id: String) throws(Problem) -> Reaction {
        try request.requireWebhooks()
        let epoch = epoch
        return .read { snapshot throws(EngineError) in
            guard let stored = try snapshot.storedWebhook(id) else {
                return .failure(.noWebhook(id))
            }
            return .success(.json(.ok, stored.json(epoch: epoch), fields: .noStore))
        }
    }

    func patch(_ request: Request, id: String) throws(Problem) -> Reaction {
        try request.requireWebhooks()
        try request.requireJSON(Self.patchTypes)
        let draft = try WebhookDraft(request.body, limits: limits.json, rules: options)
        if let interest = draft.interest { try request.principal.requireHeard(interest) }
        return .write(
            change(request, id: id) { webhook throws(Problem) in try draft.patch(webhook) })
    }

    func pause(_ request: Request, id: String) throws(Problem) -> Reaction {
        try setActive(request, id: id, false)
    }

    func resume(_ request: Request, id: String) throws(Problem) -> Reaction {
        try setActive(request, id: id, true)
    }

    private func setActive(
        _ request: Request, id: String, _ isActive: Bool
    ) throws(Problem) -> Reaction {
        try request.requireWebhooks()
        let write = change(request, id: id) { webhook in
            var webhook = webhook
            webhook.isActive = isActive
            webhook.reason = nil
            return webhook
        }
        return try idempotency.write(
            request, "POST /webhooks/\(id)/\(isActive ? "resume" : "pause")", write)
    }

    func delete(_ request: Request, id: String) throws(Problem) -> Reaction {
        try request.requireWebhooks()
        return .write { transaction throws(EngineError) in
            guard var webhook = try transaction.webhook(id) else {
                return .refuse(.failure(.noWebhook(id)))
            }
            webhook.isActive = false
            for collection in [
                WebhookRecords.webhooks, WebhookRecords.progress, WebhookRecords.replays,
            ] {
                try transaction.delete(collection, id)
            }
            for collection in [WebhookRecords.failed, WebhookRecords.deliveries] {
                let records = try transaction.records(
                    collection, prefix: "\(id):", limit: Self.maxDeleted)
                for record in records { try transaction.delete(collection, record.key) }
            }
            try transaction.append(webhook.draft(.deleted))
            return .commit(.success(Response(.noContent)))
        }
    }

    /// The most records of deliveries that are removed with a webhook; the rest expires.
    static let maxDeleted = 1000

    /// Sends one made-up event at once, and answers with what the endpoint says.
    func test(_ request: Request, id: String) throws(Problem) -> Reaction {
        try request.requireWebhooks()
        return .testWebhook(id: id)
    }

    func rotate(_ request: Request, id: String) throws(Problem) -> Reaction {
        try request.requireWebhooks()
        let overlap =
            try RotationBody(request, limits: limits.json).overlap
            ?? options.rotationOverlap
        let (secret, now, epoch) = (options.makeSecret(), request.now, epoch)
        return try idempotency.write(request, "POST /webhooks/\(id)/rotate") {
            transaction throws(EngineError) in
            guard var stored = try transaction.storedWebhook(id) else {
                return .refuse(.failure(.noWebhook(id)))
            }
            stored.webhook.rotate(to: secret, until: now + overlap, now: now)
            stored.webhook.updatedAt = now.rfc3339
            try transaction.put(stored.webhook, announcing: .updated)
            return .commit(
                .success(.json(.ok, stored.json(epoch: epoch, secret: secret), fields: .noStore)))
        }
    }

    /// Changes a webhook by what `body` makes of it.
    private func change(
        _ request: Request, id: String,
        _ body: @escaping @Sendable (Webhook) throws(Problem) -> Webhook
    ) -> Reaction.Write {
        let (now, epoch) = (request.now, epoch)
        return { transaction throws(EngineError) in
            guard var stored = try transaction.storedWebhook(id) else {
                return .refuse(.failure(.noWebhook(id)))
            }
            do throws(Problem) {
                stored.webhook = try body(stored.webhook)
            } catch {
                return .refuse(.failure(error))
            }
            stored.webhook.updatedAt = now.rfc3339
            try transaction.put(stored.webhook, announcing: .updated)
            return .commit(.success(.json(.ok, stored.json(epoch: epoch), fields: .noStore)))
        }
    }
}

extension Request {
    /// Whoever sees or changes webhooks may administer them.
    func requireWebhooks() throws(Problem) {
        try principal.require(.admin, on: Webhook.group)
    }
}

extension Principal {
    /// Nobody lets an endpoint hear what they may not hear.
    ///
    /// - Throws: 403 with each group that they may not.
    fileprivate func requireHeard(_ interest: WebhookInterest) throws(Problem) {
        var faults = BodyFaults()
        for (index, pattern) in interest.patterns.enumerated()
        where !may(.subscribe, all: pattern) {
            let pointer = interest.evento == nil ? "/groups/\(index)" : "/evento"
            faults.add(pointer, "\(pattern.text) is not yours to hear")
        }
        guard faults.faults.isEmpty else {
            throw Problem(
                .forbidden, "a webhook hears only what is granted to who makes it",
                faults: faults.faults)
        }
    }
}

extension StoredWebhook {
    /// What a client is shown.
    func json(epoch: Epoch, secret: String? = nil) -> [UInt8] {
        var json = Writer(capacity: 768)
        json.write(self, epoch: epoch, secret: secret)
        return json.bytes
    }
}

extension Writer {
    fileprivate mutating func write(
        _ stored: StoredWebhook, epoch: Epoch, secret: String? = nil
    ) {
        object { json in
            stored.webhook.write(to: &json)
            if let secret { json.member("secret", secret) }
            json.member("progress") { $0.write(stored.progress, epoch: epoch) }
            json.key("replay")
            if let replay = stored.replay {
                json.write(replay, epoch: epoch)
            } else {
                json.null()
            }
        }
    }

    /// Where it stands, how many deliveries wait, and when the first of them is due.
    private mutating func write(_ progress: DeliveryProgress, epoch: Epoch) {
        object { json in
            switch progress.start {
            case .after(let position):
                json.member("cursor", Cursor(epoch: epoch, position: position).text)
            case .earliest: json.member("cursor", "earliest")
            case .at(let time): json.member("cursor", time.rfc3339)
            }
            json.member("waiting", progress.open.count)
            json.member("failures_in_a_row", progress.failures)
            json.member("next_try", orNull: progress.nextDue?.rfc3339)
        }
    }
}

extension Problem {
    static func noWebhook(_ id: String) -> Problem {
        Problem(.notFound, "there is no webhook \"\(id.prefix(64))\"")
    }

    /// A cursor of an epoch that is not this log's.
    static func ofAnotherLog(_ member: String) -> Problem {
        Problem(
            .invalidBody, "the webhook is at fault at /\(member)",
            faults: [.init("/\(member)", "is a cursor of another log")])
    }

    /// A cursor that this log has not come to.
    static func ahead(_ member: String) -> Problem {
        Problem(
            .invalidBody, "the webhook is at fault at /\(member)",
            faults: [.init("/\(member)", "is ahead of the log")])
    }

    static func tooManyWebhooks(_ count: Int) -> Problem {
        Problem(.conflict, "there are \(count) webhooks, which is all that max-webhooks allows")
    }
}
