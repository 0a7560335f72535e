import CZlib
import WebSocket

// The one file of this module with `unsafe` in it. zlib keeps a pointer to its `z_stream`, so
// that one stays where it was made; it points into our arrays only while a call of ours lasts.

/// A zlib stream that compresses raw deflate data (RFC 1951).
@safe
final class DeflateStream {
    enum Strategy {
        case matchesAndHuffman
        /// No back references, and so none that is too far for any window.
        case huffmanOnly
    }

    private let stream: UnsafeMutablePointer<z_stream>

    /// Makes a stream, with all of its memory: `2^(windowBits + 2) + 2^(memoryLevel + 9)` bytes.
    ///
    /// - Parameters:
    ///   - windowBits: 9 to 15.
    ///   - memoryLevel: 1 to 9.
    ///   - level: 1, the fastest, to 9, the smallest.
    ///   - strategy: What it looks for.
    init(windowBits: Int, memoryLevel: Int, level: Int, strategy: Strategy) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe campana_deflate_init_raw(
            stream, Int32(level), Int32(windowBits), Int32(memoryLevel),
            strategy == .huffmanOnly ? Z_HUFFMAN_ONLY : Z_DEFAULT_STRATEGY)
        // A value out of bounds is our caller's mistake; want of memory ends any Swift program.
        precondition(status == Z_OK, "deflateInit2")
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Forgets all that was compressed.
    func reset() { unsafe deflateReset(stream) }

    /// Compresses `input`, to a whole octet and an empty block after it (`Z_SYNC_FLUSH`).
    ///
    /// - Parameters:
    ///   - input: What to compress; at least one octet, for zlib flushes nothing twice.
    ///   - output: Where to append.
    func deflate(_ input: Span<UInt8>, into output: inout [UInt8]) {
        for piece in Pieces(of: input.count) {
            let flush = piece.upperBound == input.count ? Z_SYNC_FLUSH : Z_NO_FLUSH
            unsafe input.extracting(piece).withUnsafeBufferPointer { source in
                unsafe stream.setInput(source)
                repeat {
                    let room = unsafe min(Int(stream.pointee.avail_in) / 2 + 64, 16 * 1024)
                    _ = unsafe stream.appendOutput(to: &output, room: room) {
                        unsafe CZlib.deflate(stream, flush)
                    }
                } while unsafe stream.pointee.avail_out == 0
            }
        }
    }
}

/// A zlib stream that decompresses raw deflate data (RFC 1951).
@safe
final class InflateStream {
    private let stream: UnsafeMutablePointer<z_stream>

    /// Makes a stream of some 7 KiB; the window is added when it is first needed.
    ///
    /// - Parameter windowBits: 8 to 15.
    init(windowBits: Int) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe campana_inflate_init_raw(stream, Int32(windowBits))
        precondition(status == Z_OK, "inflateInit2")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Forgets all that was decompressed.
    func reset() { unsafe inflateReset(stream) }

    /// Decompresses all that `input` allows.
    ///
    /// - Parameters:
    ///   - input: The next bytes, cut anywhere.
    ///   - output: Where to append.
    ///   - limit: How long `output` may become, in bytes.
    /// - Throws: `.invalidDeflate`, `.messageTooBig`; the stream is of no use then.
    func inflate(
        _ input: Span<UInt8>, into output: inout [UInt8], limit: Int
    ) throws(ProtocolViolation) {
        for piece in Pieces(of: input.count) {
            try unsafe input.extracting(piece).withUnsafeBufferPointer {
                source throws(ProtocolViolation) in
                unsafe stream.setInput(source)
                while try step(into: &output, limit: limit) {}
            }
        }
    }

    /// Makes one call of zlib.
    ///
    /// - Returns: Whether there may be more to come of the same input.
    private func step(into output: inout [UInt8], limit: Int) throws(ProtocolViolation) -> Bool {
        // One more than may be kept: that tells a message over the limit from one at it.
        let wanted = unsafe Int(stream.pointee.avail_in) * 4 + 64
        let room = min(wanted, 16 * 1024, limit - output.count) + 1
        let status = unsafe stream.appendOutput(to: &output, room: room) {
            unsafe CZlib.inflate(stream, Z_SYNC_FLUSH)
        }
        guard output.count <= limit else { throw .messageTooBig }
        switch status {
        case Z_OK:
            return unsafe stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0
        case Z_BUF_ERROR:  // nothing was left to do
            return false
        case Z_STREAM_END:
            // RFC 7692 §7.2.3.4: a block with BFINAL set may stand in a message, and what
            // follows may refer to what precedes it: unlike inflateReset, this keeps the window.
            unsafe inflateResetKeep(stream)
            return unsafe stream.pointee.avail_in > 0
        default:
            throw .invalidDeflate
        }
    }
}

/// The pieces in which `count` bytes are given to zlib, whose counters have 32 bits; one, empty
/// or not, for all sizes below 1 GiB.
private struct Pieces: Sequence, IteratorProtocol {
    private var rest: Range<Int>?

    init(of count: Int) { rest = 0..<count }

    mutating func next() -> Range<Int>? {
        guard let whole = rest else { return nil }
        let piece = whole.prefix(1 << 30)
        rest = piece.endIndex == whole.upperBound ? nil : piece.endIndex..<whole.upperBound
        return piece.startIndex..<piece.endIndex
    }
}

extension UnsafeMutablePointer<z_stream> {
    fileprivate func setInput(_ source: UnsafeBufferPointer<UInt8>) {
        // zlib only reads through this pointer; its declaration just lacks the `const`.
        unsafe pointee.next_in = UnsafeMutablePointer<UInt8>(mutating: source.baseAddress)
        unsafe pointee.avail_in = uInt(source.count)
    }

    /// Has `step` write to `output`, behind what is there, at most `room` bytes.
    fileprivate func appendOutput(
        to output: inout [UInt8], room: Int, _ step: () -> Int32
    ) -> Int32 {
        var status = Z_OK
        output.append(addingCapacity: room) { (free: inout OutputSpan<UInt8>) in
            unsafe free.withUnsafeMutableBufferPointer { buffer, initializedCount in
                let target = buffer.extracting(initializedCount..<initializedCount + room)
                unsafe pointee.next_out = target.baseAddress
                unsafe pointee.avail_out = uInt(room)
                status = step()
                unsafe initializedCount += room - Int(pointee.avail_out)
            }
        }
        return status
    }
}
