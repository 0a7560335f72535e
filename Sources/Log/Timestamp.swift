import Bytes

/// A moment of the wall clock, in whole milliseconds.
///
/// It says when something was, for people and for retention; the order of events is their
/// position's, never a timestamp's.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Since 1970-01-01T00:00:00Z, without leap seconds; negative before.
    public var milliseconds: Int64

    /// Makes the moment that many milliseconds after 1970-01-01T00:00:00Z.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The moment `duration` later, at the nearest end where it cannot be said in 64 bits.
    public static func + (moment: Timestamp, duration: Duration) -> Timestamp {
        let (sum, overflowed) = moment.milliseconds.addingReportingOverflow(milliseconds(duration))
        guard overflowed else { return Timestamp(milliseconds: sum) }
        return Timestamp(milliseconds: duration < .zero ? .min : .max)
    }

    /// The moment `duration` earlier, at the nearest end where it cannot be said in 64 bits.
    public static func - (moment: Timestamp, duration: Duration) -> Timestamp {
        let (rest, overflowed) = moment.milliseconds.subtractingReportingOverflow(
            milliseconds(duration))
        guard overflowed else { return Timestamp(milliseconds: rest) }
        return Timestamp(milliseconds: duration < .zero ? .max : .min)
    }

    /// The time from `right` to `left`.
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .milliseconds(left.milliseconds) - .milliseconds(right.milliseconds)
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        let (whole, overflowed) = seconds.multipliedReportingOverflow(by: 1000)
        if overflowed { return seconds < 0 ? .min : .max }
        let (sum, carried) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }
}
