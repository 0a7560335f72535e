import Bytes

/// What a request is for (RFC 9112 §3.2).
///
/// Whatever could be read in two ways is refused when the target is made: an encoded slash, a
/// control character, a `%` that encodes nothing, octets that are not UTF-8. What comes after
/// can be relied on.
public struct RequestTarget: Sendable {
    /// The form that the target has; authority-form belongs to CONNECT, which is not taken.
    public enum Form: Sendable { case origin, absolute, asterisk }

    public let form: Form
    /// The path, decoded and without dot segments (RFC 3986 §5.2.4); `*` for ``Form/asterisk``.
    public let path: String

    private let octets: [UInt8]
    private let rawRange: Range<Int>
    private var authorityRange = 0..<0
    private let queryRange: Range<Int>

    /// Reads a target.
    ///
    /// - Parameters:
    ///   - text: The target as it would stand in a request line.
    ///   - method: The method that stands before it; only OPTIONS takes `*` (§3.2.4).
    /// - Throws: ``Violation/malformedTarget`` or ``Violation/hostMalformed``.
    public init(_ text: String, method: Method = .get) throws(Violation) {
        let octets = Array(text.utf8)
        try self.init(octets, octets.indices, method: method)
    }

    /// Reads the target that lies at `range` of `octets`.
    init(_ octets: [UInt8], _ range: Range<Int>, method: Method) throws(Violation) {
        let span = octets.span.extracting(..<range.upperBound)
        guard !range.isEmpty else { throw .malformedTarget }
        var start = range.lowerBound
        switch span[start] {
        case ASCII.slash:  // §3.2.1
            form = .origin
        case ASCII.asterisk:  // §3.2.4: "only used for a server-wide OPTIONS request"
            guard range.count == 1, method == .options else { throw .malformedTarget }
            form = .asterisk
        default:  // §3.2.2; what is not absolute-form either would be authority-form (§3.2.3)
            form = .absolute
            authorityRange = try RequestTarget.authority(span, from: start)
            start = authorityRange.upperBound
        }
        let end = span.firstIndex(of: ASCII.question, from: start)
        queryRange = min(end + 1, range.upperBound)..<range.upperBound
        path = form == .asterisk ? "*" : try TargetPath.decode(octets, start..<end)
        try RequestTarget.checkQuery(octets, queryRange)
        rawRange = range
        self.octets = octets
    }

    /// The target as it was sent.
    public var raw: String { String(decoding: octets[rawRange], as: UTF8.self) }

    /// The host and port of an absolute-form; it takes the place of Host (RFC 9112 §3.2.2).
    public var authority: String? {
        form == .absolute ? String(decoding: octets[authorityRange], as: UTF8.self) : nil
    }

    /// The segments of the path, empty ones left out: `/a//b/` has two.
    public var segments: [String] {
        if form == .asterisk { return [] }
        return path.utf8.split(separator: ASCII.slash).map { String(Substring($0)) }
    }

    /// The pairs of the query in their order, decoded as forms are: `+` is a space.
    public var query: [(name: String, value: String)] {
        octets[queryRange].split(separator: ASCII.ampersand).map { pair in
            let mark = pair.firstIndex(of: ASCII.equals) ?? pair.endIndex
            return (
                name: RequestTarget.text(pair[..<mark]),
                value: RequestTarget.text(pair[mark...].dropFirst())
            )
        }
    }

    /// The value of the first pair of that name; names are compared as they are.
    public func queryValue(_ name: String) -> String? {
        for pair in octets[queryRange].split(separator: ASCII.ampersand) {
            let mark = pair.firstIndex(of: ASCII.equals) ?? pair.endIndex
            guard RequestTarget.text(pair[..<mark]) == name else { continue }
            return RequestTarget.text(pair[mark...].dropFirst())
        }
        return nil
    }
}

extension RequestTarget {
    /// Where the authority of an absolute-form lies.
    private static func authority(
        _ octets: Span<UInt8>, from start: Int
    ) throws(Violation) -> Range<Int> {
        for scheme in ["http://", "https://"] {
            let host = start + scheme.utf8.count
            guard host <= octets.count, octets.extracting(start..<host).matches(scheme) else {
                continue
            }
            let slash = octets.firstIndex(of: ASCII.slash, from: host)
            let end = octets.extracting(..<slash).firstIndex(of: ASCII.question, from: host)
            // RFC 9110 §4.2.4: userinfo is an error; no host has an "@", so it is refused here.
            guard Host.isValid(octets.extracting(host..<end)) else { throw .hostMalformed }
            return host..<end
        }
        throw .malformedTarget
    }

    private static func checkQuery(_ octets: [UInt8], _ range: Range<Int>) throws(Violation) {
        let query = octets.span.extracting(range)
        guard query.end(of: .query) == query.count else { throw .malformedTarget }
        guard query.firstIndex(of: ASCII.percent) < query.count else { return }
        guard let decoded = PercentCoding.decode(octets[range]), !decoded.contains(0),
            String(validUTF8: decoded) != nil
        else { throw .malformedTarget }
    }

    /// What `encoded` stands for; `checkQuery` has seen that all of the query can be decoded, so
    /// that a part between two ASCII characters of it can be, too.
    private static func text(_ encoded: ArraySlice<UInt8>) -> String {
        String(decoding: PercentCoding.decode(encoded, isForm: true) ?? [], as: UTF8.self)
    }
}
