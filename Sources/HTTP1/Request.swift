import Bytes

/// A request to write, the client's side (RFC 9112 §3).
public struct Request: Sendable {
    public var method: Method
    /// The target in origin-form, a path and perhaps a query; or `*` for OPTIONS.
    ///
    /// It is encoded already, as ``target(segments:query:)`` makes it. What can't stand there goes
    /// out percent-encoded.
    public var target: String
    /// Host and perhaps port, as in the URL (RFC 9110 §7.2).
    public var host: String
    public var fields: Fields
    public var content: Content

    /// Makes a request.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - target: A path, with a query or without.
    ///   - host: Whom it is for; IPv6 addresses in brackets.
    ///   - fields: Fields but for Host and what frames the content, which are left out.
    ///   - content: What to send with it.
    public init(
        _ method: Method, _ target: String, host: String, fields: Fields = [:],
        content: Content = .bytes([])
    ) {
        self.method = method
        self.target = target
        self.host = host
        self.fields = fields
        self.content = content
    }

    /// Appends the request as it goes out.
    public func append(to output: inout [UInt8]) {
        output.append(utf8: method.rawValue)
        output.append(ASCII.space)
        appendTarget(to: &output)
        output.append(utf8: " HTTP/1.1\r\nHost: ")  // RFC 9110 §7.2: Host as the first field
        output.append(contentsOf: host.utf8.filter(FieldLine.isValue))
        output.append(utf8: "\r\n")
        output.append(fields: fields)
        switch content {
        case .bytes(let body):
            // RFC 9110 §8.6: a length of 0 is named where the method anticipates content.
            if !body.isEmpty || method.anticipatesContent {
                output.append(contentLength: body.count)
            }
            output.append(utf8: "\r\n")
            output.append(contentsOf: body)
        case .stream:
            output.append(utf8: "Transfer-Encoding: chunked\r\n\r\n")
        }
    }

    /// A target of these segments and pairs, each percent-encoded.
    ///
    /// - Parameters:
    ///   - segments: `["tasks", "a/b"]` makes `/tasks/a%2Fb`; none makes `/`.
    ///   - query: Names and values.
    /// - Returns: What a request line takes.
    public static func target(
        segments: [String], query: KeyValuePairs<String, String> = [:]
    ) -> String {
        target(segments: segments, pairs: query.map { ($0.key, $0.value) })
    }

    /// A target of these segments, and of as many pairs as there are; each percent-encoded.
    ///
    /// - Parameters:
    ///   - segments: As above.
    ///   - pairs: Names and values.
    /// - Returns: What a request line takes.
    public static func target(
        segments: [String], pairs: [(name: String, value: String)]
    ) -> String {
        let path = "/" + segments.map(PercentCoding.encode).joined(separator: "/")
        let pairs = pairs.map {
            PercentCoding.encode($0.name) + "=" + PercentCoding.encode($0.value)
        }
        return pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
    }

    private func appendTarget(to output: inout [UInt8]) {
        // RFC 9112 §3.2.1: "If the target URI's path component is empty, the client MUST send "/"".
        if target.utf8.first != ASCII.slash && target != "*" { output.append(ASCII.slash) }
        for octet in target.utf8 {
            if OctetSet.query.contains(octet) {
                output.append(octet)
            } else {
                PercentCoding.append(octet, to: &output)
            }
        }
    }
}
