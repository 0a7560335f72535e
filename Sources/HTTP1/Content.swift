import Bytes

/// What follows the head of a message that is written (RFC 9110 §6.4).
public enum Content: Sendable {
    case bytes([UInt8])
    /// Of a length that is not known; its owner appends it after the head, piece by piece: by
    /// ``ChunkedEncoder``, or as ``Exchange/streamFraming`` says.
    case stream
}

/// Content in chunks (RFC 9112 §7.1).
public enum ChunkedEncoder {
    /// Appends `content` as one chunk; nothing where it is empty, for that would be the end.
    public static func append(_ content: some Collection<UInt8>, to output: inout [UInt8]) {
        guard !content.isEmpty else { return }
        output.append(utf8: String(content.count, radix: 16))
        output.append(utf8: "\r\n")
        output.append(contentsOf: content)
        output.append(utf8: "\r\n")
    }

    /// Appends the last chunk and an empty trailer section.
    public static func appendEnd(to output: inout [UInt8]) {
        output.append(utf8: "0\r\n\r\n")
    }
}

extension [UInt8] {
    /// Appends every line of `fields` but those that frame a message, which are its writer's.
    mutating func append(fields: Fields) {
        let octets = fields.octets.span
        for line in fields.lines where !fields.isFraming(line) {
            append(copying: octets.extracting(line.whole))
            append(utf8: "\r\n")
        }
    }

    /// Appends the status line (RFC 9112 §4).
    mutating func append(statusLine status: Status) {
        switch status {  // what nearly all answers begin with
        case .ok: append(utf8: "HTTP/1.1 200 OK\r\n")
        case .created: append(utf8: "HTTP/1.1 201 Created\r\n")
        default:
            append(utf8: "HTTP/1.1 ")
            append(decimal: status.rawValue)
            append(ASCII.space)
            append(utf8: status.reason)
            append(utf8: "\r\n")
        }
    }

    /// Appends the Content-Length field (RFC 9110 §8.6).
    mutating func append(contentLength: Int) {
        append(utf8: "Content-Length: ")
        append(decimal: contentLength)
        append(utf8: "\r\n")
    }
}

extension Fields {
    /// Whether a line is the writer's own to write, whatever its caller gives.
    fileprivate func isFraming(_ line: Line) -> Bool {
        switch line.name.count {
        case 4: octets.matches(line.name, "host") || octets.matches(line.name, "date")
        case 14: octets.matches(line.name, "content-length")
        case 17: octets.matches(line.name, "transfer-encoding")
        default: false
        }
    }
}
