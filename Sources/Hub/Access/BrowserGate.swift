import Bytes
import HTTP1

/// What is asked of a request because a browser may have sent it for somebody else's page.
///
/// - The name by which an open hub is called: a page can make its own name point at this machine
///   (DNS rebinding), but only a name of the Internet, which has a dot.
/// - `Origin`: browsers let any page open a WebSocket anywhere, with whatever the user may.
public final class BrowserGate: Sendable {
    private let hosts: Set<String>
    private let origins: Set<String>
    private let ports: Set<String>

    /// Makes one.
    ///
    /// - Parameters:
    ///   - hosts: Names with a dot by which the hub is called.
    ///   - origins: Pages that may ask, as `https://app.example`; those of the hub always may.
    ///   - ports: Where the hub serves: its page at one of them may ask it at another.
    public init(hosts: [String], origins: [String], ports: [UInt16]) {
        self.hosts = Set(hosts.map { $0.lowercased() })
        self.origins = Set(origins.map { $0.lowercased() })
        self.ports = Set(ports.map { "\($0)" })
    }

    /// Holds a request to both.
    ///
    /// - Parameters:
    ///   - head: The request's.
    ///   - isOpen: Whether the hub asks nobody who they are; else a name alone opens nothing.
    /// - Throws: 403 for a page that may not ask, 421 for a name that is not the hub's
    ///   (RFC 9110 §15.5.20).
    public func check(_ head: RequestHead, isOpen: Bool) throws(Problem) {
        if isOpen, let host = head.host, !Self.isNobodys(host), !isOurs(Self.name(host)) {
            var problem = Problem(
                .forbidden,
                "the hub is not called \"\(Self.name(host).prefix(100))\"; use localhost, or start "
                    + "it with --host and that name")
            problem.status = Status(rawValue: 421)
            throw problem
        }
        guard let origin = head.fields.first("origin"), !isAllowed(origin, head) else { return }
        throw Problem(
            .forbidden,
            "pages of \"\(origin.prefix(100))\" may not ask this hub; allow them by --origin")
    }

    /// What lets a page of another origin read an answer; empty for all others.
    public func fields(for head: RequestHead) -> Fields {
        guard !origins.isEmpty, let origin = head.fields.first("origin"),
            origins.contains(origin.lowercased())
        else {
            return [:]
        }
        var fields: Fields = ["Access-Control-Allow-Origin": origin, "Vary": "Origin"]
        fields.append(
            "Access-Control-Expose-Headers",
            "ETag, Location, Retry-After, RateLimit, RateLimit-Policy, Idempotency-Replayed")
        guard head.method == .options, head.fields.contains("access-control-request-method") else {
            return fields
        }
        fields.append("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
        fields.append(
            "Access-Control-Allow-Headers",
            "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID")
        fields.append("Access-Control-Max-Age", "600")
        return fields
    }

    /// The same origin is always allowed: the scheme may be another behind a proxy, and the port
    /// another of the hub's own.
    private func isAllowed(_ origin: String, _ head: RequestHead) -> Bool {
        let origin = origin.lowercased()
        if origins.contains(origin) { return true }
        guard let host = head.host?.lowercased(), let end = origin.firstRange(of: "://") else {
            return false
        }
        let page = String(origin[end.upperBound...])
        if page == host { return true }
        let name = Self.name(page)
        guard name == Self.name(host) else { return false }
        // RFC 6454 §4: without a port it is the scheme's, which a proxy may have written out.
        let port =
            page == name
            ? Self.defaultPort(origin[..<end.lowerBound]) : String(page.dropFirst(name.count + 1))
        return ports.contains(port) || host == "\(name):\(port)"
    }

    private static func defaultPort(_ scheme: Substring) -> String {
        switch scheme {
        case "http": "80"
        case "https": "443"
        default: ""
        }
    }

    private func isOurs(_ name: String) -> Bool {
        Self.isNobodys(name) || name.hasSuffix(".localhost") || hosts.contains(name)
    }

    /// Whether it is no name of the Internet, but an address or a word without a dot; its port
    /// may stand behind it.
    ///
    /// Asked of every request, so it makes no strings.
    private static func isNobodys(_ host: String) -> Bool {
        var (hasDot, isNumeric) = (false, true)
        let octets = host.utf8.span
        for index in octets.indices {
            let octet = octets[index]
            if octet == ASCII.dot {
                hasDot = true
            } else if octet > ASCII.colon || octet < ASCII.zero {
                isNumeric = false
            }
        }
        return !hasDot || isNumeric
    }

    /// The host without its port, in lower case.
    private static func name(_ host: String) -> String {
        let host = host.lowercased()
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") { return String(host[...end]) }
        return String(host.prefix { $0 != ":" })
    }
}
