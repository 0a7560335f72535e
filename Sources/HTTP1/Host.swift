import Bytes

/// The host and port that a request is meant for (RFC 9110 §7.2, RFC 3986 §3.2).
enum Host {
    /// Whether `octets` are a host that is not empty (RFC 9110 §4.2.1), and perhaps a port.
    static func isValid(_ octets: Span<UInt8>) -> Bool {
        guard !octets.isEmpty else { return false }
        let end =
            octets[0] == ASCII.openBracket ? endOfAddress(octets) : octets.end(of: .registeredName)
        guard let end, end > 0 else { return false }
        return isPort(octets.extracting(end...))
    }

    /// Behind an IPv6 address in brackets.
    ///
    /// It is one as far as its characters go: nothing connects to it.
    private static func endOfAddress(_ octets: Span<UInt8>) -> Int? {
        var index = 1
        while index < octets.count, isAddressCharacter(octets[index]) { index += 1 }
        guard index > 1, index < octets.count, octets[index] == ASCII.closeBracket else {
            return nil
        }
        return index + 1
    }

    private static func isAddressCharacter(_ octet: UInt8) -> Bool {
        ASCII.hexValue(octet) != nil || octet == ASCII.colon || octet == ASCII.dot
    }

    /// RFC 3986 §3.2.3: port = *DIGIT, of which 16 bits take five.
    private static func isPort(_ octets: Span<UInt8>) -> Bool {
        guard !octets.isEmpty else { return true }
        guard octets[0] == ASCII.colon, octets.count <= 6 else { return false }
        for index in 1..<octets.count where !ASCII.isDigit(octets[index]) { return false }
        return true
    }
}
