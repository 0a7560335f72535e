import Bytes
import JSON
import Log

/// What is said in a notification, before it has an identifier.
struct NotificationDraft: Equatable, Sendable {
    var consumer: ConsumerID
    var tipo: String
    var contenido: String
    var deseoID: Int64?
    /// How it is to reach the consumer beside the hub: `whatsapp` (seed 000).
    var channel: String?
    /// The recipient as `POST /notify` named it, for who carries it further.
    var recipient: String?

    static let maxTipoCharacters = 100
    static let maxContenidoCharacters = 4000
    static let maxChannelCharacters = 100
    static let maxRecipientCharacters = 200
}

/// A notification as seed 004 has it: what is kept, sent and announced is this one object.
struct Notification: Equatable, Sendable {
    /// Counted from 1 over the whole hub; never used again.
    var id: UInt64
    var draft: NotificationDraft
    var fechaEnvio: String
    var isRead: Bool

    /// The digits of an identifier in a key: all that a JavaScript number holds exactly.
    static let idDigits = 16
    static let maxID = 9_999_999_999_999_999

    var consumer: ConsumerID { draft.consumer }

    init(id: UInt64, draft: NotificationDraft, now: Timestamp) {
        self.id = id
        self.draft = draft
        fechaEnvio = now.rfc3339
        isRead = false
    }

    var json: [UInt8] {
        var json = Writer(capacity: 256)
        json.object { json in
            json.member("id", id)
            json.member("tipo", draft.tipo)
            json.member("contenido", draft.contenido)
            json.member("fecha_envio", fechaEnvio)
            json.member("leida", isRead)
            json.member("deseo_id", orNull: draft.deseoID)
            json.member("consumer", consumer.text)
            json.member("channel", orNull: draft.channel)
            json.member("recipient", orNull: draft.recipient)
        }
        return json.bytes
    }

    /// Reads a record.
    ///
    /// - Throws: `corrupt`, where the record was not written by the hub.
    init(record: [UInt8]) throws(EngineError) {
        var id: UInt64?
        var isRead = false
        var deseoID: Int64?
        var texts: [String: String] = [:]
        do {
            var reader = Reader(record)
            try reader.readObject { name, reader throws(JSONError) in
                if try reader.readNullIfNext() { return }
                switch name {
                case "id": id = UInt64(exactly: try reader.readInt())
                case "leida": isRead = try reader.readBool()
                case "deseo_id": deseoID = try reader.readInt()
                default: texts[name] = try reader.readString()
                }
            }
            try reader.finish()
        } catch {
            throw .corrupt("a notification cannot be read: \(error.message)")
        }
        guard let id, let consumer = texts["consumer"].flatMap({ ConsumerID($0) }) else {
            throw .corrupt("a notification lacks its identifier or its consumer")
        }
        self.id = id
        draft = NotificationDraft(
            consumer: consumer, tipo: texts["tipo"] ?? "", contenido: texts["contenido"] ?? "",
            deseoID: deseoID, channel: texts["channel"], recipient: texts["recipient"])
        fechaEnvio = texts["fecha_envio"] ?? ""
        self.isRead = isRead
    }
}

/// What happened to a notification.
enum NotificationChange: String, Announcement {
    case created = "new_notification"
    case read = "marked_read"
    case deleted = "notification_deleted"
}

extension Notification {
    /// The event that announces a change of this notification.
    func draft(_ change: NotificationChange) -> EventDraft {
        switch change {
        case .created:
            return EventDraft(
                group: consumer.group, type: change.type, payloadName: "notification", payload: json
            )
        case .read, .deleted:
            return EventDraft(
                group: consumer.group, type: change.type, payloadName: "notification_id",
                payload: Array(String(id).utf8))
        }
    }
}
