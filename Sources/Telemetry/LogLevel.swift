/// How much a log line matters to an operator.
public enum LogLevel: String, CaseIterable, Comparable, Sendable {
    /// For whoever changes the hub: steps of one connection or one request.
    case debug
    /// The ordinary course: started, listening, draining, stopped.
    case info
    /// Ordinary, but worth a look: a peer was turned away, a consumer fell behind.
    case notice
    /// The hub helps itself, and an operator should know: descriptors ran out, a write was late.
    case warning
    /// Something does not work until an operator acts.
    case error

    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .notice: 2
        case .warning: 3
        case .error: 4
        }
    }
}
