import Bytes

/// The host and port that a request is meant for (RFC 9110 §7.2, RFC 3986 §3.2).
enum Host {
    /// Whether `octets` are a host that is not empty (RFC 9110 §4.2.1), and perhaps a port.
    static func isValid(_ octets: ArraySlice<UInt8>) -> Bool {
        guard let first = octets.first else { return false }
        let end =
            first == ASCII.openBracket
            ? octets.firstIndex(of: ASCII.closeBracket).map { $0 + 1 }
            : octets.firstIndex(of: ASCII.colon) ?? octets.endIndex
        guard let end else { return false }
        let host = octets[..<end]
        let isHost = first == ASCII.openBracket ? isAddress(host) : isName(host)
        return isHost && isPort(octets[end...])
    }

    /// A reg-name or an IPv4 address.
    private static func isName(_ host: ArraySlice<UInt8>) -> Bool {
        let allowed = OctetSet.registeredName
        return !host.isEmpty && host.allSatisfy { allowed.contains($0) }
    }

    /// An IPv6 address in brackets, as far as its characters go; nothing connects to it.
    private static func isAddress(_ host: ArraySlice<UInt8>) -> Bool {
        host.count > 2
            && host.dropFirst().dropLast().allSatisfy {
                ASCII.hexValue($0) != nil || $0 == ASCII.colon || $0 == ASCII.dot
            }
    }

    /// RFC 3986 §3.2.3: port = *DIGIT.
    private static func isPort(_ rest: ArraySlice<UInt8>) -> Bool {
        guard let first = rest.first else { return true }
        return first == ASCII.colon && rest.count <= 6 && rest.dropFirst().allSatisfy(ASCII.isDigit)
    }
}
