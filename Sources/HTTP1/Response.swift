import Bytes

/// A response to write (RFC 9110 §15), the server's side.
///
/// Its own fields say what it is. How it is framed, when it was made, and whether the connection
/// stays is written by ``append(to:for:common:)``; fields of the caller that claim to say so are
/// left out, so that no response can be split in two.
public struct Response: Sendable {
    public var status: Status
    public var fields: Fields
    public var content: Content

    /// Makes a response.
    ///
    /// - Parameters:
    ///   - status: Its status.
    ///   - fields: Content-Type and the like.
    ///   - body: Its content; empty for none.
    public init(_ status: Status, fields: Fields = [:], body: [UInt8] = []) {
        self.init(status, fields: fields, content: .bytes(body))
    }

    /// Makes a response, whose content may be a stream.
    ///
    /// - Parameters:
    ///   - status: Its status.
    ///   - fields: Content-Type and the like.
    ///   - content: What follows the head.
    public init(_ status: Status, fields: Fields, content: Content) {
        self.status = status
        self.fields = fields
        self.content = content
    }

    /// Appends the response as it goes out.
    ///
    /// Of content that must not be sent, in answer to HEAD or with 204 and 304, nothing is
    /// written but its length (RFC 9110 §9.3.2, §15.4.5).
    ///
    /// - Parameters:
    ///   - output: Where to append.
    ///   - exchange: What it answers; if its `keepAlive` is false, say so and close afterwards.
    ///   - common: What every response says; an informational one does not.
    public func append(to output: inout [UInt8], for exchange: Exchange, common: CommonFields) {
        if case .bytes(let body) = content {
            output.reserveMore(fields.octets.count + body.count + Response.usualHeadBytes)
        }
        output.append(statusLine: status)
        output.append(fields: fields)
        if !status.isInformational {  // RFC 9110 §6.6.1, §8.6; a 101 keeps its connection
            output.append(copying: common.lines.span)
            appendConnection(to: &output, exchange)
            appendFraming(to: &output, exchange)
        }
        output.append(utf8: "\r\n")
        if case .bytes(let body) = content, exchange.method != .head, !status.forbidsContent {
            output.append(copying: body.span)
        }
    }

    /// The status line, Content-Length and Connection, what is common, and what parts the lines.
    private static let usualHeadBytes = 256

    /// RFC 9112 §9.3 and §9.6.
    private func appendConnection(to output: inout [UInt8], _ exchange: Exchange) {
        if closes(exchange) {
            output.append(utf8: "Connection: close\r\n")
        } else if exchange.version == .http10 {
            output.append(utf8: "Connection: keep-alive\r\n")
        }
    }

    private func closes(_ exchange: Exchange) -> Bool {
        if case .stream = content, exchange.streamFraming == .untilClose { return true }
        return !exchange.keepAlive
    }

    /// RFC 9110 §8.6, RFC 9112 §6.1 and §6.2.
    private func appendFraming(to output: inout [UInt8], _ exchange: Exchange) {
        if status.forbidsContent && status != .notModified { return }
        switch content {
        case .bytes(let body):
            if status == .notModified && body.isEmpty { return }
            output.append(contentLength: body.count)
        case .stream:
            if exchange.streamFraming == .chunked && status != .notModified {
                output.append(utf8: "Transfer-Encoding: chunked\r\n")
            }
        }
    }
}

extension Exchange {
    /// How content of unknown length is delimited.
    public enum StreamFraming: Sendable {
        /// Each piece by ``ChunkedEncoder``, and its end at the end.
        case chunked
        /// As it is; the end of the connection ends it (RFC 9112 §6.1: no chunks in HTTP/1.0).
        case untilClose
        /// Nothing at all: the request was HEAD.
        case absent
    }

    /// How a response to this request delimits content of unknown length.
    public var streamFraming: StreamFraming {
        if method == .head { return .absent }
        return version == .http11 ? .chunked : .untilClose
    }
}
