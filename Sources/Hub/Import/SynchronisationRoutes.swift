import HTTP1
import JSON
import Log

/// `/api/external/sincronizaciones`: how the records of another system stand here.
struct SynchronisationRoutes: Sendable {
    let limits: HubLimits

    /// The records, by type and reference; those of one state, or of one type, where asked.
    func list(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.subscribe, on: StockEvent.group)
        let target = request.head.target
        let limit = try request.limit()
        let outcome: IntegrationOutcome? = try request.choice("estado")
        let type = target.queryValue("tipo")
        if let type, let reference = target.queryValue("referencia_externa") {
            return Self.one(type, reference)
        }
        let prefix = type.map { "\($0)\n" } ?? ""
        let after = try target.queryValue("after").map {
            text throws(Problem) in try Self.place(text)
        }
        return .read { snapshot throws(EngineError) in
            let state = outcome.map { "\($0.rawValue)\n" } ?? ""
            let collection =
                outcome == nil ? SynchronisationRecords.all : SynchronisationRecords.byOutcome
            let page = try RecordPage(
                snapshot, collection, prefix: state + prefix, after: after.map { state + $0 },
                limit: limit
            ) { record throws(EngineError) in
                guard outcome != nil else { return record.value }
                let key = String(record.key.dropFirst(state.count))
                return try snapshot.record(SynchronisationRecords.all, key)
            }
            let json = page.json("sincronizaciones") { json, key in
                json.string(Self.next(String(key.dropFirst(state.count))))
            }
            return .success(.json(.ok, json, fields: .noStore))
        }
    }

    /// Keeps one record, named by its type and reference; the same twice is the same once.
    func put(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.write, on: StockEvent.group)
        try request.requireJSON()
        let draft = try SynchronisationDraft(request.body, limits: limits.json)
        return .write { transaction throws(EngineError) in
            .commit(.success(.json(.ok, try transaction.put(draft).json)))
        }
    }

    private static func one(_ type: String, _ reference: String) -> Reaction {
        .read { snapshot throws(EngineError) in
            let key = SynchronisationRecords.key(type, reference)
            guard let record = try snapshot.record(SynchronisationRecords.all, key) else {
                return .failure(
                    Problem(.notFound, "nothing is known of this \(type.prefix(64))"))
            }
            return .success(.json(.ok, record, fields: .noStore))
        }
    }

    /// A key as a client has it: a type is one word.
    private static func next(_ key: String) -> String {
        let type = key.prefix { $0 != "\n" }
        return "\(type) \(key.dropFirst(type.count + 1))"
    }

    /// The key behind which a page begins: `next` of the page before.
    private static func place(_ text: String) throws(Problem) -> String {
        guard let mark = text.firstIndex(of: " ") else {
            throw Problem(
                .invalidParameter, "after: \"\(text.prefix(64))\" is the next of no page")
        }
        return "\(text[..<mark])\n\(text[text.index(after: mark)...])"
    }
}

extension SynchronisationDraft {
    /// Reads a body, and lists all of its faults.
    ///
    /// - Parameters:
    ///   - body: A JSON object; members that are not known are passed over.
    ///   - limits: What the text may ask for.
    /// - Throws: `malformed_json` or `invalid_body`.
    init(_ body: [UInt8], limits: JSON.Limits) throws(Problem) {
        var faults = BodyFaults()
        var draft = SynchronisationDraft(type: "", reference: "")
        try Reader.readBody(body, limits: limits) { name, reader throws(JSONError) in
            try draft.read(name, &reader, &faults)
        }
        faults.require([
            ("/tipo", "say what the record is: articulo, stock, movimiento", !draft.type.isEmpty),
            ("/referencia_externa", "say what the other system calls it", !draft.reference.isEmpty),
            ("/estado", "say how it stands", draft.outcome != nil),
        ])
        try faults.check("the synchronisation")
        self = draft
    }

    private mutating func read(
        _ name: String, _ reader: inout JSON.Reader, _ faults: inout BodyFaults
    ) throws(JSONError) {
        switch name {
        case "tipo":
            type =
                try faults.readText(
                    &reader, "/tipo", maxCharacters: Synchronisation.maxTypeCharacters) ?? ""
            if type.contains(where: { $0.isWhitespace }) {
                faults.add("/tipo", "is one word")
            }
        case "referencia_externa":
            reference =
                try faults.readText(
                    &reader, "/referencia_externa",
                    maxCharacters: Synchronisation.maxReferenceCharacters) ?? ""
            if reference.contains(where: \.isNewline) {
                faults.add("/referencia_externa", "has a line end")
            }
        case "referencia_interna":
            ownReference = try faults.readName(&reader)
        case "estado":
            let text = try faults.read { () throws(JSONError) in try reader.readString() }
            guard let text else { return }
            outcome = IntegrationOutcome(rawValue: text)
            if outcome == nil {
                let known = IntegrationOutcome.allCases.map(\.rawValue).joined(separator: ", ")
                faults.add("/estado", "is none of \(known)")
            }
        case "datos": data = try reader.readCompact()
        case "error":
            if try reader.readNullIfNext() { return }
            error = try faults.read { () throws(JSONError) in try reader.readString() }
        default: break
        }
    }
}
