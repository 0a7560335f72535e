/// A request method that the hub knows (RFC 9110 §9, RFC 5789).
///
/// Any other method is answered 501 by the parser; whether a resource takes a known one is for
/// its route to say, with 405. CONNECT and TRACE are left out on purpose: a hub is no proxy,
/// and echoes no request.
public enum Method: String, CaseIterable, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"

    /// Whether content is part of what the method means (RFC 9110 §9.3, RFC 5789 §2), so that
    /// its length is named even where it is 0 (§8.6).
    public var anticipatesContent: Bool {
        switch self {
        case .post, .put, .patch: true
        case .get, .head, .delete, .options: false
        }
    }
}

/// A minor version of HTTP/1 (RFC 9112 §2.3).
public enum Version: String, Comparable, Sendable {
    case http10 = "HTTP/1.0"
    case http11 = "HTTP/1.1"

    public static func < (lesser: Version, greater: Version) -> Bool {
        lesser == .http10 && greater == .http11
    }
}
