import WebSocket

/// Compresses messages (RFC 7692 §7.2.1).
///
/// Confined to the event loop that made it.
public final class Deflater: MessageDeflater {
    private let stream: DeflateStream
    private let keepsContext: Bool

    /// Makes a deflater with memory of its own, 268 KB for the widest window.
    ///
    /// - Parameters:
    ///   - direction: What was agreed on for what this side sends.
    ///   - level: 1, the fastest, to 9, the smallest.
    public init(_ direction: DeflateParameters.Direction, level: Int = 6) {
        keepsContext = !direction.noContextTakeover
        // zlib has no window of 2^8 bytes for raw deflate. Without back references none is
        // needed, so that a peer which wants no more gets what it asks for.
        let isTooNarrow = direction.maxWindowBits < 9
        stream = DeflateStream(
            windowBits: max(direction.maxWindowBits, 9),
            memoryLevel: min(direction.maxWindowBits - 7, 8), level: level,
            strategy: isTooNarrow ? .huffmanOnly : .matchesAndHuffman)
    }

    public func deflate(_ message: Span<UInt8>, into payload: inout [UInt8]) {
        // §7.2.3.6: an empty message is one octet, the header of an empty block.
        guard !message.isEmpty else { return payload.append(0x00) }
        if !keepsContext { stream.reset() }
        stream.deflate(message, into: &payload)
        // §7.2.1: the 00 00 FF FF at its end is not sent.
        payload.removeLast(4)
    }
}
