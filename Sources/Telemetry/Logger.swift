import Log

/// Where finished log lines go.
public protocol LogSink: Sendable {
    /// Takes one whole line.
    ///
    /// Called on the thread that logs, which may be an event loop: it must not block, and
    /// drops the line rather than wait.
    ///
    /// - Parameter line: UTF-8 that ends in the only newline it contains.
    func write(_ line: [UInt8])
}

/// Writes structured log lines; a value that any thread may keep and copy.
///
/// ```swift
/// log(.notice, "session closed", ["session": "s-7", "code": 4508, "queued_bytes": 1_048_576])
/// ```
///
/// No line names a secret, and none at `info` or above holds a payload.
public struct Logger: Sendable {
    /// The lowest level that is written.
    public let level: LogLevel
    private let format: LogFormat
    private let clock: @Sendable () -> Timestamp
    private let sink: any LogSink

    /// Makes a logger.
    ///
    /// - Parameters:
    ///   - level: The lowest level that is written.
    ///   - format: How a line looks.
    ///   - clock: The time of day, asked once for each line written.
    ///   - sink: Where the lines go.
    public init(
        level: LogLevel, format: LogFormat, clock: @escaping @Sendable () -> Timestamp,
        sink: any LogSink
    ) {
        self.level = level
        self.format = format
        self.clock = clock
        self.sink = sink
    }

    /// Writes a line, if `level` is at or above the log's own.
    ///
    /// - Parameters:
    ///   - level: How much it matters to an operator.
    ///   - event: What happened, in the past tense; a constant, so that it can be searched
    ///     and counted.
    ///   - fields: What it happened to. A key names its unit: `wait_ms`, `queued_bytes`.
    ///     Evaluated only if the line is written.
    public func callAsFunction(
        _ level: LogLevel, _ event: StaticString,
        _ fields: @autoclosure () -> KeyValuePairs<StaticString, LogValue> = [:]
    ) {
        guard level >= self.level else { return }
        sink.write(format.line(at: clock(), level, event, fields()))
    }
}
