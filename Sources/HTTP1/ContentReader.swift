import Bytes

/// Finds the content of one message in its bytes, by the framing of its head (RFC 9112 §6).
struct ContentReader: Sendable {
    private enum State {
        case length(left: Int)
        case chunked(ChunkedDecoder)
        case untilClose(left: Int)
    }

    private var state: State
    private let limit: Int

    init(_ framing: BodyFraming, limits: Limits) throws(Violation) {
        limit = limits.bodyBytes
        switch framing {
        case .none:
            state = .length(left: 0)
        case .length(let length):
            guard length <= UInt64(limit) else { throw .contentTooLarge(limit: limit) }
            state = .length(left: Int(length))
        case .chunked:
            state = .chunked(ChunkedDecoder(limits: limits))
        case .untilClose:
            state = .untilClose(left: limit)
        }
    }

    /// Whether the message is whole.
    var isAtEnd: Bool {
        switch state {
        case .length(let left): left == 0
        case .chunked(let decoder): decoder.isAtEnd
        case .untilClose: false
        }
    }

    /// Whether the end of the connection is the end of the message.
    var endsWithConnection: Bool {
        if case .untilClose = state { true } else { false }
    }

    /// Reads on from `input[offset]`, up to the end of a piece of content.
    ///
    /// - Returns: Where it lies in `input`; `nil` when `input` has run out, or at the end.
    mutating func next(
        _ input: Span<UInt8>, from offset: inout Int
    ) throws(Violation) -> Range<Int>? {
        switch state {
        case .length(let left):
            guard let piece = take(left, input, &offset) else { return nil }
            state = .length(left: left - piece.count)
            return piece
        case .chunked(var decoder):
            let piece = try decoder.next(input, from: &offset)
            state = .chunked(decoder)
            return piece
        case .untilClose(let left):
            guard let piece = take(left, input, &offset) else {
                guard offset == input.count else { throw .contentTooLarge(limit: limit) }
                return nil
            }
            state = .untilClose(left: left - piece.count)
            return piece
        }
    }

    private func take(_ most: Int, _ input: Span<UInt8>, _ offset: inout Int) -> Range<Int>? {
        let start = offset
        offset += min(most, input.count - start)
        return offset > start ? start..<offset : nil
    }
}
