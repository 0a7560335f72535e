import Log

/// What is announced of stock (WIRE §3).
enum StockEvent: String, Announcement {
    case created = "movimiento_creado"
    case approved = "movimiento_aprobado"
    case rejected = "movimiento_rechazado"
    case low = "stock_bajo"
    case alert = "alerta_generada"

    var payloadName: PayloadName {
        switch self {
        case .created, .approved, .rejected: "movimiento"
        case .low, .alert: "alert"
        }
    }

    /// The group of all stock.
    static let group = Group(literal: "stock")
}

extension Transaction {
    /// Announces a movement.
    func announce(_ movement: Movement, _ event: StockEvent) throws(EngineError) {
        try announce(event, movement.json, warehouse: movement.draft.warehouse)
    }

    /// Appends an event to `stock`, and one with the same payload to `stock:<almacen>` where
    /// a place is named: they stand together in the log, and each has its own `seq` and cursor.
    func announce(
        _ event: StockEvent, _ payload: [UInt8], warehouse: Warehouse?
    ) throws(EngineError) {
        var groups = [StockEvent.group]
        // A warehouse's name keeps the grammar of groups.
        if let warehouse, let group = try? Group("stock:\(warehouse.name)") { groups.append(group) }
        for group in groups {
            try append(
                EventDraft(
                    group: group, type: event.type, payloadName: event.payloadName,
                    payload: payload))
        }
    }
}
