/// Where an answer of an ERP goes on.
enum ERPLink {
    /// The target of a request, below the ERP's own path.
    ///
    /// A link to another server is refused: it would be handed the key.
    ///
    /// - Parameters:
    ///   - next: As the ERP wrote it: a URL, a path, or a query.
    ///   - current: The target of the request that was answered.
    ///   - address: The ERP.
    /// - Returns: `nil` for a link to somewhere else.
    static func target(_ next: String, from current: String, at address: HubAddress) -> String? {
        if next.hasPrefix("?") { return current.prefix { $0 != "?" } + next }
        var path = next[...]
        if let mark = next.firstRange(of: "://") {
            let slash = next[mark.upperBound...].firstIndex(of: "/") ?? next.endIndex
            guard next[..<slash] == origin(of: address.text) else { return nil }
            path = next[slash...]
        }
        guard path.hasPrefix("/"), !path.hasPrefix("//") else { return nil }
        guard path.hasPrefix(address.prefix) else { return nil }
        return String(path.dropFirst(address.prefix.count))
    }

    /// `http://erp:8080` of `http://erp:8080/sap`.
    private static func origin(of text: String) -> Substring {
        guard let mark = text.firstRange(of: "://") else { return "" }
        let slash = text[mark.upperBound...].firstIndex(of: "/") ?? text.endIndex
        return text[..<slash]
    }
}
