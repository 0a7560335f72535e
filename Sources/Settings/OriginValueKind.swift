import Bytes

extension ValueKind where Value == String {
    /// The origin of a page, as browsers write it (RFC 6454 §6.2): lower case, and no port that is
    /// the scheme's own, so that what is written here is what is compared.
    static let origin = ValueKind(
        "ORIGIN", "an origin such as https://app.example or http://localhost:3000, without a path",
        read: { readOrigin($0) }, show: { $0 })

    private static func readOrigin(_ text: String) -> String? {
        let text = text.lowercased()
        guard let end = text.firstRange(of: "://"), isScheme(text[..<end.lowerBound]) else {
            return nil
        }
        let place = text[end.upperBound...]
        let bracket = place.hasPrefix("[") ? place.firstIndex(of: "]") : nil
        let name = bracket.map { place[...$0] } ?? place.prefix { $0 != ":" }
        guard !name.isEmpty, isName(name) else { return nil }
        let rest = place[name.endIndex...]
        if rest.isEmpty { return text }
        guard rest.first == ":", let port = parseDecimal(rest.dropFirst().utf8),
            (1...UInt64(UInt16.max)).contains(port)
        else { return nil }
        let isDefault = ["http": 80, "https": 443][text[..<end.lowerBound]] == port
        return isDefault ? String(text[..<name.endIndex]) : "\(text[..<name.endIndex]):\(port)"
    }

    /// RFC 3986 §3.1.
    private static func isScheme(_ text: Substring) -> Bool {
        text.first?.isLetter == true
            && text.utf8.allSatisfy { octet in
                isAlphanumeric(octet) || "+-.".utf8.contains(octet)
            }
    }

    /// A name, an IPv4 address, or an IPv6 address in brackets; no wildcard, user or path.
    private static func isName(_ text: Substring) -> Bool {
        if text.hasPrefix("[") {
            guard text.hasSuffix("]") else { return false }
            return IPAddress(String(text.dropFirst().dropLast())) != nil
        }
        return text.utf8.allSatisfy { isAlphanumeric($0) || "-._".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ octet: UInt8) -> Bool {
        ASCII.isAlpha(octet) || ASCII.isDigit(octet)
    }
}
