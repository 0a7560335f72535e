import Bytes

/// Where a hub is: what `--url` and `CAMPANA_URL` hold.
///
/// `http://HOST:PORT`, with a path where the hub stands behind one; `ws://HOST:PORT`, with the path
/// and query of a WebSocket; `https` and `wss` for the same over TLS; `unix:/PATH` for a Unix
/// socket.
public struct HubAddress: Equatable, Sendable {
    /// What to connect to.
    public enum Endpoint: Hashable, Sendable {
        case tcp(host: String, port: UInt16)
        case unix(path: String)
    }

    public let endpoint: Endpoint
    /// Whether it is spoken to over TLS, and has to prove that it has the host's name.
    public let isSecure: Bool
    /// What goes before every route, with no final slash; mostly empty.
    public let prefix: String
    /// The path of the WebSocket, with its query.
    public let webSocketPath: String
    /// As it was written.
    public let text: String

    /// Whether both lead to the same server in the same way, whatever their paths.
    public func isSameServer(as other: HubAddress) -> Bool {
        isSecure == other.isSecure && endpoint == other.endpoint
    }

    /// Whether no network can read what is said to it: TLS, this machine's own addresses, or a
    /// Unix socket.
    public var isPrivate: Bool {
        guard case .tcp(let written, _) = endpoint, !isSecure else { return true }
        let host = written.lowercased()
        switch IPAddress(host) {
        case .v4(let address)?: return address >> 24 == 127
        case .v6(high: 0, low: 1)?: return true
        // RFC 6761 §6.3: such names resolve to nothing but loopback.
        case nil: return host == "localhost" || host.hasSuffix(".localhost")
        case .v6?: return false
        }
    }

    /// The value of the `Host` field (RFC 9110 §7.2).
    public var host: String {
        switch endpoint {
        case .tcp(let host, let port):
            let name = host.contains(":") ? "[\(host)]" : host
            return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
        case .unix:
            return "localhost"
        }
    }

    /// Reads what a user wrote.
    ///
    /// - Parameter text: The address, as in `http://127.0.0.1:8001`.
    /// - Throws: What is wrong with it, and what would be right.
    public init(_ text: String) throws(AddressError) {
        self = try text.hasPrefix("unix:") ? Self.unixSocket(text) : Self.url(text)
    }

    private init(
        _ text: String, _ endpoint: Endpoint, isSecure: Bool = false, prefix: String,
        webSocketPath: String
    ) {
        self.text = text
        self.isSecure = isSecure
        self.endpoint = endpoint
        self.prefix = prefix
        self.webSocketPath = webSocketPath
    }

    private static func url(_ text: String) throws(AddressError) -> HubAddress {
        guard let mark = text.firstRange(of: "://") else { throw AddressError(text, .noScheme) }
        let scheme = String(text[..<mark.lowerBound]).lowercased()
        let isWebSocket = scheme.hasPrefix("ws")
        let isSecure = scheme == "https" || scheme == "wss"  // "ws" ends in an s as well
        guard ["http", "https", "ws", "wss"].contains(scheme) else {
            throw AddressError(text, .unknownScheme(String(text[..<mark.lowerBound])))
        }
        let rest = text[mark.upperBound...]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let path = String(rest[slash...])
        guard !rest[..<slash].contains("@") else { throw AddressError(text, .credentials) }
        guard path.utf8.allSatisfy({ isPathOctet($0) || (isWebSocket && $0 == ASCII.question) })
        else { throw AddressError(text, .badPath) }
        let trimmed = path.hasSuffix("/") ? String(path.dropLast()) : path
        // Why: ws://HOST/somewhere names the socket itself; an http URL names the hub.
        let namesSocket = isWebSocket && !trimmed.isEmpty
        return HubAddress(
            text, try endpoint(String(rest[..<slash]), in: text, port: isSecure ? 443 : 80),
            isSecure: isSecure,
            prefix: isWebSocket ? "" : trimmed,
            webSocketPath: namesSocket ? path : (isWebSocket ? "" : trimmed) + "/ws")
    }

    private static func unixSocket(_ text: String) throws(AddressError) -> HubAddress {
        var path = String(text.dropFirst("unix:".count))
        if path.hasPrefix("//") { path.removeFirst(2) }
        // sun_path holds 108 bytes with its NUL (unix(7)).
        guard path.hasPrefix("/"), path.utf8.count <= 107, !path.utf8.contains(0) else {
            throw AddressError(text, .badSocketPath)
        }
        return HubAddress(text, .unix(path: path), prefix: "", webSocketPath: "/ws")
    }

    private static func endpoint(
        _ authority: String, in text: String, port defaultPort: UInt16
    ) throws(AddressError) -> Endpoint {
        let host: String
        let rest: Substring
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            host = String(authority[authority.index(after: authority.startIndex)..<end])
            rest = authority[authority.index(after: end)...]
            guard host.utf8.allSatisfy(isIPv6Octet) else { throw AddressError(text, .badHost) }
        } else {
            let colon = authority.firstIndex(of: ":") ?? authority.endIndex
            host = String(authority[..<colon])
            rest = authority[colon...]
            guard host.utf8.allSatisfy(isHostOctet) else { throw AddressError(text, .badHost) }
        }
        guard !host.isEmpty else { throw AddressError(text, .badHost) }
        guard !rest.isEmpty else { return .tcp(host: host, port: defaultPort) }
        guard rest.first == ":", let number = parseDecimal(rest.dropFirst().utf8),
            let port = UInt16(exactly: number), port > 0
        else { throw AddressError(text, .badPort) }
        return .tcp(host: host, port: port)
    }

    private static func isHostOctet(_ octet: UInt8) -> Bool {
        ASCII.isAlpha(octet) || ASCII.isDigit(octet) || octet == ASCII.minus || octet == ASCII.dot
            || octet == ASCII.underscore
    }

    private static func isIPv6Octet(_ octet: UInt8) -> Bool {
        ASCII.hexValue(octet) != nil || octet == ASCII.colon || octet == ASCII.dot
    }

    /// What RFC 3986 §3.3 lets stand in a path; a query or a fragment is none.
    private static func isPathOctet(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x21, 0x24...0x3B, 0x3D, 0x40, 0x5F, 0x7E, 0x25: true
        default: ASCII.isAlpha(octet)
        }
    }
}

/// Why an address is none of a hub.
public struct AddressError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Fault: Equatable, Sendable {
        case noScheme
        case unknownScheme(String)
        case credentials
        case badHost
        case badPort
        case badPath
        case badSocketPath
    }

    public let text: String
    public let fault: Fault

    init(_ text: String, _ fault: Fault) {
        self.text = text
        self.fault = fault
    }

    /// The value, what is wrong with it, and what would be right.
    public var description: String {
        let reason =
            switch fault {
            case .noScheme: "has no scheme; write http://HOST:PORT, https://HOST or unix:/PATH"
            case .unknownScheme(let scheme):
                "has the scheme \"\(scheme)\"; write http://, https://, ws://, wss:// or unix:"
            case .credentials: "holds a user name; a hub's address takes none"
            case .badHost:
                "has no valid host; write http://HOST:PORT, or http://[::1]:PORT for IPv6"
            case .badPort: "has no valid port; ports are 1 to 65535"
            case .badPath: "has more than a path after the port; leave out query and fragment"
            case .badSocketPath:
                "names no socket; write unix:/PATH, absolute and at most 107 bytes long"
            }
        return "\"\(text)\" \(reason)"
    }
}
