import Bytes
import JSON
import Log

/// One attempt to deliver, as it is told to clients.
public struct DeliveryAttempt: Sendable {
    public var position: UInt64
    public var group: Group
    /// `nil` where the event is past retention.
    public var event: Event?
    public var number: Int
    public var startedAt: Timestamp
    public var duration: Duration
    public var answer: DeliveryAnswer
    /// The beginning of what the endpoint answered.
    public var response: String
    public var settlement: Settlement

    /// The most of an answer that is kept, in bytes.
    public static let maxResponseBytes = 1024

    /// Describes an attempt.
    public init(
        position: UInt64, group: Group, event: Event?, number: Int, startedAt: Timestamp,
        duration: Duration, answer: DeliveryAnswer, response: String, settlement: Settlement
    ) {
        self.position = position
        self.group = group
        self.event = event
        self.number = number
        self.startedAt = startedAt
        self.duration = duration
        self.answer = answer
        self.response = response
        self.settlement = settlement
    }

    var json: [UInt8] {
        var json = Writer()
        json.object { json in
            json.member("number", number)
            json.member("at", startedAt.rfc3339)
            json.member("duration_ms", duration.milliseconds)
            json.write(answer)
            json.member("response", response)
        }
        return json.bytes
    }

    /// Why it failed; empty where it did not.
    var error: String {
        switch answer {
        case .status(200..<300, _): ""
        case .status(let status, _): "the endpoint answered \(status)"
        case .failed(let reason): reason
        }
    }
}

extension Writer {
    /// Writes a status, or why there is none.
    mutating func write(_ answer: DeliveryAnswer) {
        switch answer {
        case .status(let status, _):
            member("status", status)
            key("error")
            null()
        case .failed(let reason):
            key("status")
            null()
            member("error", reason)
        }
    }
}

extension Duration {
    /// In whole milliseconds.
    var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}

/// What has happened to one webhook since the last report: recorded in one transaction.
public struct DeliveryReport: Sendable {
    public var webhook: Webhook
    /// How far it has come.
    public var progress: DeliveryProgress
    public var replay: Replay
    public var attempts: [DeliveryAttempt]
    public var gaps: [Gap]

    /// How far what is sent again has come.
    public enum Replay: Sendable {
        case none
        case at(DeliveryProgress)
        case done
    }

    /// Puts a report together.
    public init(
        webhook: Webhook, progress: DeliveryProgress, replay: Replay, attempts: [DeliveryAttempt],
        gaps: [Gap]
    ) {
        self.webhook = webhook
        self.progress = progress
        self.replay = replay
        self.attempts = attempts
        self.gaps = gaps
    }
}

extension Rules {
    /// The transaction that records a report.
    ///
    /// - Parameter report: What has happened.
    /// - Returns: What to hand to the engine; it does nothing where the webhook is gone.
    public func record(
        _ report: DeliveryReport
    ) -> @Sendable (any Transaction) throws(EngineError) -> Outcome<Void> {
        let recorder = DeliveryRecorder(
            options: webhooks.options, epoch: epoch, logAge: limits.integrationLogAge)
        return { transaction throws(EngineError) in
            guard var webhook = try transaction.webhook(report.webhook.id) else {
                return .refuse(())
            }
            try transaction.put(WebhookRecords.progress, webhook.id, report.progress.record)
            switch report.replay {
            case .none: break
            case .at(let progress):
                try transaction.put(WebhookRecords.replays, webhook.id, progress.record)
            case .done: try transaction.delete(WebhookRecords.replays, webhook.id)
            }
            for gap in report.gaps { try recorder.record(gap, of: webhook, transaction) }
            for attempt in report.attempts {
                try recorder.record(attempt, of: &webhook, transaction)
            }
            return .commit(())
        }
    }
}

/// Writes what became of deliveries.
private struct DeliveryRecorder {
    let options: WebhookOptions
    let epoch: Epoch
    let logAge: Duration

    func record(
        _ gap: Gap, of webhook: Webhook, _ transaction: any Transaction
    ) throws(EngineError) {
        try transaction.append(
            webhook.draft(.gap) { json in
                json.member("group", gap.group.text)
                json.member("from", Cursor(epoch: epoch, position: gap.from).text)
                json.member("to", Cursor(epoch: epoch, position: gap.to).text)
                json.member("lost_at_most", gap.lostAtMost)
            })
    }

    func record(
        _ attempt: DeliveryAttempt, of webhook: inout Webhook, _ transaction: any Transaction
    ) throws(EngineError) {
        let key = WebhookRecords.key(webhook.id, attempt.position)
        var outcome = IntegrationOutcome.failed
        var age = options.attemptAge
        var next: Timestamp?
        switch attempt.settlement {
        case .delivered:
            outcome = .done
            try transaction.delete(WebhookRecords.failed, key)
        case .retry(let due):
            (age, next) = (options.waitingAge, due)
        case .exhausted(let reason):
            try transaction.put(WebhookRecords.failed, key, Array(attempt.group.name.utf8))
            try transaction.append(exhausted(attempt, webhook, reason))
        case .gone:
            age = options.waitingAge
            if webhook.isActive {
                webhook.isActive = false
                webhook.reason = "the endpoint answered 410"
                webhook.updatedAt = transaction.now.rfc3339
                try transaction.put(webhook, announcing: .disabled) { json in
                    json.member("reason", "the endpoint answered 410")
                }
            }
        }
        let record = try delivery(attempt, of: webhook, next: next, transaction)
        try transaction.put(
            WebhookRecords.deliveries, key, record, expires: transaction.now + age)
        try transaction.logIntegration(
            IntegrationEntry(
                system: webhook.nombre, type: attempt.event?.type ?? "", outcome: outcome,
                sent: sent(attempt, webhook), received: attempt.json, error: attempt.error,
                next: next),
            keptFor: logAge)
    }

    private func sent(_ attempt: DeliveryAttempt, _ webhook: Webhook) -> [UInt8] {
        var json = Writer()
        json.object { json in
            json.member("webhook", webhook.id)
            json.member("cursor", Cursor(epoch: epoch, position: attempt.position).text)
            json.member("attempt", attempt.number)
        }
        return json.bytes
    }

    private func exhausted(
        _ attempt: DeliveryAttempt, _ webhook: Webhook, _ reason: String
    ) -> EventDraft {
        webhook.draft(.exhausted) { json in
            json.member("delivery", id(attempt, webhook))
            json.member("cursor", Cursor(epoch: epoch, position: attempt.position).text)
            json.member("group", attempt.group.name)
            json.member("attempts", attempt.number)
            json.member("reason", reason)
            json.key("payload")
            if let event = attempt.event {
                json.raw(DeliveryRequest.body(of: event))
            } else {
                json.null()
            }
        }
    }

    private func id(_ attempt: DeliveryAttempt, _ webhook: Webhook) -> String {
        DeliveryRequest.id(of: attempt.position, to: webhook.id, epoch: epoch)
    }

    /// The record of a delivery: what was kept of earlier attempts, and this one.
    private func delivery(
        _ attempt: DeliveryAttempt, of webhook: Webhook, next: Timestamp?,
        _ transaction: any Transaction
    ) throws(EngineError) -> [UInt8] {
        var attempts: [[UInt8]] = []
        if let record = try transaction.record(
            WebhookRecords.deliveries, WebhookRecords.key(webhook.id, attempt.position))
        {
            attempts = Self.attempts(in: record)
        }
        attempts.append(attempt.json)
        var json = Writer(capacity: 256 + attempts.count * 256)
        json.object { json in
            json.member("id", id(attempt, webhook))
            json.member("cursor", Cursor(epoch: epoch, position: attempt.position).text)
            json.member("group", attempt.group.name)
            json.member("type", attempt.event?.type ?? "")
            json.member("state", Self.state(attempt.settlement))
            json.member("next_try", orNull: next?.rfc3339)
            json.member("attempts") { json in
                json.array { json in
                    for attempt in attempts.suffix(RetrySchedule.maxAttempts) { json.raw(attempt) }
                }
            }
        }
        return json.bytes
    }

    private static func state(_ settlement: Settlement) -> String {
        switch settlement {
        case .delivered: "delivered"
        case .retry, .gone: "waiting"
        case .exhausted: "exhausted"
        }
    }

    private static func attempts(in record: [UInt8]) -> [[UInt8]] {
        var attempts: [[UInt8]] = []
        do {
            var reader = Reader(record)
            try reader.readObject { name, reader throws(JSONError) in
                guard name == "attempts" else { return }
                try reader.readArray { reader throws(JSONError) in
                    attempts.append(Array(record[try reader.skipValue()]))
                }
            }
        } catch {
            return []  // history that cannot be read is not worth a delivery
        }
        return attempts
    }
}
