import Bytes

/// In which order a webhook is delivered to.
public enum DeliveryOrder: Hashable, Sendable {
    /// One after the other, in the order of the log: what fails holds up what follows it.
    case fifo
    /// So many at a time, in no order.
    case parallel(Int)

    /// The most deliveries that are under way for one webhook.
    public static let maxParallel = 64

    /// Reads `fifo` or `parallel:8`; `nil` for anything else.
    public init?(_ text: String) {
        if text == "fifo" {
            self = .fifo
            return
        }
        let prefix = "parallel:"
        guard text.hasPrefix(prefix),
            let count = parseDecimal(text.utf8.dropFirst(prefix.utf8.count)),
            (1...UInt64(Self.maxParallel)).contains(count)
        else { return nil }
        self = .parallel(Int(count))
    }

    /// As a client writes it.
    public var text: String {
        switch self {
        case .fifo: "fifo"
        case .parallel(let count): "parallel:\(count)"
        }
    }

    /// How many deliveries may be under way.
    var maxInFlight: Int {
        switch self {
        case .fifo: 1
        case .parallel(let count): count
        }
    }
}
