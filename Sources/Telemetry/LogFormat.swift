import Log

/// How a log line looks; both forms are one line, whatever the fields hold.
public enum LogFormat: Sendable {
    /// `2026-11-21T04:54:44.491Z notice session closed session="s-7" code=4508`
    case human
    /// `{"time":"2026-11-21T04:54:44.491Z","level":"notice","event":"session closed",…}`
    case json

    /// Formats one line.
    ///
    /// - Parameters:
    ///   - time: When it happened.
    ///   - level: How much it matters.
    ///   - event: What happened.
    ///   - fields: What it happened to, in their order.
    /// - Returns: UTF-8 with a newline at its end and nowhere else.
    public func line(
        at time: Timestamp, _ level: LogLevel, _ event: StaticString,
        _ fields: KeyValuePairs<StaticString, LogValue>
    ) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(200)
        switch self {
        case .human: appendHuman(time, level, event, fields, to: &line)
        case .json: appendJSON(time, level, event, fields, to: &line)
        }
        line.append(newline)
        return line
    }

    private func appendHuman(
        _ time: Timestamp, _ level: LogLevel, _ event: StaticString,
        _ fields: KeyValuePairs<StaticString, LogValue>, to line: inout [UInt8]
    ) {
        time.append(to: &line)
        line.append(space)
        line.append(contentsOf: level.rawValue.utf8)
        line.append(space)
        line.append(contentsOf: event.description.utf8)
        for (key, value) in fields {
            line.append(space)
            line.append(contentsOf: key.description.utf8)
            line.append(equals)
            append(value, to: &line)
        }
    }

    private func appendJSON(
        _ time: Timestamp, _ level: LogLevel, _ event: StaticString,
        _ fields: KeyValuePairs<StaticString, LogValue>, to line: inout [UInt8]
    ) {
        line.append(contentsOf: #"{"time":""#.utf8)
        time.append(to: &line)
        line.append(contentsOf: #"","level":""#.utf8)
        line.append(contentsOf: level.rawValue.utf8)
        line.append(contentsOf: #"","event":"#.utf8)
        appendQuoted(event.description, to: &line)
        for (key, value) in fields {
            line.append(comma)
            appendQuoted(key.description, to: &line)
            line.append(colon)
            append(value, to: &line)
        }
        line.append(closingBrace)
    }

    private func append(_ value: LogValue, to line: inout [UInt8]) {
        switch value {
        case .string(let text): appendQuoted(text, to: &line)
        case .integer(let number): line.append(contentsOf: String(number).utf8)
        case .boolean(let truth): line.append(contentsOf: (truth ? "true" : "false").utf8)
        }
    }

    /// Quotes as JSON does (RFC 8259 §7).
    ///
    /// A control character is escaped, DEL and the C1 set with them, so that nothing a peer
    /// sends can begin a line of its own or speak to an operator's terminal.
    private func appendQuoted(_ text: String, to line: inout [UInt8]) {
        line.append(quote)
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5C:
                line.append(backslash)
                line.append(UInt8(truncatingIfNeeded: scalar.value))
            case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029:
                appendEscape(scalar.value, to: &line)
            default: line.append(contentsOf: String(scalar).utf8)
            }
        }
        line.append(quote)
    }

    private func appendEscape(_ value: UInt32, to line: inout [UInt8]) {
        let digits = String(value, radix: 16)
        line.append(contentsOf: #"\u"#.utf8)
        line.append(contentsOf: String(repeating: "0", count: 4 - digits.utf8.count).utf8)
        line.append(contentsOf: digits.utf8)
    }
}

private let newline = UInt8(ascii: "\n")
private let space = UInt8(ascii: " ")
private let equals = UInt8(ascii: "=")
private let comma = UInt8(ascii: ",")
private let colon = UInt8(ascii: ":")
private let quote = UInt8(ascii: "\"")
private let backslash = UInt8(ascii: "\\")
private let closingBrace = UInt8(ascii: "}")
