import Bytes
import JSON
import Log

/// How far a webhook has come, as it is kept.
public struct DeliveryProgress: Equatable, Sendable {
    /// A delivery that was begun and is not settled.
    public struct Open: Equatable, Sendable {
        public var position: UInt64
        public var group: Group
        /// How many attempts have failed.
        public var attempts: Int
        public var due: Timestamp

        init(position: UInt64, group: Group, attempts: Int, due: Timestamp) {
            self.position = position
            self.group = group
            self.attempts = attempts
            self.due = due
        }

        init(_ event: Event, due: Timestamp) {
            self.init(position: event.position, group: event.group, attempts: 0, due: due)
        }
    }

    /// How much of the log is delivered.
    public enum Range: Equatable, Sendable {
        /// All that comes.
        case all
        /// What stands at or before a position: sent again.
        case through(UInt64, onlyFailed: Bool)
        /// What is not after a time: sent again.
        case until(Timestamp, onlyFailed: Bool)

        /// Whether only what had failed for good is delivered.
        public var isOnlyFailed: Bool {
            switch self {
            case .all: false
            case .through(_, let onlyFailed), .until(_, let onlyFailed): onlyFailed
            }
        }

        func ends(before event: Event) -> Bool {
            if case .until(let time, _) = self { return event.at > time }
            return ends(before: event.position)
        }

        func ends(before position: UInt64) -> Bool {
            if case .through(let last, _) = self { position > last } else { false }
        }

        func ends(at position: UInt64) -> Bool {
            if case .through(let last, _) = self { position >= last } else { false }
        }
    }

    /// All that matches and stands before this is settled, or is in ``open``.
    public var start: PageQuery.Start
    /// In the order of the log.
    public var open: [Open]
    /// How many attempts have failed in a row; it counts up to the breaker's threshold.
    public var failures: Int
    public var range: Range

    /// Begins.
    public init(
        start: PageQuery.Start, open: [Open] = [], failures: Int = 0, range: Range = .all
    ) {
        self.start = start
        self.open = open
        self.failures = failures
        self.range = range
    }

    /// When the first of what waits is due.
    var nextDue: Timestamp? { open.map(\.due).min() }

    /// The start as text: a position, `earliest`, or `@` and milliseconds.
    var startText: String {
        switch start {
        case .after(let position): String(position)
        case .earliest: "earliest"
        case .at(let time): "@\(time.milliseconds)"
        }
    }

    var record: [UInt8] {
        var json = Writer(capacity: 64 + open.count * 64)
        json.object { json in
            json.member("start", startText)
            json.member("failures", failures)
            switch range {
            case .all: break
            case .through(let position, _): json.member("through", String(position))
            case .until(let time, _): json.member("until", String(time.milliseconds))
            }
            if range.isOnlyFailed { json.member("only_failed", true) }
            json.member("open") { json in
                json.array { json in
                    for open in open { json.write(open) }
                }
            }
        }
        return json.bytes
    }

    /// Reads a record.
    ///
    /// - Throws: `corrupt`, where the record was not written by the hub.
    init(record: [UInt8]) throws(EngineError) {
        var start: PageQuery.Start?
        var through: UInt64?
        var until: Timestamp?
        var onlyFailed = false
        var (failures, items): (Int, [Open]) = (0, [])
        do {
            var reader = Reader(record, limits: JSON.Limits(maxBytes: .max))
            try reader.readObject { name, reader throws(JSONError) in
                switch name {
                case "start": start = Self.start(try reader.readString())
                case "failures": failures = Int(clamping: try reader.readInt())
                case "through": through = parseDecimal(try reader.readString().utf8)
                case "until":
                    until = Int64(try reader.readString()).map(Timestamp.init(milliseconds:))
                case "only_failed": onlyFailed = try reader.readBool()
                case "open":
                    try reader.readArray { reader throws(JSONError) in
                        if let item = try Self.readOpen(&reader) { items.append(item) }
                    }
                default: break
                }
            }
            try reader.finish()
        } catch {
            throw .corrupt("the progress of a webhook cannot be read: \(error.message)")
        }
        guard let start else { throw .corrupt("the progress of a webhook has no start") }
        self.start = start
        self.failures = failures
        open = items
        range =
            if let through {
                .through(through, onlyFailed: onlyFailed)
            } else if let until {
                .until(until, onlyFailed: onlyFailed)
            } else {
                .all
            }
    }

    private static func start(_ text: String) -> PageQuery.Start? {
        if text == "earliest" { return .earliest }
        if text.hasPrefix("@") {
            return Int64(text.dropFirst()).map { .at(Timestamp(milliseconds: $0)) }
        }
        return parseDecimal(text.utf8).map { .after($0) }
    }

    private static func readOpen(_ reader: inout Reader) throws(JSONError) -> Open? {
        var (position, attempts, due): (UInt64?, Int, Int64) = (nil, 0, 0)
        var group: Group?
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "position": position = parseDecimal(try reader.readString().utf8)
            case "group": group = try? Group(try reader.readString())
            case "attempts": attempts = Int(clamping: try reader.readInt())
            case "due": due = try reader.readInt()
            default: break
            }
        }
        guard let position, let group else { return nil }
        return Open(
            position: position, group: group, attempts: attempts,
            due: Timestamp(milliseconds: due))
    }
}

extension Writer {
    fileprivate mutating func write(_ open: DeliveryProgress.Open) {
        object { json in
            json.member("position", String(open.position))
            json.member("group", open.group.name)
            json.member("attempts", open.attempts)
            json.member("due", open.due.milliseconds)
        }
    }
}
