import Bytes
import JSON
import Log

/// An endpoint of somebody else that is told of events (seed 001's model, and more).
public struct Webhook: Equatable, Sendable {
    /// A key that deliveries are signed with.
    public struct Secret: Equatable, Sendable {
        /// The key as it is given to the endpoint: `whsec_` and base64.
        public var text: String
        /// When it is no longer signed with; `nil` for the newest.
        public var until: Timestamp?
    }

    /// A field that is sent with each delivery.
    public struct Header: Equatable, Sendable {
        public var name: String
        public var value: String
    }

    public let id: String
    public var nombre: String
    public var url: WebhookURL
    public var interest: WebhookInterest
    public var isActive: Bool
    /// Why it is not active, where the hub has paused it.
    public var reason: String?
    public var order: DeliveryOrder
    public var headers: [Header]
    /// The newest first.
    public var secrets: [Secret]
    public var createdAt: String
    public var updatedAt: String

    static let maxNameCharacters = 100
    static let maxHeaders = 16
    static let maxHeaderBytes = 1024

    init(id: String, draft: WebhookDraft.Complete, secret: String, now: Timestamp) {
        self.id = id
        nombre = draft.nombre
        url = draft.url
        interest = draft.interest
        isActive = draft.isActive
        order = draft.order
        headers = draft.headers
        secrets = [Secret(text: secret, until: nil)]
        createdAt = now.rfc3339
        updatedAt = createdAt
    }

    /// The keys that a delivery is signed with at `now`, the newest first.
    public func signingSecrets(now: Timestamp) -> [String] {
        secrets.filter { secret in secret.until.map { $0 > now } ?? true }.map(\.text)
    }

    /// Makes another secret the newest one; the others are used until `end` at the longest.
    mutating func rotate(to secret: String, until end: Timestamp, now: Timestamp) {
        secrets = secrets.compactMap { old in
            let until = min(old.until ?? end, end)
            return until > now ? Secret(text: old.text, until: until) : nil
        }
        secrets = [Secret(text: secret, until: nil)] + secrets.prefix(Self.maxOldSecrets)
    }

    /// Why: each key is one more signature, and a verifier looks at a few.
    static let maxOldSecrets = 3

    /// What a client is shown: no secret, and no value of a header.
    func write(to json: inout Writer) {
        json.member("id", id)
        json.member("nombre", nombre)
        json.member("url", url.text)
        json.key("evento")
        if let evento = interest.evento { json.string(evento.rawValue) } else { json.null() }
        json.member("groups") { $0.strings(interest.patterns.map(\.text)) }
        json.member("types") { $0.strings(interest.types.map(\.text)) }
        json.member("activo", isActive)
        json.member("motivo", orNull: reason)
        json.member("order", order.text)
        json.member("headers") { json in
            json.object { json in
                for header in headers { json.member(header.name, "***") }
            }
        }
        json.member("fecha_creacion", createdAt)
        json.member("fecha_modificacion", updatedAt)
    }

    /// As it is kept.
    var record: [UInt8] {
        var json = Writer(capacity: 512)
        json.object { json in
            json.member("id", id)
            json.member("nombre", nombre)
            json.member("url", url.text)
            if let evento = interest.evento { json.member("evento", evento.rawValue) }
            json.member("groups") { $0.strings(interest.patterns.map(\.text)) }
            json.member("types") { $0.strings(interest.types.map(\.text)) }
            json.member("activo", isActive)
            if let reason { json.member("motivo", reason) }
            json.member("order", order.text)
            json.member("headers") { json in
                json.object { json in
                    for header in headers { json.member(header.name, header.value) }
                }
            }
            json.member("secrets") { json in
                json.object { json in
                    for secret in secrets {
                        json.member(secret.text, secret.until?.milliseconds ?? 0)
                    }
                }
            }
            json.member("created", createdAt)
            json.member("updated", updatedAt)
        }
        return json.bytes
    }

    /// Reads a record.
    ///
    /// - Throws: `corrupt`, where the record was not written by the hub.
    init(record: [UInt8]) throws(EngineError) {
        do {
            var fields = RecordFields()
            var reader = Reader(record)
            try reader.readObject { name, reader throws(JSONError) in
                try fields.read(name, &reader)
            }
            try reader.finish()
            guard let webhook = fields.webhook else { throw EngineError.corrupt("") }
            self = webhook
        } catch {
            throw .corrupt("a webhook cannot be read")
        }
    }

    fileprivate init?(_ fields: RecordFields) {
        guard let id = fields.texts["id"], let url = fields.texts["url"],
            let url = try? WebhookURL(url), let order = DeliveryOrder(fields.texts["order"] ?? "")
        else { return nil }
        self.id = id
        self.url = url
        self.order = order
        nombre = fields.texts["nombre"] ?? ""
        interest = WebhookInterest(
            evento: fields.texts["evento"].flatMap { WebhookInterest.Evento(rawValue: $0) },
            patterns: fields.groups.compactMap { try? GroupPattern($0) },
            types: fields.types.compactMap { EventType($0) })
        isActive = fields.isActive
        reason = fields.texts["motivo"]
        headers = fields.headers
        secrets = fields.secrets
        createdAt = fields.texts["created"] ?? ""
        updatedAt = fields.texts["updated"] ?? ""
    }
}

/// The members of a record on their way to a webhook.
private struct RecordFields {
    var texts: [String: String] = [:]
    var groups: [String] = []
    var types: [String] = []
    var headers: [Webhook.Header] = []
    var secrets: [Webhook.Secret] = []
    var isActive = false

    var webhook: Webhook? { Webhook(self) }

    mutating func read(_ name: String, _ reader: inout Reader) throws(JSONError) {
        switch name {
        case "groups": groups = try reader.readStrings()
        case "types": types = try reader.readStrings()
        case "activo": isActive = try reader.readBool()
        case "headers":
            try reader.readObject { name, reader throws(JSONError) in
                headers.append(.init(name: name, value: try reader.readString()))
            }
        case "secrets":
            try reader.readObject { text, reader throws(JSONError) in
                let until = try reader.readInt()
                secrets.append(
                    .init(text: text, until: until == 0 ? nil : Timestamp(milliseconds: until)))
            }
        default: texts[name] = try reader.readString()
        }
    }
}

extension Reader {
    /// Reads a list of strings.
    mutating func readStrings() throws(JSONError) -> [String] {
        var strings: [String] = []
        try readArray { reader throws(JSONError) in strings.append(try reader.readString()) }
        return strings
    }
}

extension Writer {
    /// Writes a list of strings.
    mutating func strings(_ strings: [String]) {
        array { json in
            for string in strings { json.string(string) }
        }
    }
}

/// What a webhook wants to hear of.
public struct WebhookInterest: Equatable, Sendable {
    /// The events of seed 001's model.
    public enum Evento: String, Announcement {
        case movimientoCreado = "movimiento_creado"
        case stockBajo = "stock_bajo"
        case alertaGenerada = "alerta_generada"
        case movimientoAprobado = "movimiento_aprobado"
    }

    /// One of seed 001's events; `nil` where groups were named.
    public var evento: Evento?
    public var patterns: [GroupPattern]
    /// Only events of these types; all where there is none.
    public var types: [EventType]

    static let maxPatterns = 100
    static let maxTypes = 100

    init(evento: Evento?, patterns: [GroupPattern], types: [EventType]) {
        self.evento = evento
        self.patterns = patterns
        self.types = types
    }

    /// An event of seed 001, wherever it happens.
    init(_ evento: Evento) {
        self.init(
            evento: evento, patterns: [GroupPattern(StockEvent.group)], types: [evento.type])
    }

    /// Whether an event of one of the groups is wanted.
    public func wants(_ event: Event) -> Bool {
        guard !types.isEmpty else { return true }
        let type = event.type
        return types.contains { $0.text == type }
    }
}
