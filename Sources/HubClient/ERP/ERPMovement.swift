import Bytes
import JSON

/// A movement of the hub's own that an ERP is to hear of.
struct ERPMovement: Equatable {
    /// The hub's.
    var id: String
    var kind: String
    /// The hub's identifier of the article.
    var article: String
    /// With the digits that the hub wrote.
    var quantity: String
    var date: String

    /// Reads an event of the group `stock`; `nil` for one that is not the ERP's to hear of.
    ///
    /// That is one that tells of no movement, of one that has moved nothing yet, or of one that
    /// came from the ERP.
    ///
    /// - Parameters:
    ///   - event: As the hub sent it.
    ///   - system: What the ERP is called: its own movements are not sent back to it.
    init?(_ event: Value, notOf system: String) {
        guard let type = event.member("type")?.word,
            type == "movimiento_creado" || type == "movimiento_aprobado",
            let movement = event.member("movimiento"),
            movement.member("estado")?.word == "aprobado",
            movement.member("creado_por")?.word != system,
            let id = movement.member("id")?.word, let kind = movement.member("tipo")?.word,
            let article = movement.member("articulo")?.word,
            let quantity = movement.member("cantidad")?.word,
            let date = movement.member("fecha")?.word
        else { return nil }
        self.id = id
        self.kind = kind
        self.article = article
        self.quantity = quantity
        self.date = date
    }

    /// What the movement is called on the way, the same however often it is sent.
    ///
    /// It is the `Idempotency-Key`, and the reference in the hub's list of synchronisations.
    var key: String {
        "campana-movimiento-\(id)-\(date.filter { $0.isASCII && ($0.isLetter || $0.isNumber) })"
    }

    /// What is posted to the ERP: the members of seed 001.
    ///
    /// - Parameter reference: What the ERP calls the article; `nil` where it has no name there.
    /// - Returns: JSON.
    func body(reference: String?) -> [UInt8] {
        var json = JSON.Writer()
        json.object { json in
            json.member("tipo", kind)
            if let reference {
                json.member("articulo", reference)
            } else {
                json.member("articulo", raw: article.utf8)
            }
            json.member("cantidad", raw: quantity.utf8)
            json.member("fecha", date)
        }
        return json.bytes
    }
}

/// A page of the log, as a poll answers it (docs/protocol.md).
struct ERPEvents {
    private(set) var events: [Value] = []
    private(set) var cursor = ""
    private(set) var isUpToDate = true
    /// Whether what was asked for is not all there any more.
    private(set) var isBroken = false

    init(_ body: [UInt8]) throws(JSONError) {
        var reader = JSON.Reader(body, limits: JSON.Limits(maxBytes: Exchange.answerLimitBytes))
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "events":
                try reader.readArray { reader throws(JSONError) in
                    events.append(try reader.readValue())
                }
            case "cursor": cursor = try reader.readString()
            case "up_to_date": isUpToDate = try reader.readBool()
            case "resume":
                let verdict = try reader.readString()
                isBroken = verdict == "gap" || verdict == "reset"
            default: break
            }
        }
        try reader.finish()
    }
}
