import Bytes
import Log

/// A wish to be called at a moment: a record like any other, so that it outlives a restart.
///
/// A transaction puts it; once it is due the server runs what its kind stands for, in a
/// transaction of its own. One that fell due while the hub was down runs when it is up again.
public struct DurableTimer: Hashable, Sendable {
    /// What to do.
    public enum Kind: String, CaseIterable, Sendable {
        /// To look at the alert of an article.
        case stockAlert = "stock_alert"
        /// To look at open alerts, since a silence has begun or was taken back.
        case stockSweep = "stock_sweep"
    }

    public var kind: Kind
    /// Which one of its kind; there is at most one timer of a kind and a name.
    public var name: String
    /// Not before this.
    public var due: Timestamp
    /// What its kind has to know.
    public var payload: [UInt8]

    /// Makes a timer; it is nothing until a transaction puts it.
    public init(_ kind: Kind, _ name: String, due: Timestamp, payload: [UInt8] = []) {
        self.kind = kind
        self.name = name
        self.due = due
        self.payload = payload
    }

    /// `<fifteen digits of the moment> <kind>:<name>` → the payload: the earliest is the first.
    static let collection = Collection(rawValue: "timers")
    /// `<kind>:<name>` → the key of the timer.
    static let names = Collection(rawValue: "timer_names")

    private static let maxMoment: Int64 = 999_999_999_999_999
    private static let momentDigits = 15

    static func fullName(_ kind: Kind, _ name: String) -> String { "\(kind.rawValue):\(name)" }

    var key: String { "\(Self.digits(due)) \(Self.fullName(kind, name))" }

    /// A moment with as many digits as all others; one before 1970 is taken for its beginning.
    static func digits(_ moment: Timestamp) -> String {
        var text: [UInt8] = []
        let milliseconds = min(max(moment.milliseconds, 0), maxMoment)
        text.append(decimal: UInt64(milliseconds), width: momentDigits)
        return String(lossyUTF8: text)
    }

    /// Reads a record; `nil` for one of a kind that this version does not know.
    init?(_ record: Record) {
        let octets = Array(record.key.utf8)
        guard let moment = parseDecimal(octets.prefix(Self.momentDigits)),
            let colon = octets.firstIndex(of: ASCII.colon), colon > Self.momentDigits,
            let kind = Kind(
                rawValue: String(lossyUTF8: octets[(Self.momentDigits + 1)..<colon]))
        else { return nil }
        self.init(
            kind, String(lossyUTF8: octets[(colon + 1)...]),
            due: Timestamp(milliseconds: Int64(clamping: moment)), payload: record.value)
    }
}

extension Snapshot {
    /// The timers that are due by now, the earliest first; costs what it returns.
    ///
    /// Those of a kind that only another version knows are passed over, and stay for it.
    public func dueTimers(limit: Int) throws(EngineError) -> [DurableTimer] {
        let last = DurableTimer.digits(now)
        var due: [DurableTimer] = []
        var place: String?
        while true {
            let records = try records(
                DurableTimer.collection, prefix: "", after: place, limit: limit, descending: false)
            for record in records {
                place = record.key
                guard record.key.prefix(last.count) <= last, due.count < limit else { return due }
                if let timer = DurableTimer(record) { due.append(timer) }
            }
            guard records.count == limit else { return due }
        }
    }

    /// When the timer of a kind and a name is due; `nil` where there is none.
    func timer(_ kind: DurableTimer.Kind, _ name: String) throws(EngineError) -> Timestamp? {
        guard
            let key = try record(DurableTimer.names, DurableTimer.fullName(kind, name)),
            let milliseconds = parseDecimal(key.prefix { $0 != ASCII.space })
        else { return nil }
        return Timestamp(milliseconds: Int64(clamping: milliseconds))
    }
}

extension Transaction {
    /// Keeps a timer, in the place of the one of its kind and name if there is one.
    func put(_ timer: DurableTimer) throws(EngineError) {
        let fullName = DurableTimer.fullName(timer.kind, timer.name)
        if let old = try record(DurableTimer.names, fullName) {
            try delete(DurableTimer.collection, String(lossyUTF8: old))
        }
        try put(DurableTimer.collection, timer.key, timer.payload)
        try put(DurableTimer.names, fullName, Array(timer.key.utf8))
    }

    /// Takes a timer back, if there is one.
    func cancelTimer(_ kind: DurableTimer.Kind, _ name: String) throws(EngineError) {
        let fullName = DurableTimer.fullName(kind, name)
        guard let key = try record(DurableTimer.names, fullName) else { return }
        try delete(DurableTimer.collection, String(lossyUTF8: key))
        try delete(DurableTimer.names, fullName)
    }
}

extension Rules {
    /// What came of a timer that was found to be due.
    public enum TimerOutcome: Sendable {
        case ran
        /// It was taken back or put off in the meantime.
        case gone
    }

    /// Runs a timer that was found to be due.
    ///
    /// - Parameter timer: As a read found it; what has become of it since decides.
    /// - Returns: The body of a transaction. One that throws leaves the timer as it was.
    public func fire(
        _ timer: DurableTimer
    ) -> @Sendable (any Transaction) throws(EngineError) -> Outcome<TimerOutcome> {
        { transaction throws(EngineError) in
            guard
                let payload = try transaction.record(DurableTimer.collection, timer.key),
                timer.due <= transaction.now
            else { return .refuse(.gone) }
            try transaction.cancelTimer(timer.kind, timer.name)
            var timer = timer
            timer.payload = payload
            switch timer.kind {
            case .stockAlert: try transaction.watchAgain(timer)
            case .stockSweep: try transaction.sweepAlerts(timer)
            }
            return .commit(.ran)
        }
    }

    /// Puts a timer off that could not be run, so that it does not stand before all others.
    ///
    /// - Parameters:
    ///   - timer: The one that failed.
    ///   - pause: For how long.
    /// - Returns: The body of a transaction.
    public func postpone(
        _ timer: DurableTimer, by pause: Duration
    ) -> @Sendable (any Transaction) throws(EngineError) -> Outcome<TimerOutcome> {
        { transaction throws(EngineError) in
            guard try transaction.record(DurableTimer.collection, timer.key) != nil else {
                return .refuse(.gone)
            }
            var later = timer
            later.due = transaction.now + pause
            try transaction.put(later)
            return .commit(.ran)
        }
    }
}
