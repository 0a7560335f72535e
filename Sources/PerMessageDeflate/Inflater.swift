import WebSocket

/// Decompresses the messages of one connection (RFC 7692 §7.2.2).
///
/// Confined to the event loop that made it. Where no context is kept between messages, it
/// holds memory within a message only, borrowed from the pool.
public final class Inflater: MessageInflater {
    private let direction: DeflateParameters.Direction
    private let pool: DeflatePool
    private var stream: InflateStream?

    /// Makes an inflater, which has no memory before the first compressed message.
    ///
    /// - Parameters:
    ///   - direction: What was agreed on for what the peer sends.
    ///   - pool: The event loop's.
    init(_ direction: DeflateParameters.Direction, pool: DeflatePool) {
        self.direction = direction
        self.pool = pool
    }

    public func inflate(
        _ compressed: Span<UInt8>, into message: inout [UInt8], limit: Int
    ) throws(ProtocolViolation) {
        let stream = self.stream ?? makeStream()
        self.stream = stream
        try stream.inflate(compressed, into: &message, limit: limit)
    }

    public func finishMessage(
        into message: inout [UInt8], limit: Int
    ) throws(ProtocolViolation) {
        // §7.2.2: the end that the sender left out.
        let end: [4 of UInt8] = [0x00, 0x00, 0xFF, 0xFF]
        try inflate(end.span, into: &message, limit: limit)
        if direction.noContextTakeover, let stream {
            pool.give(back: stream)
            self.stream = nil
        }
    }

    private func makeStream() -> InflateStream {
        guard direction.noContextTakeover else {
            return InflateStream(windowBits: direction.maxWindowBits)
        }
        return pool.takeInflateStream()
    }
}
