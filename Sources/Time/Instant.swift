/// A point in time, as one number: nanoseconds since an origin that all of a process share.
///
/// Eight bytes whose layout every module knows; `ContinuousClock.Instant` is laid out at run
/// time, which cost 290 instructions wherever an enum held one.
@frozen
public struct Instant: InstantProtocol, Sendable {
    /// Nanoseconds since the origin.
    public var nanoseconds: Int64

    @inlinable
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Later than all that is ever waited for.
    @inlinable
    public static var distantFuture: Instant { Instant(nanoseconds: .max) }

    /// The instant so much later; at most ``distantFuture``.
    ///
    /// - Parameter duration: How much later; what is less than a nanosecond is cut off.
    /// - Returns: The instant.
    public func advanced(by duration: Duration) -> Instant {
        let (seconds, attoseconds) = duration.components
        let (whole, isOver) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !isOver else { return Instant(nanoseconds: seconds < 0 ? .min : .max) }
        let (sum, isLate) = nanoseconds.addingReportingOverflow(whole + attoseconds / 1_000_000_000)
        return Instant(nanoseconds: isLate ? (seconds < 0 ? .min : .max) : sum)
    }

    public func duration(to other: Instant) -> Duration {
        .nanoseconds(other.nanoseconds) - .nanoseconds(nanoseconds)
    }

    @inlinable
    public static func < (one: Instant, other: Instant) -> Bool {
        one.nanoseconds < other.nanoseconds
    }
}
