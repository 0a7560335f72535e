import Bytes
import JSON

extension NotificationDraft {
    /// Reads the body of `POST /notifications`, and lists all of its faults.
    ///
    /// - Parameters:
    ///   - body: The JSON text. Members that are not a client's to set are passed over.
    ///   - limits: What the text may ask for.
    /// - Throws: `malformed_json` or `invalid_body`.
    init(_ body: [UInt8], limits: JSON.Limits) throws(Problem) {
        var faults = BodyFaults()
        var consumer: ConsumerID?
        var (tipo, contenido, channel): (String?, String?, String?)
        var deseoID: Int64?
        try Reader.readBody(body, limits: limits) { name, reader throws(JSONError) in
            switch name {
            case "consumer":
                guard let text = try faults.readName(&reader) else { return }
                consumer = ConsumerID(text)
                if consumer == nil { faults.add("/consumer", "is not \(ConsumerID.grammar)") }
            case "tipo":
                tipo = try faults.readText(
                    &reader, "/tipo", maxCharacters: Self.maxTipoCharacters)
            case "contenido":
                contenido = try faults.readText(
                    &reader, "/contenido", maxCharacters: Self.maxContenidoCharacters)
            case "deseo_id":
                if try reader.readNullIfNext() { return }
                deseoID = try faults.read { () throws(JSONError) in try reader.readInt() }
            case "channel":
                if try reader.readNullIfNext() { return }
                channel = try faults.readText(
                    &reader, "/channel", maxCharacters: Self.maxChannelCharacters)
            default: break
            }
        }
        faults.require([
            ("/consumer", "say whom it is for", consumer != nil),
            ("/tipo", "say what kind it is", tipo != nil),
            ("/contenido", "say what it is about", contenido != nil),
        ])
        try faults.check("the notification")
        guard let consumer, let tipo, let contenido else {
            preconditionFailure("what is required was checked")
        }
        self.init(
            consumer: consumer, tipo: tipo, contenido: contenido, deseoID: deseoID,
            channel: channel)
    }
}

/// The body of `POST /notify` (seed 000): one message for several recipients.
struct NotifyBody {
    /// One for each consumer, in the order of the recipients; who is named twice gets one.
    let drafts: [NotificationDraft]

    /// Reads a body, and lists all of its faults.
    ///
    /// - Parameters:
    ///   - body: The JSON text. Members that are not known are passed over.
    ///   - limits: What the text may ask for, and the most recipients.
    /// - Throws: `malformed_json` or `invalid_body`.
    init(_ body: [UInt8], limits: HubLimits) throws(Problem) {
        var faults = BodyFaults()
        var (type, message, channel): (String?, String?, String?)
        var recipients: [Recipient]?
        try Reader.readBody(body, limits: limits.json) { name, reader throws(JSONError) in
            switch name {
            case "type":
                type = try faults.readText(
                    &reader, "/type", maxCharacters: NotificationDraft.maxTipoCharacters)
            case "message":
                message = try faults.readText(
                    &reader, "/message",
                    maxCharacters: NotificationDraft.maxContenidoCharacters)
            case "channel":
                if try reader.readNullIfNext() { return }
                channel = try faults.readText(
                    &reader, "/channel", maxCharacters: NotificationDraft.maxChannelCharacters)
            case "recipients":
                recipients = try Recipient.read(
                    &reader, maxCount: limits.maxBatchEvents, &faults)
            default: break
            }
        }
        faults.require([
            ("/type", "say what kind it is", type != nil),
            ("/message", "say what it is about", message != nil),
            ("/recipients", "name one at least", recipients != nil),
        ])
        try faults.check("the notification")
        guard let type, let message, let recipients else {
            preconditionFailure("what is required was checked")
        }
        drafts = recipients.map { recipient in
            NotificationDraft(
                consumer: recipient.consumer, tipo: type, contenido: message, deseoID: nil,
                channel: channel, recipient: recipient.text)
        }
    }
}

/// Who is to be notified: as the client has it, and as the hub does.
private struct Recipient {
    var text: String
    var consumer: ConsumerID

    /// Reads the list; `nil` where it is no list or names nobody.
    static func read(
        _ reader: inout Reader, maxCount: Int, _ faults: inout BodyFaults
    ) throws(JSONError) -> [Recipient]? {
        var recipients: [Recipient] = []
        var seen: Set<ConsumerID> = []
        var count = 0
        let kind = try reader.peekKind()
        guard kind == .array else {
            faults.add("/recipients", "is \(kind), and a list of names is wanted")
            return nil
        }
        try reader.readArray { reader throws(JSONError) in
            defer { count += 1 }
            guard count < maxCount else { return }
            if let recipient = try one(&reader, "/recipients/\(count)", &faults),
                seen.insert(recipient.consumer).inserted
            {
                recipients.append(recipient)
            }
        }
        if count == 0 {
            faults.add("/recipients", "names nobody; name one at least")
        } else if count > maxCount {
            faults.add("/recipients", "names \(count), and \(maxCount) are taken")
        }
        return recipients
    }

    private static func one(
        _ reader: inout Reader, _ pointer: String, _ faults: inout BodyFaults
    ) throws(JSONError) -> Recipient? {
        guard let text = try faults.readName(&reader) else { return nil }
        guard text.unicodeScalars.count <= NotificationDraft.maxRecipientCharacters,
            let consumer = ConsumerID(recipient: text)
        else {
            faults.add(pointer, "is empty, or longer than \(ConsumerID.maxBytes) bytes as a name")
            return nil
        }
        return Recipient(text: text, consumer: consumer)
    }
}
