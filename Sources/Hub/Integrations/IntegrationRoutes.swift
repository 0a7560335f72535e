import Bytes
import HTTP1
import JSON
import Log

/// `/api/reportes/integraciones`: seed 001's dashboard of integrations, and the log behind it.
struct IntegrationRoutes: Sendable {
    let limits: HubLimits
    let idempotency: Idempotency

    /// What is granted to read and to write the log.
    static let group = Group(literal: "integraciones")

    /// Seed 001's dashboard, of all systems or of one.
    func report(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.subscribe, on: Self.group)
        let system = try request.head.target.queryValue("sistema").map(Self.system)
        return .read { snapshot throws(EngineError) in
            let totals = try snapshot.integrationTotals(of: system ?? "")
            let next = try snapshot.nextIntegration(of: system)
            var json = Writer()
            json.object { json in
                json.member("total_sincronizaciones", totals.total)
                json.member("exitosas", totals.done)
                json.member("fallidas", totals.failed)
                json.key("tasa_exito")
                if let rate = totals.successRate { json.double(rate) } else { json.null() }
                json.member("ultima_sincronizacion", totals.last)
                json.member("proxima_sincronizacion", next)
            }
            return .success(.json(.ok, json.bytes, fields: .noStore))
        }
    }

    /// The entries, newest first.
    func list(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.subscribe, on: Self.group)
        let limit = try request.limit()
        let before = try request.number(
            "after", in: 1...Notification.maxID, default: Notification.maxID)
        let filter = IntegrationFilter(
            system: try request.head.target.queryValue("sistema").map(Self.system),
            outcome: try request.choice("estado"))
        return .read { snapshot throws(EngineError) in
            let page = try RecordPage(
                snapshot, IntegrationRecords.entries, after: IntegrationRecords.key(UInt64(before)),
                limit: limit, descending: true
            ) { record throws(EngineError) in
                try filter.takes(record.value) ? record.value : nil
            }
            let json = page.json("integraciones") { json, key in
                json.raw(String(parseDecimal(key.utf8) ?? 0).utf8)
            }
            return .success(.json(.ok, json))
        }
    }

    /// Takes an entry of a program that synchronises: `campana erp-sync`.
    func create(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.write, on: Self.group)
        try request.requireJSON()
        let entry = try IntegrationEntry(request.body, limits: limits.json)
        let age = limits.integrationLogAge
        return try idempotency.write(request, "POST /api/reportes/integraciones") {
            transaction throws(EngineError) in
            .commit(.success(.json(.created, try transaction.logIntegration(entry, keptFor: age))))
        }
    }

    private static func system(_ text: String) throws(Problem) -> String {
        guard !text.isEmpty else {
            throw Problem(.invalidParameter, "sistema: is empty; name a system, or leave it out")
        }
        return text
    }
}

/// Which entries of the log are listed.
struct IntegrationFilter: Sendable {
    var system: String?
    var outcome: IntegrationOutcome?

    /// Whether an entry is one of them.
    ///
    /// - Throws: `corrupt`, where the record was not written by the hub.
    func takes(_ entry: [UInt8]) throws(EngineError) -> Bool {
        if system == nil, outcome == nil { return true }
        var (system, outcome): (String?, String?)
        do {
            var reader = Reader(entry)
            try reader.readObject { name, reader throws(JSONError) in
                switch name {
                case "sistema": system = try reader.readString()
                case "estado": outcome = try reader.readString()
                default: break
                }
            }
        } catch {
            throw .corrupt("an entry of the integration log cannot be read: \(error.message)")
        }
        return (self.system == nil || self.system == system)
            && (self.outcome == nil || self.outcome?.rawValue == outcome)
    }
}

extension IntegrationEntry {
    /// Reads the body of `POST /api/reportes/integraciones`, and lists all of its faults.
    ///
    /// - Parameters:
    ///   - body: The JSON text. Members that are not known are passed over.
    ///   - limits: What the text may ask for.
    /// - Throws: `malformed_json` or `invalid_body`.
    init(_ body: [UInt8], limits: JSON.Limits) throws(Problem) {
        var faults = BodyFaults()
        var (system, type, error): (String?, String?, String?)
        var (sent, received): ([UInt8]?, [UInt8]?)
        var outcome: IntegrationOutcome?
        var next: Timestamp?
        try Reader.readBody(body, limits: limits) { name, reader throws(JSONError) in
            switch name {
            case "sistema":
                system = try faults.readText(
                    &reader, "/sistema", maxCharacters: Self.maxSystemCharacters)
            case "tipo":
                type = try faults.readText(
                    &reader, "/tipo", maxCharacters: Self.maxTypeCharacters)
            case "estado": outcome = try Self.readOutcome(&reader, &faults)
            case "datos_enviados": sent = try Self.readData(&reader, "/\(name)", &faults)
            case "datos_recibidos": received = try Self.readData(&reader, "/\(name)", &faults)
            case "error": error = try Self.readError(&reader, &faults)
            case "proxima_sincronizacion": next = try Self.readTime(&reader, &faults)
            default: break
            }
        }
        faults.require([
            ("/sistema", "name the other system", system != nil),
            ("/tipo", "say what was exchanged", type != nil),
            ("/estado", "say how it ended", outcome != nil),
        ])
        try faults.check("the entry")
        guard let system, let type, let outcome else {
            preconditionFailure("what is required was checked")
        }
        self.init(
            system: system, type: type, outcome: outcome, sent: sent ?? Array("null".utf8),
            received: received, error: error ?? "", next: next)
    }

    private static func readOutcome(
        _ reader: inout Reader, _ faults: inout BodyFaults
    ) throws(JSONError) -> IntegrationOutcome? {
        guard let text = try faults.read({ () throws(JSONError) in try reader.readString() })
        else { return nil }
        let outcome = IntegrationOutcome(rawValue: text)
        if outcome == nil {
            let known = IntegrationOutcome.allCases.map(\.rawValue).joined(separator: ", ")
            faults.add("/estado", "is none of \(known)")
        }
        return outcome
    }

    private static func readData(
        _ reader: inout Reader, _ pointer: String, _ faults: inout BodyFaults
    ) throws(JSONError) -> [UInt8]? {
        let data = try reader.readCompact()
        guard data.count > maxDataBytes else { return data }
        faults.add(pointer, "is \(data.count) bytes, and \(maxDataBytes) are taken")
        return nil
    }

    private static func readError(
        _ reader: inout Reader, _ faults: inout BodyFaults
    ) throws(JSONError) -> String? {
        if try reader.readNullIfNext() { return nil }
        guard let text = try faults.read({ () throws(JSONError) in try reader.readString() })
        else { return nil }
        let count = text.unicodeScalars.count
        guard count > maxErrorCharacters else { return text }
        faults.add("/error", "has \(count) characters, and \(maxErrorCharacters) are taken")
        return nil
    }

    private static func readTime(
        _ reader: inout Reader, _ faults: inout BodyFaults
    ) throws(JSONError) -> Timestamp? {
        if try reader.readNullIfNext() { return nil }
        guard let text = try faults.read({ () throws(JSONError) in try reader.readString() })
        else { return nil }
        let time = Timestamp(rfc3339: text)
        if time == nil {
            faults.add("/proxima_sincronizacion", "is not a time such as 2026-01-08T11:30:00Z")
        }
        return time
    }
}

extension Writer {
    /// Writes a time, or `null` where there is none.
    fileprivate mutating func member(_ name: String, _ time: Timestamp?) {
        key(name)
        if let time { string(time.rfc3339) } else { null() }
    }
}
