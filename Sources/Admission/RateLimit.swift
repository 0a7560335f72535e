import Bytes

/// How much may be asked for in which time: `60/min`.
public struct RateLimit: Hashable, Sendable {
    /// The time over which it is counted.
    public enum Unit: String, CaseIterable, Sendable {
        case second = "s"
        case minute = "min"
        case hour
        case day

        /// How long it is.
        public var seconds: Int64 {
            switch self {
            case .second: 1
            case .minute: 60
            case .hour: 3600
            case .day: 86_400
            }
        }
    }

    /// The most that a limit may allow in its time.
    public static let maxCount = 1_000_000

    public let count: Int
    public let unit: Unit

    /// Makes one; `nil` for a count below 1 or above ``maxCount``.
    public init?(_ count: Int, per unit: Unit) {
        guard (1...Self.maxCount).contains(count) else { return nil }
        self.count = count
        self.unit = unit
    }

    /// Reads `60/min`, `1000/hour`, `10/s` or `5/day`; `nil` for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = parseDecimal(parts[0].utf8),
            let count = Int(exactly: number), let unit = Unit(rawValue: String(parts[1]))
        else { return nil }
        self.init(count, per: unit)
    }

    /// As it is written.
    public var text: String { "\(count)/\(unit.rawValue)" }

    /// Nanoseconds in which one more is allowed.
    ///
    /// Rounded up, so that no more than ``count`` is ever allowed in its time; it is at most a
    /// thousandth less.
    var interval: Int64 {
        let count = Int64(count)
        return (unit.seconds * 1_000_000_000 + count - 1) / count
    }

    /// Nanoseconds in which an empty bucket fills: ``interval`` for each token.
    var depth: Int64 { interval * Int64(count) }
}

/// Limits that hold together: at most one for each unit, as the unit is their name.
public struct RateLimits: Hashable, Sendable {
    public let limits: [RateLimit]
    /// What `RateLimit-Policy` says (draft-ietf-httpapi-ratelimit-headers, §3).
    public let policy: String

    /// Two limits of one unit: the smaller would hold, and the other would mean nothing.
    public struct Repeated: Error, Equatable, Sendable {
        public var first: RateLimit
        public var second: RateLimit
    }

    /// Takes limits, in the order in which they are told.
    ///
    /// - Parameter limits: One for each unit at most.
    /// - Throws: The first two that are of one unit.
    public init(_ limits: [RateLimit]) throws(Repeated) {
        for (index, second) in limits.enumerated() {
            if let first = limits[..<index].first(where: { $0.unit == second.unit }) {
                throw Repeated(first: first, second: second)
            }
        }
        self.init(distinct: limits)
    }

    /// Takes one limit.
    public init(_ limit: RateLimit) { self.init(distinct: [limit]) }

    private init(distinct limits: [RateLimit]) {
        self.limits = limits
        policy =
            limits.map { "\"\($0.unit.rawValue)\";q=\($0.count);w=\($0.unit.seconds)" }
            .joined(separator: ", ")
    }

    public var isEmpty: Bool { limits.isEmpty }

    /// For people: `60/min and 1000/hour`.
    public var text: String { limits.map(\.text).joined(separator: " and ") }
}
