import Bytes
import JSON
import Log

/// How an exchange with another system ended, in the words of seed 001.
public enum IntegrationOutcome: String, CaseIterable, Sendable {
    /// Begun, and not counted yet.
    case pending = "PENDIENTE"
    /// The other system has it.
    case done = "SINCRONIZADO"
    case failed = "ERROR"
}

/// One exchange with another system: a run of a synchronisation, a delivery of a webhook.
public struct IntegrationEntry: Equatable, Sendable {
    /// The other system: `ERP`, `Sistema de Compras`.
    public var system: String
    /// What was exchanged: `articulos`, `stock_bajo`.
    public var type: String
    public var outcome: IntegrationOutcome
    /// What was sent: one valid JSON value.
    public var sent: [UInt8]
    /// What came back: one valid JSON value; `nil` for nothing.
    public var received: [UInt8]?
    /// Why it failed, without secrets; empty where it did not.
    public var error: String
    /// When the system is tried again, or synchronised next; `nil` leaves what was said before.
    public var next: Timestamp?

    static let maxSystemCharacters = 100
    static let maxTypeCharacters = 50
    /// The longest `sent` and `received`, in bytes.
    static let maxDataBytes = 16 << 10
    static let maxErrorCharacters = 2000

    /// Describes an exchange; texts are cut at their bounds.
    ///
    /// - Parameters:
    ///   - system: The other system.
    ///   - type: What was exchanged.
    ///   - outcome: How it ended.
    ///   - sent: One valid JSON value.
    ///   - received: One valid JSON value; `nil` for nothing.
    ///   - error: Why it failed.
    ///   - next: When it is done again.
    public init(
        system: String, type: String, outcome: IntegrationOutcome,
        sent: [UInt8] = Array("null".utf8), received: [UInt8]? = nil, error: String = "",
        next: Timestamp? = nil
    ) {
        self.system = Self.cut(system, Self.maxSystemCharacters)
        self.type = Self.cut(type, Self.maxTypeCharacters)
        self.outcome = outcome
        self.sent = sent
        self.received = received
        self.error = Self.cut(error, Self.maxErrorCharacters)
        self.next = next
    }

    /// The entry as it is kept and shown: seed 001's `LogIntegracion`.
    func json(id: UInt64, at now: Timestamp) -> [UInt8] {
        var json = Writer(capacity: 256 + sent.count + (received?.count ?? 0))
        json.object { json in
            json.member("id", id)
            json.member("sistema", system)
            json.member("tipo", type)
            json.member("estado", outcome.rawValue)
            json.member("datos_enviados", raw: Self.bounded(sent))
            json.member("datos_recibidos", raw: Self.bounded(received ?? Array("null".utf8)))
            json.member("error", error)
            json.member("fecha", now.rfc3339)
        }
        return json.bytes
    }

    private static func cut(_ text: String, _ maxCharacters: Int) -> String {
        guard text.unicodeScalars.count > maxCharacters else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(maxCharacters)))
    }

    /// The data, or how long they were where that is more than is kept.
    private static func bounded(_ data: [UInt8]) -> [UInt8] {
        guard data.count > maxDataBytes else { return data }
        var json = Writer()
        json.object { $0.member("omitted_bytes", data.count) }
        return json.bytes
    }
}

/// Where the log of integrations is kept.
enum IntegrationRecords {
    /// Entries, under the 16 digits of their number.
    static let entries = Collection(rawValue: "integration_log")
    /// What was counted: of all systems under the empty name, and of each under its own.
    static let totals = Collection(rawValue: "integration_totals")
    /// When each system is tried next; gone once that time has come.
    static let next = Collection(rawValue: "integration_next")
    /// The most systems whose next time is looked at.
    static let maxSystems = 1000

    static func key(_ id: UInt64) -> String {
        let digits = String(id)
        return String(repeating: "0", count: max(0, 16 - digits.count)) + digits
    }
}

/// What has happened so far, counted with each entry.
struct IntegrationTotals: Equatable {
    /// The number of the newest entry, pending ones among them.
    var lastID: UInt64 = 0
    var done: UInt64 = 0
    var failed: UInt64 = 0
    /// When the last one ended.
    var last: Timestamp?

    var total: UInt64 { done + failed }

    /// How many of a hundred went well, to one digit behind the point, rounded down.
    ///
    /// It is 100 only where none failed, and `nil` where there was none.
    var successRate: Double? {
        guard total > 0 else { return nil }
        return Double(done * 1000 / total) / 10
    }

    init() {}

    /// Reads a record.
    ///
    /// - Throws: `corrupt`, where the record was not written by the hub.
    init(record: [UInt8]) throws(EngineError) {
        let numbers = record.split(separator: ASCII.space).map { parseDecimal($0) }
        guard numbers.count == 4, let id = numbers[0], let done = numbers[1],
            let failed = numbers[2], let last = numbers[3].flatMap({ Int64(exactly: $0) })
        else { throw .corrupt("the totals of the integrations cannot be read") }
        (lastID, self.done, self.failed) = (id, done, failed)
        self.last = last == 0 ? nil : Timestamp(milliseconds: last)
    }

    var record: [UInt8] {
        Array("\(lastID) \(done) \(failed) \(last?.milliseconds ?? 0)".utf8)
    }

    mutating func add(_ outcome: IntegrationOutcome, at now: Timestamp) {
        lastID += 1
        switch outcome {
        case .pending: return
        case .done: done += 1
        case .failed: failed += 1
        }
        last = now
    }
}

extension Snapshot {
    /// What was counted of a system; of all where it is empty.
    func integrationTotals(of system: String = "") throws(EngineError) -> IntegrationTotals {
        guard let record = try record(IntegrationRecords.totals, system) else {
            return IntegrationTotals()
        }
        return try IntegrationTotals(record: record)
    }

    /// The earliest time at which a system is tried next; `nil` where none is awaited.
    func nextIntegration(of system: String?) throws(EngineError) -> Timestamp? {
        let records =
            if let system {
                try record(IntegrationRecords.next, system).map { [Record(key: system, value: $0)] }
                    ?? []
            } else {
                try records(IntegrationRecords.next, limit: IntegrationRecords.maxSystems)
            }
        let times = records.compactMap { parseDecimal($0.value).flatMap { Int64(exactly: $0) } }
        return times.min().map { Timestamp(milliseconds: $0) }
    }
}

extension Transaction {
    /// Logs an exchange with another system, and counts it.
    ///
    /// - Parameters:
    ///   - entry: What was exchanged.
    ///   - age: How long the entry is kept, ``HubLimits/integrationLogAge``; what is counted
    ///     stays.
    /// - Returns: The entry as it is kept.
    /// - Throws: What the engine says; the transaction is then undone.
    @discardableResult
    public func logIntegration(
        _ entry: IntegrationEntry, keptFor age: Duration
    ) throws(EngineError) -> [UInt8] {
        var totals = try integrationTotals()
        totals.add(entry.outcome, at: now)
        try put(IntegrationRecords.totals, "", totals.record)
        if !entry.system.isEmpty {
            var own = try integrationTotals(of: entry.system)
            own.add(entry.outcome, at: now)
            try put(IntegrationRecords.totals, entry.system, own.record)
        }
        if let next = entry.next, next > now {
            try put(
                IntegrationRecords.next, entry.system, Array(String(next.milliseconds).utf8),
                expires: next)
        }
        let json = entry.json(id: totals.lastID, at: now)
        try put(
            IntegrationRecords.entries, IntegrationRecords.key(totals.lastID), json,
            expires: now + age)
        return json
    }
}
