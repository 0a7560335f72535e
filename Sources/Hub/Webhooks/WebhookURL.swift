import Bytes
import HTTP1

/// Where a webhook is delivered to: an `http` or `https` URL without credentials (RFC 3986).
public struct WebhookURL: Hashable, Sendable {
    /// As it was written.
    public let text: String
    public let isSecure: Bool
    /// A name, or an IP address without brackets.
    public let host: String
    public let port: UInt16
    /// Path and query, as the request line has them.
    public let target: String

    /// The longest URL, in bytes.
    public static let maxBytes = 2000

    /// The value of `Host` (RFC 9110 §7.2).
    public var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// Reads a URL.
    ///
    /// - Parameter text: What the client gave.
    /// - Throws: What is wrong with it; never with the URL's own text, which may hold a secret.
    public init(_ text: String) throws(WebhookURLError) {
        guard text.utf8.count <= Self.maxBytes else { throw .tooLong }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .notASCII }
        self.text = text
        let rest: Substring
        if text.lowercased().hasPrefix("https://") {
            (isSecure, rest) = (true, text.dropFirst("https://".count))
        } else if text.lowercased().hasPrefix("http://") {
            (isSecure, rest) = (false, text.dropFirst("http://".count))
        } else {
            throw .scheme
        }
        guard !rest.contains("#") else { throw .fragment }
        guard !rest.contains("\\") else { throw .host }  // browsers read it as a slash
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else { throw .credentials }
        (host, port) = try Self.host(authority, isSecure: isSecure)
        let target = String(rest[authority.endIndex...])
        self.target = target.hasPrefix("/") ? target : "/\(target)"
        do {
            _ = try RequestTarget(self.target)
        } catch {
            throw .target
        }
    }

    private static func host(
        _ authority: Substring, isSecure: Bool
    ) throws(WebhookURLError) -> (String, UInt16) {
        let port: Substring
        let host: String
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw .host }
            host = authority[authority.index(after: authority.startIndex)..<end].lowercased()
            guard case .v6? = IPAddress(host) else { throw .host }
            port = authority[authority.index(after: end)...]
        } else {
            let name = authority.prefix { $0 != ":" }
            host = name.lowercased()
            guard isName(host) else { throw .host }
            port = authority[name.endIndex...]
        }
        if port.isEmpty { return (host, isSecure ? 443 : 80) }
        guard port.first == ":", port.utf8.count <= 6,
            let number = parseDecimal(port.utf8.dropFirst()), let port = UInt16(exactly: number),
            port > 0
        else { throw .port }
        return (host, port)
    }

    /// Whether the resolver may be asked for it: a host of letters, digits, dots and hyphens, and
    /// the underscore that names of containers have.
    private static func isName(_ host: String) -> Bool {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard host.utf8.count <= 253 else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.utf8.allSatisfy {
                    ASCII.isAlpha($0) || ASCII.isDigit($0) || $0 == ASCII.minus
                        || $0 == ASCII.underscore
                }
        }
    }
}

/// What is wrong with the URL of a webhook.
public enum WebhookURLError: Error, Equatable, Sendable {
    case tooLong, notASCII, scheme, fragment, credentials, host, port, target

    /// What to tell the one who wrote it.
    public var message: String {
        switch self {
        case .tooLong: "is longer than \(WebhookURL.maxBytes) bytes"
        case .notASCII: "has characters that a URL has not; percent-encode them"
        case .scheme: "begins neither with http:// nor with https://"
        case .fragment: "has a fragment, which is not sent; leave it out"
        case .credentials: "has credentials; send them in a header"
        case .host: "has no host such as example.com, 192.0.2.1 or [2001:db8::1]"
        case .port: "has a port that is none of 1 to 65535"
        case .target: "has a path or query that cannot be read"
        }
    }
}

/// Ports that webhooks may be delivered to.
public struct PortRanges: Hashable, Sendable {
    public let ranges: [ClosedRange<UInt16>]

    /// Takes ranges.
    public init(_ ranges: [ClosedRange<UInt16>]) { self.ranges = ranges }

    /// Whether a port is in one of them.
    public func contains(_ port: UInt16) -> Bool { ranges.contains { $0.contains(port) } }
}
