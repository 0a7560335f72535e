import Bytes

/// The path of a target, which is decoded exactly once.
enum TargetPath {
    /// Decodes what lies in `range`, an absolute path or nothing (RFC 9110 §4.2.1: that is `/`).
    static func decode(_ octets: [UInt8], _ range: Range<Int>) throws(Violation) -> String {
        if range.isEmpty { return "/" }
        let encoded = octets[range]
        guard try needsWork(octets.span.extracting(range)) else {
            return String(decoding: encoded, as: UTF8.self)
        }
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
    private static func needsWork(_ encoded: Span<UInt8>) throws(Violation) -> Bool {
        guard encoded.end(of: .path) == encoded.count else { throw .malformedTarget }
        var previous: UInt8 = 0
        for index in encoded.indices {
            let octet = encoded[index]
            if octet == ASCII.percent || octet == ASCII.dot && previous == ASCII.slash {
                return true
            }
            previous = octet
        }
        return false
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
