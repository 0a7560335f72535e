import Bytes
import Log

/// The forms of `since` (WIRE §4, "Resume"), as a user writes them and as they go to the hub.
extension TailPlan.Start {
    /// What an error names as right.
    public static let grammar =
        "a cursor, 'now', 'earliest', a duration such as 10m, or a time such as 2026-01-15T10:00:00Z"

    /// Reads what a user wrote; `nil` where it is none of the forms.
    public init?(_ text: String) {
        switch text {
        case "now": self = .now
        case "earliest": self = .earliest
        default:
            if let cursor = Cursor(text) {
                self = .cursor(cursor)
            } else if let span = Self.duration(text) {
                self = .back(span)
            } else if Timestamp(rfc3339: text) != nil {
                self = .time(text)
            } else {
                return nil
            }
        }
    }

    /// The longest span, as the hub has it: 100 years.
    private static let maxSeconds: UInt64 = 3_155_760_000

    private static func duration(_ text: String) -> Duration? {
        let units: [Character: UInt64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }),
            let count = parseDecimal(text.utf8.dropLast()), count <= maxSeconds / unit
        else { return nil }
        return .seconds(Int64(count * unit))
    }

    /// As it goes to the hub.
    public var text: String {
        switch self {
        case .now: "now"
        case .earliest: "earliest"
        // Whole seconds, and rather one more than one too few.
        case .back(let span): "\(Int64((max(span, .zero) / .seconds(1)).rounded(.up)))s"
        case .time(let time): time
        case .cursor(let cursor): cursor.text
        }
    }
}
