import Bytes

/// Decodes the chunked transfer coding, one octet a step but for the content (RFC 9112 §7.1).
///
/// Extensions are skipped (§7.1.1) and trailers are dropped (§7.1.2), both up to a bound.
struct ChunkedDecoder: Sendable {
    private enum State {
        case size
        case extensions(ChunkExtensions)
        case sizeLineFeed
        case content
        case contentReturn
        case contentLineFeed
        case trailer(TrailerSection)
        case end
    }

    /// More digits than 64 bits take could only be zeros.
    private static let maxSizeDigits = 16

    private let limits: Limits
    private var state = State.size
    private var digits = 0
    /// The size of the chunk, then what is left of it.
    private var size = 0
    /// What the chunks so far have left of the limit.
    private var room: Int
    private var extensionBytes = 0

    init(limits: Limits) {
        self.limits = limits
        room = limits.bodyBytes
    }

    var isAtEnd: Bool {
        if case .end = state { true } else { false }
    }

    /// Reads on from `input[offset]`, up to the end of a piece of content.
    ///
    /// - Returns: Where it lies in `input`; `nil` when `input` has run out, or at the end.
    mutating func next(
        _ input: Span<UInt8>, from offset: inout Int
    ) throws(Violation) -> Range<Int>? {
        while offset < input.count {
            if case .end = state { return nil }
            if case .content = state { return readContent(input.count, &offset) }
            let octet = input[offset]
            offset += 1
            try advance(octet)
        }
        return nil
    }

    private mutating func readContent(_ end: Int, _ offset: inout Int) -> Range<Int> {
        let start = offset
        offset += min(size, end - start)
        size -= offset - start
        if size == 0 { state = .contentReturn }
        return start..<offset
    }

    private mutating func advance(_ octet: UInt8) throws(Violation) {
        switch state {
        case .size: try readSize(octet)
        case .extensions(let extensions): try readExtensions(octet, extensions)
        case .sizeLineFeed:
            guard octet == ASCII.lf else { throw .malformedChunk }
            room -= size
            state = size == 0 ? .trailer(TrailerSection(limit: limits.trailerBytes)) : .content
        case .contentReturn:
            guard octet == ASCII.cr else { throw .malformedChunk }
            state = .contentLineFeed
        case .contentLineFeed:
            guard octet == ASCII.lf else { throw .malformedChunk }
            digits = 0
            state = .size
        case .trailer(var trailer):
            try trailer.advance(octet)
            state = trailer.isAtEnd ? .end : .trailer(trailer)
        case .content, .end: break  // `next` does not come here with them
        }
    }

    /// chunk-size = 1*HEXDIG, and nothing but extensions or CRLF behind it.
    private mutating func readSize(_ octet: UInt8) throws(Violation) {
        guard let digit = ASCII.hexValue(octet) else {
            guard digits > 0 else { throw .malformedChunk }
            if octet == ASCII.cr {
                state = .sizeLineFeed
            } else {
                try readExtensions(octet, ChunkExtensions())
            }
            return
        }
        digits += 1
        guard digits <= ChunkedDecoder.maxSizeDigits else { throw .malformedChunk }
        let (high, overflowed) = size.multipliedReportingOverflow(by: 16)
        guard !overflowed, high <= room - Int(digit) else {
            throw .contentTooLarge(limit: limits.bodyBytes)
        }
        size = high + Int(digit)
    }

    private mutating func readExtensions(
        _ octet: UInt8, _ extensions: ChunkExtensions
    ) throws(Violation) {
        if octet == ASCII.cr && extensions.mayEnd {
            state = .sizeLineFeed
            return
        }
        extensionBytes += 1
        guard extensionBytes <= limits.chunkExtensionBytes else {
            throw .chunkExtensionsTooLarge(limit: limits.chunkExtensionBytes)
        }
        var extensions = extensions
        try extensions.advance(octet)
        state = .extensions(extensions)
    }
}
