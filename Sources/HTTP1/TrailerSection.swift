import Bytes

/// Drops the trailer section of chunked content, an octet a step (RFC 9112 §7.1.2).
///
/// Its fields mean nothing here, since a field that came late could contradict what the head has
/// decided; but its lines are held to the grammar of §5, and to a bound.
struct TrailerSection: Sendable {
    private enum Place {
        case lineStart
        case name
        case value
        case lineFeed
        case lastLineFeed
        case end
    }

    private let limit: Int
    private var place = Place.lineStart
    private var bytes = 0

    init(limit: Int) { self.limit = limit }

    var isAtEnd: Bool { place == .end }

    /// Takes `octet`; trailer-section = *( field-line CRLF ), and then the CRLF of the content.
    mutating func advance(_ octet: UInt8) throws(Violation) {
        let next: Place? =
            switch place {
            case .lineStart:
                octet == ASCII.cr ? .lastLineFeed : ASCII.isToken(octet) ? .name : nil
            case .name: octet == ASCII.colon ? .value : ASCII.isToken(octet) ? .name : nil
            case .value: octet == ASCII.cr ? .lineFeed : FieldLine.isValue(octet) ? .value : nil
            case .lineFeed: octet == ASCII.lf ? .lineStart : nil
            case .lastLineFeed: octet == ASCII.lf ? .end : nil
            case .end: .end
            }
        guard let next else { throw .malformedTrailer }
        place = next
        if place == .lastLineFeed || place == .end { return }
        bytes += 1
        guard bytes <= limit else { throw .trailerTooLarge(limit: limit) }
    }
}
