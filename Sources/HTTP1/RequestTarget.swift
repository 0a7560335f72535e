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
    private let authorityRange: Range<Int>
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
        self.octets = octets
        rawRange = range
        guard let first = octets[range].first else { throw .malformedTarget }
        var authority = range.lowerBound..<range.lowerBound
        switch first {
        case ASCII.slash:  // §3.2.1
            form = .origin
        case ASCII.asterisk:  // §3.2.4: "only used for a server-wide OPTIONS request"
            guard range.count == 1, method == .options else { throw .malformedTarget }
            form = .asterisk
        default:  // §3.2.2; what is not absolute-form either would be authority-form (§3.2.3)
            form = .absolute
            authority = try RequestTarget.authority(octets, range)
        }
        authorityRange = authority
        let rest = authority.upperBound..<range.upperBound
        let mark = octets[rest].firstIndex(of: ASCII.question)
        let pathRange = rest.lowerBound..<(mark ?? rest.upperBound)
        queryRange = (mark.map { $0 + 1 } ?? rest.upperBound)..<rest.upperBound
        path = form == .asterisk ? "*" : try TargetPath.decode(octets[pathRange])
        try RequestTarget.checkQuery(octets[queryRange])
    }

    /// The target as it was sent.
    public var raw: String { String(decoding: octets[rawRange], as: UTF8.self) }

    /// The host and port of an absolute-form; it takes the place of Host (RFC 9112 §3.2.2).
    public var authority: String? {
        form == .absolute ? String(decoding: octets[authorityRange], as: UTF8.self) : nil
    }

    /// The segments of the path, empty ones left out: `/a//b/` has two.
    public var segments: [String] {
        form == .asterisk ? [] : path.split(separator: "/").map(String.init)
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
        queryRange.isEmpty ? nil : query.first { $0.name == name }?.value
    }
}

extension RequestTarget {
    /// Where the authority of an absolute-form lies.
    private static func authority(
        _ octets: [UInt8], _ range: Range<Int>
    ) throws(Violation) -> Range<Int> {
        for scheme in ["http://", "https://"] {
            let start = range.lowerBound + scheme.utf8.count
            guard start <= range.upperBound, octets.matches(range.lowerBound..<start, scheme)
            else { continue }
            let end =
                octets[start..<range.upperBound].firstIndex {
                    $0 == ASCII.slash || $0 == ASCII.question
                } ?? range.upperBound
            // RFC 9110 §4.2.4: userinfo is an error; no host has an "@", so it is refused here.
            guard Host.isValid(octets[start..<end]) else { throw .hostMalformed }
            return start..<end
        }
        throw .malformedTarget
    }

    private static func checkQuery(_ query: ArraySlice<UInt8>) throws(Violation) {
        var isEncoded = false
        let allowed = OctetSet.query
        for octet in query {
            guard allowed.contains(octet) else { throw .malformedTarget }
            if octet == ASCII.percent { isEncoded = true }
        }
        guard isEncoded else { return }
        guard let decoded = PercentCoding.decode(query), !decoded.contains(0),
            String(validUTF8: decoded) != nil
        else { throw .malformedTarget }
    }

    /// What `encoded` stands for; `checkQuery` has seen that it can be decoded.
    ///
    /// A name or value that is cut out of valid UTF-8 at an ASCII octet is valid itself, but
    /// for a character that was encoded around an encoded `=` or `&`: that shows as U+FFFD.
    private static func text(_ encoded: ArraySlice<UInt8>) -> String {
        String(decoding: PercentCoding.decode(encoded, isForm: true) ?? [], as: UTF8.self)
    }
}

/// The path of a target, which is decoded exactly once.
enum TargetPath {
    /// Decodes `encoded`, an absolute path or nothing (RFC 9110 §4.2.1: an empty one is `/`).
    static func decode(_ encoded: ArraySlice<UInt8>) throws(Violation) -> String {
        if encoded.isEmpty { return "/" }
        guard try needsWork(encoded) else { return String(decoding: encoded, as: UTF8.self) }
        var segments: [[UInt8]] = []
        let pieces = encoded.dropFirst().split(
            separator: ASCII.slash, omittingEmptySubsequences: false)
        for (index, piece) in pieces.enumerated() {
            let segment = try decodeSegment(piece)
            let isLast = index == pieces.count - 1
            switch segment {  // RFC 3986 §5.2.4
            case [ASCII.dot]:
                if isLast { segments.append([]) }
            case [ASCII.dot, ASCII.dot]:
                _ = segments.popLast()
                if isLast { segments.append([]) }
            default:
                segments.append(segment)
            }
        }
        let path = [ASCII.slash] + segments.joined(separator: [ASCII.slash])
        guard let text = String(validUTF8: path) else { throw .malformedTarget }
        return text
    }

    /// Whether something is encoded, or a segment begins with a dot; most paths have neither.
    private static func needsWork(_ encoded: ArraySlice<UInt8>) throws(Violation) -> Bool {
        let allowed = OctetSet.path
        var needsWork = false
        var previous: UInt8 = 0
        for octet in encoded {
            guard allowed.contains(octet) else { throw .malformedTarget }
            if octet == ASCII.percent || octet == ASCII.dot && previous == ASCII.slash {
                needsWork = true
            }
            previous = octet
        }
        return needsWork
    }

    /// Decodes one segment; an encoded slash would make two of one, a control character is in no
    /// name that the hub knows and forges lines in logs.
    private static func decodeSegment(_ piece: ArraySlice<UInt8>) throws(Violation) -> [UInt8] {
        guard let segment = PercentCoding.decode(piece),
            segment.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != ASCII.slash })
        else { throw .malformedTarget }
        return segment
    }
}

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
