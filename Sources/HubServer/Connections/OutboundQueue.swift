/// What waits to be sent to one connection, oldest first, within a bound.
///
/// Pieces that carry events know up to which position of the log they bring the consumer, so
/// that they can be dropped and read again from the log; all others must arrive. One piece,
/// the common case, waits without an allocation.
struct OutboundQueue {
    struct Piece {
        /// Shared with all connections that it is sent to.
        var bytes: [UInt8]
        private let position: UInt64
        /// The position that it brings the consumer to; `nil` where it carries no events.
        var through: UInt64? { position == .max ? nil : position }

        init(bytes: [UInt8], through: UInt64?) {
            self.bytes = bytes
            position = through ?? .max
        }
    }

    /// What only a connection has that is not idle.
    private final class More {
        var rest: [Piece] = []
        /// How much of the first piece the kernel has.
        var offset = 0
        /// What waits in ``rest``, in bytes.
        var byteCount = 0
    }

    private(set) var first: Piece?
    private var more: More?

    /// How much of the first piece the kernel has.
    var offset: Int { more?.offset ?? 0 }

    /// What waits, in bytes.
    var byteCount: Int {
        guard let first else { return 0 }
        return first.bytes.count + (more.map { $0.byteCount - $0.offset } ?? 0)
    }

    var isEmpty: Bool { first == nil }

    /// Whether one send of one piece is all there is to do.
    var hasOnePiece: Bool { more?.rest.isEmpty ?? true }

    mutating func append(_ piece: Piece) {
        guard !piece.bytes.isEmpty else { return }
        guard first != nil else {
            first = piece
            return
        }
        let more = expand()
        more.byteCount += piece.bytes.count
        if Self.canExtend(more.rest.last, with: piece) {
            more.rest[more.rest.count - 1].bytes += piece.bytes
        } else {
            more.rest.append(piece)
        }
    }

    private mutating func expand() -> More {
        if let more { return more }
        let new = More()
        more = new
        return new
    }

    private static func canExtend(_ last: Piece?, with piece: Piece) -> Bool {
        guard let last else { return false }
        return last.through == nil && piece.through == nil
            && last.bytes.count < Self.smallBytes && piece.bytes.count < Self.smallBytes
    }

    /// Answers below this are put together, so that many small ones cost what they weigh.
    private static let smallBytes = 4096

    /// The pieces that the next send may take together.
    ///
    /// - Parameter limit: The most of them.
    /// - Returns: Their bytes, oldest first; the first one whole, though a part may be sent.
    func pieces(upTo limit: Int) -> [[UInt8]] {
        guard let first else { return [] }
        guard let more else { return [first.bytes] }
        return [first.bytes] + more.rest.prefix(limit - 1).map(\.bytes)
    }

    /// Takes note of what the kernel took.
    ///
    /// - Parameter count: Bytes; no more than wait.
    /// - Returns: The last position whose events have all gone out with it; `nil` for none.
    mutating func sent(_ count: Int) -> UInt64? {
        if more == nil, let piece = first, count == piece.bytes.count {  // nearly always
            first = nil
            return piece.through
        }
        let more = expand()
        more.offset += count
        var through: UInt64?
        var done = 0
        while let piece = first, more.offset >= piece.bytes.count {
            more.offset -= piece.bytes.count
            through = piece.through ?? through
            first = done < more.rest.count ? more.rest[done] : nil
            more.byteCount -= first?.bytes.count ?? 0
            done += 1
        }
        if done > 0 { more.rest.removeFirst(min(done, more.rest.count)) }
        if first == nil { self.more = nil }  // an idle connection keeps no buffer
        return through
    }

    /// Drops the events that wait, but for a piece that is half sent.
    ///
    /// - Returns: The position that the kept piece brings the consumer to; `nil` for none.
    mutating func dropEvents() -> UInt64? {
        guard let head = first else { return nil }
        let isHalfSent = offset > 0
        let waiting = (isHalfSent ? [] : [head]) + (more?.rest ?? [])
        var messages = waiting.filter { $0.through == nil }[...]
        first = isHalfSent ? head : messages.popFirst()
        let more = expand()
        more.rest = Array(messages)
        more.byteCount = messages.reduce(0) { $0 + $1.bytes.count }
        if first == nil { self.more = nil }
        return isHalfSent ? head.through : nil
    }
}
