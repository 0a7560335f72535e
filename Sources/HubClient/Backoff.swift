/// How long to wait before the next attempt to connect: exponential, with full jitter.
///
/// Each wait is drawn evenly between nothing and a ceiling that doubles with each failure,
/// so that a thousand clients which lost the same hub do not come back in step
/// ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
public struct Backoff: Sendable {
    /// The ceiling of the first wait.
    public static let defaultBase = Duration.milliseconds(250)
    /// The highest ceiling.
    public static let defaultLimit = Duration.seconds(30)

    private let base: Duration
    private let limit: Duration
    private var ceiling: Duration

    public init(base: Duration = defaultBase, limit: Duration = defaultLimit) {
        self.base = base
        self.limit = limit
        self.ceiling = min(base, limit)
    }

    /// The wait before the next attempt; the ceiling of the one after is doubled.
    public mutating func next(using random: inout some RandomNumberGenerator) -> Duration {
        let choices = UInt64(max(ceiling, .zero) / .microseconds(1)) + 1
        // Why: scaled, not drawn again until it fits: any generator ends, one of tests too.
        let microseconds = random.next().multipliedFullWidth(by: choices).high
        ceiling = min(ceiling * 2, limit)
        return .microseconds(Int64(microseconds))
    }

    /// Begins again at the lowest ceiling: a connection has proved to be of use.
    public mutating func reset() {
        ceiling = min(base, limit)
    }

    /// Goes to the highest ceiling: the hub said that it has too much to do.
    public mutating func slowDown() {
        ceiling = limit
    }
}
