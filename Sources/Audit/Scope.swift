/// What of the requests that are answered is audited.
public struct Scope: Hashable, Sendable {
    /// Whether what was only read is audited as well.
    public var reads: Bool

    public init(reads: Bool) { self.reads = reads }

    /// Whether a request stands in the log.
    ///
    /// - Parameters:
    ///   - method: Its method.
    ///   - path: Its path, decoded.
    ///   - status: What it was answered with.
    /// - Returns: Whether it does.
    public func covers(method: String, path: String, status: Int) -> Bool {
        if status == 401 || status == 403 || status == 429 { return true }
        guard method == "GET" || method == "HEAD" else { return method != "OPTIONS" }
        let root = path.split(separator: "/").first.map(String.init) ?? ""
        if Self.steered.contains(root) { return true }
        return reads && !Self.probes.contains(root) && !path.hasPrefix("/api/cascade/health")
    }

    /// What shows the hub itself.
    private static let steered: Set = [
        "keys", "webhooks", "connections", "events", "explain", "groups",
    ]
    /// What nobody learns data from.
    private static let probes: Set = ["", "health", "readyz", "status", "metrics", "assets"]
}

extension String {
    /// A path for the log: bounded, and without what looks like a secret.
    ///
    /// A key that somebody has put into a path by mistake is cut to the id that it is known by.
    public var auditedPath: String {
        let text = cut(to: 1024)
        guard text.contains(where: { $0 == "_" || $0 == "." }) else { return text }
        return text.split(separator: "/", omittingEmptySubsequences: false)
            .map { segment in
                for (prefix, shown) in [("sk_", 19), ("tk_", 3), ("whsec_", 6), ("eyJ", 3)]
                where segment.hasPrefix(prefix) && segment.count > shown {
                    return segment.prefix(shown) + "…"
                }
                return String(segment)
            }
            .joined(separator: "/")
    }
}
