import CLinux

/// Where to listen, as an option says it: `127.0.0.1:8001`, `[::1]:8765`, `localhost:8001`,
/// `*:80`, `unix:/run/campana.sock`.
public enum ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// `host` is an IP address, a name, or `*` for all addresses of the machine. `localhost`
    /// means both loopback addresses. Port 0 means one that is free.
    case tcp(host: String, port: UInt16)
    /// A socket file.
    case unix(path: String)

    /// The longest path of a socket file, in bytes (unix(7)).
    static let longestPath = 107

    /// Reads `text`; `nil` if it is no address.
    ///
    /// - Parameter text: An address as above; no white space.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty, path.utf8.count <= Self.longestPath, !path.utf8.contains(0)
            else { return nil }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(digits), let host = Self.host(text[..<colon])
        else { return nil }
        self = .tcp(host: host, port: port)
    }

    /// The host without the brackets of an IPv6 address.
    private static func host(_ text: Substring) -> String? {
        if text.hasPrefix("["), text.hasSuffix("]") {
            let address = String(text.dropFirst().dropLast())
            return address.contains(":") ? address : nil
        }
        let isName = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
        return text == "*" || (!text.isEmpty && isName) ? String(text) : nil
    }

    public var description: String {
        switch self {
        case .tcp(let host, let port) where host.contains(":"): "[\(host)]:\(port)"
        case .tcp(let host, let port): "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
