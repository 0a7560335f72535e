import Bytes

/// Where a consumer wants to begin (WIRE §4, "Resume").
public enum Since: Hashable, Sendable {
    case now
    case earliest
    case cursor(Cursor)
    /// The first event at this time or later.
    case time(Timestamp)
    /// So long ago.
    case ago(Duration)

    /// Reads `now`, `earliest`, a cursor, a duration such as `10m`, or an RFC 3339 time; `nil`
    /// where it is none of these.
    ///
    /// - Parameter text: What the client gave.
    public init?(_ text: String) {
        switch text {
        case "now": self = .now
        case "earliest": self = .earliest
        default:
            if let cursor = Cursor(text) {
                self = .cursor(cursor)
            } else if let duration = Since.duration(text) {
                self = .ago(duration)
            } else if let time = Timestamp(rfc3339: text) {
                self = .time(time)
            } else {
                return nil
            }
        }
    }

    /// The mend that an error names.
    public static let grammar =
        "a cursor, now, earliest, a duration such as 10m, or a time such as 2026-01-15T10:00:00Z"

    /// The longest time that a duration may look back: 100 years, far from any overflow.
    private static let maxSeconds: UInt64 = 3_155_760_000

    /// As it goes to a hub: of a duration, whole seconds, and rather one more than one too few.
    public var text: String {
        switch self {
        case .now: "now"
        case .earliest: "earliest"
        case .cursor(let cursor): cursor.text
        case .time(let time): time.rfc3339
        case .ago(let span): "\(Int64((max(span, .zero) / .seconds(1)).rounded(.up)))s"
        }
    }

    private static func duration(_ text: String) -> Duration? {
        let units: [Character: UInt64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let last = text.last, let unit = units[last],
            let count = parseDecimal(text.utf8.dropLast())
        else { return nil }
        let (seconds, overflowed) = count.multipliedReportingOverflow(by: unit)
        guard !overflowed, seconds <= maxSeconds else { return nil }
        return .seconds(Int64(seconds))
    }

    /// Where the log is to be read from; `nil` for the head.
    ///
    /// - Parameters:
    ///   - epoch: The epoch of the log.
    ///   - now: The time from which a duration counts back.
    /// - Returns: The start, and whether it stands in for a cursor of another log.
    public func start(epoch: Epoch, now: Timestamp) -> (start: PageQuery.Start, isReset: Bool)? {
        switch self {
        case .now: nil
        case .earliest: (.earliest, false)
        case .cursor(let cursor) where cursor.epoch == epoch: (.after(cursor.position), false)
        case .cursor: (.earliest, true)
        case .time(let time): (.at(time), false)
        case .ago(let duration): (.at(now - duration), false)
        }
    }
}
