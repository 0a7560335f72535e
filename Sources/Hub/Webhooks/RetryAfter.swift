import Bytes
import Log

/// What an endpoint asks for in `Retry-After` (RFC 9110 §10.2.3).
public enum RetryAfter {
    /// Reads the field.
    ///
    /// - Parameters:
    ///   - text: A number of seconds, or a date as in `Sun, 06 Nov 1994 08:49:37 GMT`.
    ///   - now: The time that a date is counted from.
    /// - Returns: How long to wait; nothing for a date that has passed, `nil` for anything else.
    public static func wait(_ text: String, now: Timestamp) -> Duration? {
        if let seconds = parseDecimal(text.utf8) {
            return .seconds(Int64(min(seconds, longestSeconds)))
        }
        guard let date = date(text) else { return nil }
        return max(date - now, .zero)
    }

    /// Far more than anybody is waited for.
    private static let longestSeconds: UInt64 = 1 << 32

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// IMF-fixdate (RFC 9110 §5.6.7); its other two forms are obsolete, and not read.
    private static func date(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT",
            let month = months.firstIndex(of: String(parts[2]))
        else { return nil }
        let digits = month + 1 < 10 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp(rfc3339: "\(parts[3])-\(digits)-\(parts[1])T\(parts[4])Z")
    }
}
