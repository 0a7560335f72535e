/// Tells whether text that comes in pieces can still become UTF-8 (RFC 3629 §4).
///
/// It is as strict after each octet as at the end: the first octet that no continuation could
/// make well-formed is refused when it comes, though its character be cut in two. Whole
/// characters are left to the standard library, at some GB/s; the at most three octets of one
/// that is cut are stepped through.
struct UTF8Stream {
    /// How many octets the character at the cut still wants.
    private var octetsWanted: UInt8 = 0
    /// What the next one of them may be.
    private var leastNext: UInt8 = 0x80
    private var greatestNext: UInt8 = 0xBF

    /// Whether the text so far ends with a whole character.
    var isComplete: Bool { octetsWanted == 0 }

    /// Takes the next piece.
    ///
    /// - Returns: `false` once the text can no longer be UTF-8, whatever follows.
    mutating func accept(_ piece: Span<UInt8>) -> Bool {
        var start = 0
        while octetsWanted > 0, start < piece.count {
            guard step(piece[start]) else { return false }
            start += 1
        }
        let end = max(start, startOfCutCharacter(in: piece))
        guard isWellFormed(piece.extracting(start..<end)) else { return false }
        for index in end..<piece.count {
            guard step(piece[index]) else { return false }
        }
        return true
    }

    private func isWellFormed(_ characters: Span<UInt8>) -> Bool {
        do {
            _ = try UTF8Span(validating: characters)
            return true
        } catch {
            return false
        }
    }

    /// Where the last character begins if the end of the piece cuts it; else the end.
    private func startOfCutCharacter(in piece: Span<UInt8>) -> Int {
        var index = piece.count - 1
        while index >= max(0, piece.count - 3) {
            let octet = piece[index]
            if octet >= 0xC0 {
                let length = octet >= 0xF0 ? 4 : octet >= 0xE0 ? 3 : 2
                return index + length > piece.count ? index : piece.count
            }
            if octet < 0x80 { break }
            index -= 1
        }
        return piece.count
    }

    private mutating func step(_ octet: UInt8) -> Bool {
        if octetsWanted > 0 {
            guard octet >= leastNext, octet <= greatestNext else { return false }
            (leastNext, greatestNext) = (0x80, 0xBF)
            octetsWanted -= 1
            return true
        }
        switch octet {
        case 0x00...0x7F: return true
        case 0xC2...0xDF: octetsWanted = 1
        case 0xE0: (octetsWanted, leastNext) = (2, 0xA0)  // shorter forms exist below
        case 0xED: (octetsWanted, greatestNext) = (2, 0x9F)  // surrogates above
        case 0xE1...0xEF: octetsWanted = 2
        case 0xF0: (octetsWanted, leastNext) = (3, 0x90)  // shorter forms exist below
        case 0xF1...0xF3: octetsWanted = 3
        case 0xF4: (octetsWanted, greatestNext) = (3, 0x8F)  // past U+10FFFF above
        default: return false
        }
        return true
    }
}
