import Bytes
import JSON
import Log

/// Where webhooks are kept.
enum WebhookRecords {
    static let webhooks = Collection(rawValue: "webhooks")
    /// How far each has come; written by who delivers.
    static let progress = Collection(rawValue: "webhook_progress")
    /// How far what is sent again has come; gone once it is done.
    static let replays = Collection(rawValue: "webhook_replays")
    /// What became of each delivery, as clients are shown it; kept for a while.
    static let deliveries = Collection(rawValue: "webhook_deliveries")
    /// The group of each delivery that has failed for good: what can be sent again.
    static let failed = Collection(rawValue: "webhook_failed")

    /// The digits of a position in a key.
    private static let digits = 20

    static func key(_ webhookID: String, _ position: UInt64) -> String {
        let text = String(position)
        return "\(webhookID):" + String(repeating: "0", count: digits - text.count) + text
    }

    static func position(inKey key: String) -> UInt64? {
        parseDecimal(key.utf8.suffix(digits))
    }
}

/// What happened to a webhook, as the hub's own group announces it.
public enum WebhookChange: String, Announcement {
    case created = "webhook_created"
    case updated = "webhook_updated"
    case deleted = "webhook_deleted"
    /// Some of the log is to be sent again.
    case replayed = "webhook_replayed"
    /// The hub has paused it: the endpoint wants nothing more.
    case disabled = "webhook_disabled"
    /// A delivery has failed for good.
    case exhausted = "webhook_exhausted"
    /// Events were removed by retention before they were delivered.
    case gap = "webhook_gap"
}

extension Webhook {
    /// The group that tells of webhooks.
    public static let group = Group(literal: "$sys:webhooks")

    /// The event that announces a change.
    ///
    /// - Parameters:
    ///   - change: What has happened.
    ///   - more: Writes further members.
    /// - Returns: The event; the URL is not in it, for it may hold a secret.
    func draft(_ change: WebhookChange, _ more: (inout Writer) -> Void = { _ in }) -> EventDraft {
        var json = Writer()
        json.object { json in
            json.member("id", id)
            json.member("nombre", nombre)
            json.member("activo", isActive)
            more(&json)
        }
        return EventDraft(
            group: Self.group, type: change.type, payloadName: "webhook", payload: json.bytes)
    }

    /// The webhook that an event of the hub's own group tells of; `nil` where it is of another
    /// kind.
    public static func id(in event: Event) -> String? {
        guard event.group == group else { return nil }
        var id: String?
        do {
            var reader = Reader(event.json, limits: JSON.Limits(maxBytes: .max))
            try reader.readObject { name, reader throws(JSONError) in
                guard name == "webhook" else { return }
                try reader.readObject { name, reader throws(JSONError) in
                    if name == "id" { id = try reader.readString() }
                }
            }
        } catch {
            return nil  // not written by this version
        }
        return id
    }
}

/// All that is kept of one webhook.
public struct StoredWebhook: Sendable {
    public var webhook: Webhook
    public var progress: DeliveryProgress
    /// What is sent again, where something is.
    public var replay: DeliveryProgress?
}

extension Snapshot {
    func webhook(_ id: String) throws(EngineError) -> Webhook? {
        guard let record = try record(WebhookRecords.webhooks, id) else { return nil }
        return try Webhook(record: record)
    }

    /// A webhook with how far it has come.
    public func storedWebhook(_ id: String) throws(EngineError) -> StoredWebhook? {
        guard let webhook = try webhook(id),
            let progress = try record(WebhookRecords.progress, id)
        else { return nil }
        let replay = try record(WebhookRecords.replays, id)
        return StoredWebhook(
            webhook: webhook, progress: try DeliveryProgress(record: progress),
            replay: try replay.map { record throws(EngineError) in
                try DeliveryProgress(record: record)
            })
    }

    /// The identifiers of webhooks, in their order.
    public func webhookIDs(after id: String?, limit: Int) throws(EngineError) -> [String] {
        try records(
            WebhookRecords.webhooks, prefix: "", after: id, limit: limit, descending: false
        ).map(\.key)
    }

    /// Deliveries of a webhook that have failed for good, in the order of the log.
    public func failedDeliveries(
        of id: String, after position: UInt64, limit: Int
    ) throws(EngineError) -> [(position: UInt64, group: Group)] {
        try records(
            WebhookRecords.failed, prefix: "\(id):", after: WebhookRecords.key(id, position),
            limit: limit, descending: false
        ).compactMap { record in
            guard let position = WebhookRecords.position(inKey: record.key),
                let group = try? Group(String(lossyUTF8: record.value))
            else { return nil }
            return (position, group)
        }
    }
}

extension Transaction {
    /// Keeps a webhook and announces what has happened to it.
    func put(
        _ webhook: Webhook, announcing change: WebhookChange,
        _ more: (inout Writer) -> Void = { _ in }
    ) throws(EngineError) {
        try put(WebhookRecords.webhooks, webhook.id, webhook.record)
        try append(webhook.draft(change, more))
    }
}
