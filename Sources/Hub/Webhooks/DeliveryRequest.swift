import Bytes
import HTTP1
import JSON
import Log
import Trust

/// What is sent for one event.
public struct DeliveryRequest: Sendable {
    /// The same for every attempt, whatever happens to the hub between them.
    public let id: String
    public let body: [UInt8]

    /// Puts a delivery together.
    ///
    /// - Parameters:
    ///   - event: What is delivered.
    ///   - webhookID: To whom.
    ///   - epoch: The epoch of the log.
    public init(_ event: Event, to webhookID: String, epoch: Epoch) {
        id = Self.id(of: event.position, to: webhookID, epoch: epoch)
        body = Self.body(of: event)
    }

    /// A delivery that shows whether an endpoint can be reached, and belongs to no event.
    public init(testOf webhook: Webhook, now: Timestamp) {
        id = "\(webhook.id)_test_\(now.milliseconds)"
        var json = Writer()
        json.object { json in
            json.member("evento", "prueba")
            json.member("webhook", webhook.id)
            json.member("nombre", webhook.nombre)
            json.member("timestamp", now.rfc3339)
        }
        body = json.bytes
    }

    /// What identifies the delivery of the event at a position.
    static func id(of position: UInt64, to webhookID: String, epoch: Epoch) -> String {
        "\(webhookID)_\(Cursor(epoch: epoch, position: position).text)"
    }

    /// The event as all consumers get it, with seed 001's `evento` in front; what is told of an
    /// alert stands beside it, as the seed has it.
    static func body(of event: Event) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(event.json.count + 64)
        body.append(utf8: #"{"evento":""#)
        body.append(utf8: event.type)
        body.append(ASCII.quote)
        body += alert(in: event.json)
        guard event.json.count > 2 else { return body + [ASCII.closeBrace] }
        body.append(ASCII.comma)
        body += event.json.dropFirst()
        return body
    }

    /// The members of the event's alert, each after a comma.
    private static func alert(in json: [UInt8]) -> [UInt8] {
        var members: [UInt8] = []
        let mark = Array(#","alert":{"#.utf8)
        guard json.count > mark.count, json.suffix(2).elementsEqual(Array("}}".utf8)) else {
            return []
        }
        do {
            var reader = Reader(json)
            try reader.readObject { name, reader throws(JSONError) in
                guard name == "alert", try reader.peekKind() == .object else { return }
                try reader.readObject { name, reader throws(JSONError) in
                    guard !taken.contains(name) else { return }
                    let value = json[try reader.skipValue()]
                    members.append(ASCII.comma)
                    members.append(jsonString: name)
                    members.append(ASCII.colon)
                    members += value
                }
            }
        } catch {
            return []  // what the hub has stored is JSON; if not, the event still goes out
        }
        return members
    }

    private static let taken: Set<String> = [
        "evento", "type", "group", "seq", "cursor", "timestamp", "alert",
    ]

    /// The fields of the request, but for those that frame it.
    ///
    /// - Parameters:
    ///   - webhook: To whom it goes.
    ///   - now: When it is sent: the timestamp of the signature.
    ///   - version: The hub's.
    ///   - primitives: The functions to sign with.
    /// - Returns: Standard Webhooks' fields, seed 001's, and the webhook's own.
    public func fields(
        for webhook: Webhook, now: Timestamp, version: String, primitives: Primitives
    ) -> Fields {
        let secrets = webhook.signingSecrets(now: now)
        let keys = secrets.compactMap { try? WebhookSecret($0) }  // the hub has made them all
        let signed = StandardWebhook(secrets: keys, primitives: primitives)
            .sign(body, id: id, now: now)
        var fields: Fields = [
            "Content-Type": "application/json", "User-Agent": "Campana/\(version)",
            StandardWebhook.Headers.idName: signed.id,
            StandardWebhook.Headers.timestampName: signed.timestamp,
            StandardWebhook.Headers.signatureName: signed.signature,
        ]
        // Seed 001: the key is the secret as it is written.
        let plain = secrets.prefix(2).map { secret in
            var digits: [UInt8] = []
            digits.append(hex: primitives.hmacSHA256(Array(secret.utf8), body))
            return String(lossyUTF8: digits)
        }
        for (name, value) in zip(Self.plainNames, plain) { fields.append(name, value) }
        for header in webhook.headers { fields.append(header.name, header.value) }
        return fields
    }

    /// Of the newest secret, and of the one before it while it is still good.
    private static let plainNames = ["X-Signature-SHA256", "X-Signature-SHA256-Previous"]
}
