import Bytes

/// How events look on the output.
public enum EventFormat: Equatable, Sendable {
    /// The event as it came, one line each.
    case json
    /// For people: time, group, number, type and payload.
    case pretty(hasColor: Bool)

    /// Appends `event` and a newline.
    public func append(_ event: EventLine, to output: inout [UInt8]) {
        switch self {
        case .json: output.append(contentsOf: event.json)
        case .pretty(let hasColor): PrettyLine.append(event, hasColor: hasColor, to: &output)
        }
        output.append(ASCII.lf)
    }
}

/// A line for people, such as `2026-01-15T10:00:00.123Z tasks #77 task_created {"id":…}`.
private enum PrettyLine {
    static func append(_ event: EventLine, hasColor: Bool, to output: inout [UInt8]) {
        let text = Style(isOn: hasColor)
        output.append(utf8: text.start(.dim))
        VisibleText.append(event.json[event.timestamp].filter { $0 != ASCII.quote }, to: &output)
        output.append(utf8: text.end + " " + text.start(.cyan))
        VisibleText.append(Array(event.group.utf8), to: &output)
        output.append(utf8: text.end + text.start(.dim) + " #")
        output.append(decimal: event.seq)
        output.append(utf8: text.end + " " + text.start(.bold))
        VisibleText.append(Array(event.type.utf8), to: &output)
        output.append(utf8: text.end)
        guard !event.payload.isEmpty else { return }
        output.append(ASCII.space)
        VisibleText.append(Array(event.json[event.payload]), to: &output)
    }
}

/// Text of others, of which a terminal obeys nothing.
enum VisibleText {
    /// The text with what commands a terminal written as `\u00XX`.
    static func of(_ text: String) -> String {
        var output: [UInt8] = []
        append(Array(text.utf8), to: &output)
        return String(lossyUTF8: output)
    }

    /// Appends UTF-8 with everything that a terminal might obey written as `\u00XX`.
    ///
    /// JSON itself escapes only what is below 0x20; DEL and C1 (0x80 to 0x9F, in UTF-8 0xC2 and
    /// the octet itself) command a terminal too (ECMA-48 §5.3).
    static func append(_ octets: [UInt8], to output: inout [UInt8]) {
        var index = 0
        while index < octets.count {
            let octet = octets[index]
            let next = index + 1 < octets.count ? octets[index + 1] : 0
            if octet == 0xC2, (0x80...0x9F).contains(next) {
                append(escapeOf: next, to: &output)
                index += 1
            } else if octet < ASCII.space || octet == 0x7F {
                append(escapeOf: octet, to: &output)
            } else {
                output.append(octet)
            }
            index += 1
        }
    }

    private static func append(escapeOf octet: UInt8, to output: inout [UInt8]) {
        output.append(utf8: "\\u00")
        output.append(hex: CollectionOfOne(octet))
    }
}

/// The few SGR sequences in use (ECMA-48 §8.3.117).
struct Style {
    enum Code: String {
        case bold = "\u{1B}[1m"
        case dim = "\u{1B}[2m"
        case red = "\u{1B}[31m"
        case green = "\u{1B}[32m"
        case yellow = "\u{1B}[33m"
        case cyan = "\u{1B}[36m"
    }

    let isOn: Bool

    func start(_ code: Code) -> String { isOn ? code.rawValue : "" }
    var end: String { isOn ? "\u{1B}[0m" : "" }
}
