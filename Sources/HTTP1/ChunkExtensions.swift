import Bytes

/// Skips the extensions of a chunk, an octet a step (RFC 9112 §7.1.1).
///
/// They mean nothing here, but are held to their grammar: what is skipped to the next CRLF
/// without a look may be skipped to another one by whoever passed the message on.
struct ChunkExtensions: Sendable {
    private enum Place {
        case beforeSemicolon
        case beforeName
        case name
        case beforeEquals
        case beforeValue
        case token
        case quoted
        case escaped
        case afterQuoted
    }

    private var place = Place.beforeSemicolon

    /// Whether the line may end here.
    var mayEnd: Bool {
        switch place {
        case .name, .token, .afterQuoted: true
        case .beforeSemicolon, .beforeName, .beforeEquals, .beforeValue, .quoted, .escaped: false
        }
    }

    /// Takes `octet`, which is not the CR of the end.
    ///
    /// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ), the value a token
    /// or a quoted string.
    mutating func advance(_ octet: UInt8) throws(Violation) {
        let next: Place? =
            switch place {
            case .beforeSemicolon, .afterQuoted: white(octet, .beforeSemicolon) ?? semicolon(octet)
            case .beforeName: white(octet, place) ?? token(octet, .name)
            case .name: token(octet, .name) ?? white(octet, .beforeEquals) ?? delimiter(octet)
            case .beforeEquals: white(octet, place) ?? delimiter(octet)
            case .beforeValue: white(octet, place) ?? token(octet, .token) ?? quote(octet, .quoted)
            case .token: token(octet, place) ?? white(octet, .beforeSemicolon) ?? semicolon(octet)
            case .quoted:
                octet == ASCII.backslash ? .escaped : quote(octet, .afterQuoted) ?? text(octet)
            case .escaped: text(octet)
            }
        guard let next else { throw .malformedChunk }
        place = next
    }

    private func white(_ octet: UInt8, _ next: Place) -> Place? {
        octet == ASCII.space || octet == ASCII.tab ? next : nil
    }

    private func token(_ octet: UInt8, _ next: Place) -> Place? {
        ASCII.isToken(octet) ? next : nil
    }

    private func quote(_ octet: UInt8, _ next: Place) -> Place? {
        octet == ASCII.quote ? next : nil
    }

    private func semicolon(_ octet: UInt8) -> Place? {
        octet == ASCII.semicolon ? .beforeName : nil
    }

    private func delimiter(_ octet: UInt8) -> Place? {
        octet == ASCII.equals ? .beforeValue : semicolon(octet)
    }

    private func text(_ octet: UInt8) -> Place? { FieldLine.isValue(octet) ? .quoted : nil }
}
