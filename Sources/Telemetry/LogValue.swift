/// A value of a log line's field.
public enum LogValue: Equatable, Sendable {
    case string(String)
    case integer(Int64)
    case boolean(Bool)

    public init(_ text: String) { self = .string(text) }

    /// Makes an integer; what does not fit in 64 signed bits is clamped.
    public init(_ number: some BinaryInteger) { self = .integer(Int64(clamping: number)) }

    /// Whole milliseconds, for a key that ends in `_ms`.
    ///
    /// - Parameter duration: How long; the rest below a millisecond is dropped.
    /// - Returns: The field's value.
    public static func milliseconds(_ duration: Duration) -> LogValue {
        let (seconds, attoseconds) = duration.components
        return .integer(seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}

extension LogValue: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self = .string(text) }
}

extension LogValue: ExpressibleByIntegerLiteral {
    public init(integerLiteral number: Int64) { self = .integer(number) }
}

extension LogValue: ExpressibleByBooleanLiteral {
    public init(booleanLiteral truth: Bool) { self = .boolean(truth) }
}
