import JSON
import Log

/// The alert of an article, as it is kept.
struct AlertRecord: Equatable, Sendable {
    var article: UInt64
    var alert: StockAlert
    /// Where the movement was with which it began: its events go to that group as well.
    var warehouse: Warehouse?

    /// `<article>` → the record, of those that must be looked at; all others lie in ``closed``.
    static let open = Collection(rawValue: "stock_alerts_open")
    static let closed = Collection(rawValue: "stock_alerts_closed")

    init(article: UInt64) {
        self.article = article
        alert = StockAlert()
    }

    /// Reads a record.
    ///
    /// - Throws: `corrupt`, where the record was not written by the hub.
    init(record: [UInt8]) throws(EngineError) {
        let members = try StoredMembers(record, "an alert")
        article = try members.id("articulo")
        warehouse = members.text("almacen").flatMap { Warehouse($0) }
        func moment(_ name: String) -> Timestamp? {
            members.text(name).flatMap { Timestamp(rfc3339: $0) }
        }
        let since = moment("desde")
        let name = try members.value("fase", StockAlert.PhaseName.init(rawValue:))
        let phase: StockAlert.Phase? =
            switch name {
            case .ok: .ok
            case .active: .active
            case .pending: since.map { .pending(since: $0) }
            case .resolved: since.map { .resolved(at: $0) }
            case .acknowledged:
                since.map { at in
                    .acknowledged(
                        .init(by: members.text("por") ?? "", note: members.text("nota"), at: at))
                }
            }
        guard let phase else { throw .corrupt("an alert lacks the time of its phase") }
        let told = members.count("dicha")
        alert = StockAlert(
            phase: phase, number: members.count("numero"), firedAt: moment("activada"),
            repeats: members.count("repeticiones"), spokenAt: moment("hablada"),
            told: told == 0 ? nil : told)
    }

    var record: [UInt8] {
        var json = Writer(capacity: 256)
        json.object { json in
            json.member("articulo", article)
            json.member("almacen", orNull: warehouse?.name)
            json.member("fase", alert.phaseName.rawValue)
            json.member("desde", orNull: since?.rfc3339)
            json.member("por", orNull: acknowledgement?.by)
            json.member("nota", orNull: acknowledgement?.note)
            json.member("numero", alert.number)
            json.member("activada", orNull: alert.firedAt?.rfc3339)
            json.member("repeticiones", alert.repeats)
            json.member("hablada", orNull: alert.spokenAt?.rfc3339)
            json.member("dicha", alert.told ?? 0)
        }
        return json.bytes
    }

    /// When the phase began, where that matters.
    private var since: Timestamp? {
        switch alert.phase {
        case .ok, .active: nil
        case .pending(let since): since
        case .acknowledged(let acknowledgement): acknowledgement.at
        case .resolved(let at): at
        }
    }

    var acknowledgement: StockAlert.Acknowledgement? {
        if case .acknowledged(let acknowledgement) = alert.phase { acknowledgement } else { nil }
    }

    /// The alert as clients see it (WIRE §3).
    ///
    /// - Parameters:
    ///   - article: Its article.
    ///   - quantity: What there is of it.
    ///   - notice: What is said of it; `nil` where it is only shown.
    /// - Returns: A JSON object.
    func json(
        _ article: Article, _ quantity: Quantity, _ notice: StockAlert.Notice? = nil
    ) -> [UInt8] {
        let phase = notice.map { $0.phase } ?? alert.phaseName
        var json = Writer(capacity: 384)
        json.object { json in
            json.member("id", "\(article.id)-\(notice?.number ?? alert.number)")
            json.member("articulo", article.name)
            json.member("articulo_id", article.id)
            json.member("referencia_externa", orNull: article.reference)
            json.member("cantidad_actual", quantity)
            json.member("umbral_minimo", article.minimum)
            json.member("umbral_recuperacion", article.recovery ?? article.minimum)
            json.member("estado", phase.state)
            json.member("fase", phase.rawValue)
            if let notice { json.member("motivo", notice.reason) }
            json.member("almacen", orNull: warehouse?.name)
            json.member("activada", orNull: alert.firedAt?.rfc3339)
            json.member("desde", orNull: since?.rfc3339)
            json.member("repeticiones", alert.repeats)
            json.member("reconocida_por", orNull: acknowledgement?.by)
            json.member("nota", orNull: acknowledgement?.note)
        }
        return json.bytes
    }
}

extension StockAlert.Notice {
    /// Which alert of the article.
    var number: UInt64 {
        switch self {
        case .fired(let number), .repeated(let number), .unsilenced(let number),
            .acknowledged(let number), .resolved(let number):
            number
        }
    }

    /// Why it is said.
    var reason: String {
        switch self {
        case .fired: "activada"
        case .repeated: "repetida"
        case .unsilenced: "fin_de_silencio"
        case .acknowledged: "reconocida"
        case .resolved: "resuelta"
        }
    }

    /// Which phase it tells of.
    fileprivate var phase: StockAlert.PhaseName {
        switch self {
        case .fired, .repeated, .unsilenced: .active
        case .acknowledged: .acknowledged
        case .resolved: .resolved
        }
    }
}

extension Article {
    /// When its stock is amiss.
    var alertRule: AlertRule {
        AlertRule(
            minimum: minimum, recovery: recovery, minimumDuration: .seconds(minimumSeconds),
            repeatInterval: repeatSeconds == 0 ? nil : .seconds(repeatSeconds))
    }
}
