import Bytes

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
