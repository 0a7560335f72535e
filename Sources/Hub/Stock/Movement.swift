import Bytes
import JSON
import Log

/// A place where stock lies; events of it go to `stock:<almacen>` as well.
struct Warehouse: Hashable, Sendable {
    let name: String

    static let maxBytes = 64
    static let grammar = "1 to 64 of A-Z a-z 0-9 _ . and -"

    /// Takes a name that can be a segment of a group's name; `nil` for any other.
    init?(_ name: String) {
        guard !name.isEmpty, name.utf8.count <= Self.maxBytes, !name.utf8.contains(ASCII.colon),
            (try? Group("stock:\(name)")) != nil
        else { return nil }
        self.name = name
    }
}

/// What a movement does to a quantity.
enum MovementKind: String, CaseIterable, Sendable {
    /// Adds what came in.
    case receipt = "entrada"
    /// Takes off what went out.
    case issue = "salida"
    /// Corrects by a difference, with its sign.
    case adjustment = "ajuste"
}

/// What a client says of a movement.
struct MovementDraft: Sendable {
    var article: UInt64
    var kind: MovementKind
    /// Above zero; of an adjustment not zero.
    var quantity: Quantity
    var warehouse: Warehouse?
    /// Whether it waits until somebody approves it.
    var needsApproval = false
    var note: String?
    /// What another system calls it.
    var reference: String?
    /// Who made it.
    var author: String

    static let maxNoteCharacters = 1000
    static let maxReferenceCharacters = 255

    /// By how much it changes the quantity.
    var difference: Quantity { kind == .issue ? -quantity : quantity }
}

/// A movement of stock; what is kept, sent and announced is this one object.
struct Movement: Sendable {
    enum State: String, CaseIterable, Sendable {
        case pending = "pendiente"
        case approved = "aprobado"
        case rejected = "rechazado"
    }

    /// Counted from 1 over the whole hub; never used again.
    var id: UInt64
    var draft: MovementDraft
    var articleName: String
    var state: State
    /// What lay in its warehouse after it; `nil` while it has changed nothing.
    var balance: Quantity?
    /// When it was made.
    var at: Timestamp
    /// When it was approved or rejected, and by whom; `nil` where nobody had to.
    var resolvedAt: Timestamp?
    var resolver: String?

    static let collection = Collection(rawValue: "stock_movements")

    var json: [UInt8] {
        var json = Writer(capacity: 384)
        json.object { json in
            json.member("id", id)
            json.member("articulo", draft.article)
            json.member("articulo_nombre", articleName)
            json.member("tipo", draft.kind.rawValue)
            json.member("cantidad", draft.quantity)
            json.member("almacen", orNull: draft.warehouse?.name)
            json.member("estado", state.rawValue)
            json.member("requiere_aprobacion", draft.needsApproval)
            json.member("saldo", balance)
            json.member("nota", orNull: draft.note)
            json.member("referencia_externa", orNull: draft.reference)
            json.member("fecha", at.rfc3339)
            json.member("creado_por", draft.author)
            json.member("fecha_resolucion", orNull: resolvedAt?.rfc3339)
            json.member("resuelto_por", orNull: resolver)
        }
        return json.bytes
    }

    init(
        id: UInt64, draft: MovementDraft, articleName: String, state: State, balance: Quantity?,
        at: Timestamp
    ) {
        self.id = id
        self.draft = draft
        self.articleName = articleName
        self.state = state
        self.balance = balance
        self.at = at
    }

    /// Reads a record.
    ///
    /// - Throws: `corrupt`, where the record was not written by the hub.
    init(record: [UInt8]) throws(EngineError) {
        let members = try StoredMembers(record, "a movement")
        let warehouse = members.text("almacen")
        draft = MovementDraft(
            article: try members.id("articulo"),
            kind: try members.value("tipo", MovementKind.init(rawValue:)),
            quantity: try members.quantity("cantidad"),
            warehouse: warehouse.flatMap { Warehouse($0) },
            needsApproval: members.isTrue("requiere_aprobacion"), note: members.text("nota"),
            reference: members.text("referencia_externa"),
            author: members.text("creado_por") ?? "")
        id = try members.id("id")
        articleName = members.text("articulo_nombre") ?? ""
        state = try members.value("estado", State.init(rawValue:))
        balance = try members.optionalQuantity("saldo")
        at = try members.value("fecha", Timestamp.init(rfc3339:))
        resolvedAt = members.text("fecha_resolucion").flatMap { Timestamp(rfc3339: $0) }
        resolver = members.text("resuelto_por")
    }
}

/// The members of an object that the hub has written.
struct StoredMembers {
    private var members: [String: Value] = [:]
    private let what: String

    /// Reads a record.
    ///
    /// - Parameters:
    ///   - record: The object.
    ///   - what: What it is, for the one who finds it damaged.
    /// - Throws: `corrupt`, where it is none.
    init(_ record: [UInt8], _ what: String) throws(EngineError) {
        self.what = what
        guard case .object(let all)? = try? Value.parse(record, limits: Limits(maxBytes: .max))
        else {
            throw .corrupt("\(what) cannot be read")
        }
        for member in all { members[member.name] = member.value }
    }

    /// A text; `nil` where there is none.
    func text(_ name: String) -> String? {
        if case .string(let text)? = members[name] { text } else { nil }
    }

    func isTrue(_ name: String) -> Bool {
        if case .bool(true)? = members[name] { true } else { false }
    }

    /// A whole number; 0 where there is none.
    func count(_ name: String) -> UInt64 {
        if case .number(let text)? = members[name] { parseDecimal(text.utf8) ?? 0 } else { 0 }
    }

    func id(_ name: String) throws(EngineError) -> UInt64 {
        guard case .number(let text)? = members[name], let id = parseDecimal(text.utf8) else {
            throw .corrupt("\(what) lacks \(name)")
        }
        return id
    }

    func quantity(_ name: String) throws(EngineError) -> Quantity {
        guard let quantity = try optionalQuantity(name) else {
            throw .corrupt("\(what) lacks \(name)")
        }
        return quantity
    }

    func optionalQuantity(_ name: String) throws(EngineError) -> Quantity? {
        switch members[name] {
        case nil, .null?: return nil
        case .bool?, .number?, .string?, .array?, .object?:
            guard let quantity = try? members[name]?.quantity() else {
                throw .corrupt("\(what) has no number in \(name)")
            }
            return quantity
        }
    }

    /// What a text stands for.
    func value<Content>(
        _ name: String, _ read: (String) -> Content?
    ) throws(EngineError) -> Content {
        guard let text = text(name), let value = read(text) else {
            throw .corrupt("\(what) lacks \(name)")
        }
        return value
    }
}
