import Log

/// When a delivery that failed is tried again.
public struct RetrySchedule: Hashable, Sendable {
    /// The wait before each attempt; the first one's too.
    public let waits: [Duration]

    /// The most attempts.
    public static let maxAttempts = 32
    /// How far a wait may be off, so that many do not come at once.
    static let jitter = 0.1

    /// At once, then for three days.
    public static let standard = RetrySchedule([
        .zero, .seconds(5), .seconds(300), .seconds(1800), .seconds(2 * 3600), .seconds(5 * 3600),
        .seconds(10 * 3600), .seconds(14 * 3600), .seconds(20 * 3600), .seconds(24 * 3600),
    ])

    /// Makes a schedule of 1 to ``maxAttempts`` attempts; more are left out.
    public init(_ waits: [Duration]) {
        self.waits = waits.isEmpty ? [.zero] : Array(waits.prefix(Self.maxAttempts))
    }

    /// The longest wait.
    public var longest: Duration { waits.max() ?? .zero }

    /// When the next attempt is due; `nil` where there is none.
    ///
    /// - Parameters:
    ///   - attempts: How many were made; those before the first count as none.
    ///   - now: When the last one ended.
    ///   - retryAfter: What the endpoint asked for; it is honoured up to a day.
    ///   - draw: Any number; the jitter is taken from it.
    /// - Returns: The wait by the schedule, give or take a tenth, or what the endpoint asked for
    ///   where that is longer.
    public func next(
        after attempts: Int, now: Timestamp, retryAfter: Duration?, draw: UInt64
    ) -> Timestamp? {
        guard attempts < waits.count else { return nil }
        let share = Double(draw >> 11) / Double(1 << 53)  // 0 to 1
        let wait = waits[max(attempts, 0)] * (1 + Self.jitter * (2 * share - 1))
        return now + max(wait, min(retryAfter ?? .zero, Self.longestRetryAfter))
    }

    /// An endpoint cannot put a delivery off for longer.
    static let longestRetryAfter = Duration.seconds(24 * 3600)
}
