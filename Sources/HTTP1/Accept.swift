import Bytes

/// What a client would like to get (RFC 9110 §12.5.1).
public struct Accept: Sendable {
    private struct MediaRange: Sendable {
        var type: String
        var subtype: String
        /// In thousandths.
        var quality: Int

        /// How closely it names a type: `*/*` 1, `text/*` 2, `text/html` 3; 0 if it does not.
        func specificity(for type: String, _ subtype: String) -> Int {
            switch (self.type, self.subtype) {
            case ("*", "*"): 1
            case (type, "*"): 2
            case (type, subtype): 3
            default: 0
            }
        }
    }

    private let ranges: [MediaRange]

    /// Reads the Accept lines of a head; members that are malformed are left out.
    public init(_ fields: Fields) {
        ranges = fields.members(of: "accept").compactMap(Accept.mediaRange)
    }

    /// The type to answer with.
    ///
    /// - Parameter offered: Types such as `application/json`, in lower case, the server's favourite
    ///   first; it decides between equals.
    /// - Returns: The one with the highest quality; the first where the client does not say; `nil`
    ///   where none is acceptable.
    public func choose(from offered: [String]) -> String? {
        var best: String?
        var bestQuality = 0
        for type in offered {
            let quality = quality(of: type)
            if quality > bestQuality {
                best = type
                bestQuality = quality
            }
        }
        return best
    }

    /// How much a type is liked, in thousandths; 0 if it is not acceptable.
    ///
    /// The range that names it most closely decides (§12.5.1), and 1000 where there is no range.
    public func quality(of mediaType: String) -> Int {
        if ranges.isEmpty { return 1000 }
        let names = mediaType.split(separator: "/", maxSplits: 1).map(String.init)
        guard let type = names.first, let subtype = names.last else { return 0 }
        var best = (specificity: 0, quality: 0)
        for range in ranges {
            let specificity = range.specificity(for: type, subtype)
            if specificity > best.specificity { best = (specificity, range.quality) }
        }
        return best.quality
    }

    private static func mediaRange(_ member: String) -> MediaRange? {
        guard let media = MediaType(member) else { return nil }
        guard let weight = media.parameter("q") else {
            return MediaRange(type: media.type, subtype: media.subtype, quality: 1000)
        }
        return thousandths(weight).map {
            MediaRange(type: media.type, subtype: media.subtype, quality: $0)
        }
    }

    /// A qvalue from 0 to 1, with at most three decimals (§12.4.2).
    static func thousandths(_ text: String) -> Int? {
        let octets = Array(text.utf8)
        guard let first = octets.first, octets.count <= 5 else { return nil }
        if octets.count > 1 && octets[1] != ASCII.dot { return nil }
        let whole = Int(first) - Int(ASCII.zero)
        var value = whole
        for place in 2..<5 {
            let digit = place < octets.count ? octets[place] : ASCII.zero
            guard ASCII.isDigit(digit) else { return nil }
            value = value * 10 + Int(digit - ASCII.zero)
        }
        return (0...1000).contains(value) && (0...1).contains(whole) ? value : nil
    }
}
