import Bytes
import JSON
import Log

/// How a record of another system stands here: seed 001's `SincronizacionERP`.
struct Synchronisation: Equatable, Sendable {
    /// What it is: `articulo`, `stock`, `movimiento`.
    var type: String
    /// What the other system calls it, or what it was told.
    var reference: String
    /// What the hub calls it; empty where it has none yet.
    var ownReference = ""
    var outcome = IntegrationOutcome.pending
    /// One valid JSON value.
    var data = Array("null".utf8)
    /// Why it failed; empty where it did not.
    var error = ""
    /// When it was last synchronised; `nil` for never.
    var at: Timestamp?

    static let maxTypeCharacters = 50
    static let maxReferenceCharacters = 255
    static let maxErrorCharacters = 2000
    static let maxDataBytes = 16 << 10

    var json: [UInt8] {
        var json = JSON.Writer(capacity: 256 + data.count)
        json.object { json in
            json.member("tipo", type)
            json.member("referencia_externa", reference)
            json.member("referencia_interna", ownReference)
            json.member("estado", outcome.rawValue)
            json.member("datos", raw: data)
            json.member("error", error)
            json.member("fecha_sincronizacion", orNull: at?.rfc3339)
        }
        return json.bytes
    }
}

extension Synchronisation {
    /// Reads a record.
    ///
    /// - Throws: `corrupt`, where it was not written by the hub.
    init(record: [UInt8]) throws(EngineError) {
        let members = try StoredMembers(record, "a synchronisation")
        type = members.text("tipo") ?? ""
        reference = members.text("referencia_externa") ?? ""
        ownReference = members.text("referencia_interna") ?? ""
        outcome = try members.value("estado", IntegrationOutcome.init(rawValue:))
        error = members.text("error") ?? ""
        at = members.text("fecha_sincronizacion").flatMap { Timestamp(rfc3339: $0) }
        do throws(JSONError) {
            var reader = JSON.Reader(record, limits: JSON.Limits(maxBytes: .max))
            try reader.readObject { name, reader throws(JSONError) in
                if name == "datos" { data = try reader.readCompact() }
            }
        } catch {
            throw .corrupt("a synchronisation cannot be read")
        }
    }
}

/// What is said of a record; what is left out stays as it is.
struct SynchronisationDraft: Sendable {
    var type: String
    var reference: String
    var ownReference: String?
    var outcome: IntegrationOutcome?
    var data: [UInt8]?
    var error: String?

    init(type: String, reference: String) {
        self.type = type
        self.reference = reference
    }

    /// The record as the draft makes it.
    func applied(to old: Synchronisation?, at now: Timestamp) -> Synchronisation {
        var record = old ?? Synchronisation(type: type, reference: reference)
        if let ownReference { record.ownReference = ownReference }
        if let data {
            record.data =
                data.count <= Synchronisation.maxDataBytes
                ? data : Array(#"{"omitted_bytes":\#(data.count)}"#.utf8)
        }
        if let outcome { record.outcome = outcome }
        switch record.outcome {
        case .done: record.error = ""
        case .pending, .failed:
            if let error { record.error = cut(error) }
        }
        // One that says what was known is no news: it keeps its time, and costs no write.
        if record != old, record.outcome == .done { record.at = now }
        return record
    }

    private func cut(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(Synchronisation.maxErrorCharacters)))
    }
}

/// Where synchronisations are kept.
enum SynchronisationRecords {
    /// `<type>` LF `<reference>` → the record.
    static let all = Collection(rawValue: "synchronisations")
    /// `<estado>` LF `<type>` LF `<reference>`: those that stand so.
    static let byOutcome = Collection(rawValue: "synchronisations_by_outcome")

    static func key(_ type: String, _ reference: String) -> String { "\(type)\n\(reference)" }
}

extension Transaction {
    /// Keeps what is said of a record of another system.
    ///
    /// - Returns: The record as it is now.
    /// - Throws: What the engine says.
    @discardableResult
    func put(_ draft: SynchronisationDraft) throws(EngineError) -> Synchronisation {
        let key = SynchronisationRecords.key(draft.type, draft.reference)
        let old = try record(SynchronisationRecords.all, key).map {
            (record) throws(EngineError) in try Synchronisation(record: record)
        }
        let new = draft.applied(to: old, at: now)
        guard new != old else { return new }
        try put(SynchronisationRecords.all, key, new.json)
        if new.outcome != old?.outcome {
            if let old {
                try delete(SynchronisationRecords.byOutcome, "\(old.outcome.rawValue)\n\(key)")
            }
            try put(SynchronisationRecords.byOutcome, "\(new.outcome.rawValue)\n\(key)", [])
        }
        return new
    }
}
