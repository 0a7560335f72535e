import WebSocket

/// What the connections of one event loop have in common for permessage-deflate.
///
/// Confined to that loop. A connection without context takeover owns no compressor: all that
/// agreed on the same window use one, so that a message for many is compressed once.
public final class DeflatePool {
    private let level: Int
    private let maxIdleStreams: Int
    private var deflaters: [DeflateParameters.Direction: Deflater] = [:]
    private var idleStreams: [InflateStream] = []

    /// Makes an empty pool.
    ///
    /// - Parameters:
    ///   - level: How hard to compress: 1, the fastest, to 9, the smallest.
    ///   - maxIdleStreams: How many decompressors, of 40 KB each, are kept for the next
    ///     message. As many as messages are half there at one time are made anyway.
    public init(level: Int = 6, maxIdleStreams: Int = 8) {
        self.level = level
        self.maxIdleStreams = maxIdleStreams
    }

    /// The compressor for what `role` sends: shared if it keeps no context, else a new one.
    ///
    /// Two connections that are given the same object may be sent the same bytes.
    public func deflater(_ parameters: DeflateParameters, for role: Role) -> Deflater {
        let direction = parameters.sending(by: role)
        guard direction.noContextTakeover else { return Deflater(direction, level: level) }
        if let shared = deflaters[direction] { return shared }
        let shared = Deflater(direction, level: level)
        deflaters[direction] = shared
        return shared
    }

    /// The decompressor for what `role` receives; each connection needs its own.
    public func inflater(_ parameters: DeflateParameters, for role: Role) -> Inflater {
        Inflater(parameters.sending(by: role.peer), pool: self)
    }

    func takeInflateStream() -> InflateStream {
        idleStreams.popLast() ?? InflateStream(windowBits: 15)
    }

    func give(back stream: InflateStream) {
        guard idleStreams.count < maxIdleStreams else { return }
        stream.reset()
        idleStreams.append(stream)
    }
}
