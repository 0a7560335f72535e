import Time

/// What one client has left of each limit: a bucket of tokens for each, refilled evenly.
///
/// The generic cell rate algorithm: of a bucket nothing is kept but when it will be full again,
/// and so no timer refills it. All limits must have room, else nothing is taken from any.
public struct TokenBuckets: Hashable, Sendable {
    /// In nanoseconds; the place of a limit is that in ``RateLimits``, of which there are at most
    /// as many as units.
    private var fullAt = SIMD4<Int64>(repeating: .min)

    /// Full ones.
    public init() {}

    /// Takes a token of each bucket, if each has one.
    ///
    /// - Parameters:
    ///   - limits: The same each time.
    ///   - now: The time. One that lies before an earlier one takes no tokens away, and gives none.
    /// - Returns: Whether there was room, and what is left.
    public mutating func take(_ limits: RateLimits, now: Instant) -> RateVerdict {
        var wait: Int64 = 0
        for (place, limit) in limits.limits.enumerated() {
            wait = max(wait, debt(place, limit, now) + limit.interval - limit.depth)
        }
        if wait <= 0 {
            for (place, limit) in limits.limits.enumerated() {
                let debt = debt(place, limit, now) + limit.interval
                fullAt[place] = now.nanoseconds.addingWithSaturation(debt)
            }
        }
        let standings = limits.limits.enumerated().map { place, limit in
            RateVerdict.Standing(limit, debt: debt(place, limit, now))
        }
        return RateVerdict(wait: wait <= 0 ? nil : .nanoseconds(wait), standings: standings)
    }

    /// Nanoseconds until the bucket is full: none to all of its depth, whatever the clock says.
    private func debt(_ place: Int, _ limit: RateLimit, _ now: Instant) -> Int64 {
        min(max(0, fullAt[place].subtractingWithSaturation(now.nanoseconds)), limit.depth)
    }
}

/// Whether there was room within all limits, and what is left of each.
public struct RateVerdict: Equatable, Sendable {
    /// One limit as it stands.
    public struct Standing: Equatable, Sendable {
        /// The name of the limit.
        public var unit: RateLimit.Unit
        /// How many more there is room for now.
        public var remaining: Int
        /// When the bucket is full again; where nothing remains, when there is one token.
        public var reset: Duration

        init(_ limit: RateLimit, debt: Int64) {
            unit = limit.unit
            remaining = Int((limit.depth - debt) / limit.interval)
            reset = .nanoseconds(
                remaining > 0 ? debt : debt + limit.interval - limit.depth)
        }
    }

    /// How long until there is room; `nil` where there was.
    public var wait: Duration?
    /// In the order of the limits.
    public var standings: [Standing]

    public var isAdmitted: Bool { wait == nil }

    /// What `RateLimit` says (draft-ietf-httpapi-ratelimit-headers, §4).
    public var field: String {
        standings.map {
            "\"\($0.unit.rawValue)\";r=\($0.remaining);t=\($0.reset.wholeSecondsUp)"
        }.joined(separator: ", ")
    }

    /// What `Retry-After` says: whole seconds, rounded up (RFC 9110 §10.2.3); `nil` where there
    /// was room.
    public var retryAfterSeconds: Int64? { wait.map { max(1, $0.wholeSecondsUp) } }

    /// The same in milliseconds, rounded up.
    public var retryAfterMilliseconds: Int64? {
        wait.map { max(1, Int64(($0 + .nanoseconds(999_999)) / .milliseconds(1))) }
    }
}

extension Duration {
    /// Seconds, rounded up.
    fileprivate var wholeSecondsUp: Int64 {
        let (seconds, attoseconds) = components
        return attoseconds > 0 ? seconds + 1 : seconds
    }
}

extension Int64 {
    fileprivate func addingWithSaturation(_ other: Int64) -> Int64 {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? (other < 0 ? .min : .max) : sum
    }

    fileprivate func subtractingWithSaturation(_ other: Int64) -> Int64 {
        let (difference, isOver) = subtractingReportingOverflow(other)
        return isOver ? (other > 0 ? .min : .max) : difference
    }
}
