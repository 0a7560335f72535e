import Bytes

/// The languages that a client's reader would like (RFC 9110 §12.5.4).
public struct AcceptLanguage: Sendable {
    private struct Range: Sendable {
        var tag: String
        /// In thousandths.
        var quality: Int
    }

    private let ranges: [Range]

    /// Reads the Accept-Language lines of a head; members that are malformed are left out.
    public init(_ fields: Fields) {
        ranges = fields.members(of: "accept-language").compactMap { member in
            let parts = member.split(separator: ";", maxSplits: 1).map { $0.filter { $0 != " " } }
            guard let tag = parts.first, !tag.isEmpty else { return nil }
            guard parts.count == 2 else { return Range(tag: tag.lowercased(), quality: 1000) }
            guard parts[1].hasPrefix("q="),
                let quality = Accept.thousandths(String(parts[1].dropFirst(2)))
            else { return nil }
            return Range(tag: tag.lowercased(), quality: quality)
        }
    }

    /// The language to answer in, by basic filtering (RFC 4647 §3.3.1).
    ///
    /// - Parameter offered: Language tags such as `es`, in lower case, the server's favourite first.
    /// - Returns: The one with the highest quality; the first where none is asked for.
    public func choose(from offered: [String]) -> String? {
        var best = (tag: offered.first, quality: 0)
        for tag in offered {
            let quality = quality(of: tag)
            if quality > best.quality { best = (tag, quality) }
        }
        return best.tag
    }

    /// The highest weight of a range that names the language or a variety of it.
    private func quality(of tag: String) -> Int {
        let named = ranges.filter { $0.tag == tag || $0.tag.hasPrefix("\(tag)-") }
        if let best = named.map(\.quality).max() { return best }
        return ranges.first { $0.tag == "*" }?.quality ?? 0
    }
}
