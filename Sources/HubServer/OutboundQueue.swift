/// What waits to be sent to one connection, oldest first, within a bound.
///
/// Pieces that carry events know up to which position of the log they bring the consumer, so
/// that they can be dropped and read again from the log; all others must arrive. One piece,
/// the common case, waits without an allocation.
struct OutboundQueue {
    struct Piece {
        /// Shared with all connections that it is sent to.
        var bytes: [UInt8]
        /// The position that it brings the consumer to; `nil` where it carries no events.
        var through: UInt64?
    }

    private(set) var first: Piece?
    private var rest: [Piece] = []
    /// How much of the first piece the kernel has.
    private(set) var offset = 0
    /// What waits, in bytes.
    private(set) var byteCount = 0

    var isEmpty: Bool { first == nil }

    /// Whether one send of one piece is all there is to do.
    var hasOnePiece: Bool { rest.isEmpty }

    mutating func append(_ piece: Piece) {
        guard !piece.bytes.isEmpty else { return }
        byteCount += piece.bytes.count
        if first == nil {
            first = piece
        } else if canExtendLast(with: piece) {
            rest[rest.count - 1].bytes += piece.bytes
        } else {
            rest.append(piece)
        }
    }

    private func canExtendLast(with piece: Piece) -> Bool {
        guard let last = rest.last else { return false }
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
        return [first.bytes] + rest.prefix(limit - 1).map(\.bytes)
    }

    /// Takes note of what the kernel took.
    ///
    /// - Parameter count: Bytes; no more than wait.
    /// - Returns: The last position whose events have all gone out with it; `nil` for none.
    mutating func sent(_ count: Int) -> UInt64? {
        if rest.isEmpty, let piece = first, count == piece.bytes.count {  // nearly always
            first = nil
            byteCount = 0
            return piece.through
        }
        byteCount -= count
        offset += count
        var through: UInt64?
        var done = 0
        while let piece = first, offset >= piece.bytes.count {
            offset -= piece.bytes.count
            through = piece.through ?? through
            first = done < rest.count ? rest[done] : nil
            done += 1
        }
        if done > 0 { rest.removeFirst(min(done, rest.count)) }
        if rest.isEmpty { rest = [] }  // an idle connection keeps no buffer
        return through
    }

    /// Drops the events that wait, but for a piece that is half sent.
    ///
    /// - Returns: The position that the kept piece brings the consumer to; `nil` for none.
    mutating func dropEvents() -> UInt64? {
        var kept: UInt64?
        var pieces = rest
        if let head = first {
            if offset > 0 {
                kept = head.through
            } else {
                pieces.insert(head, at: 0)
                first = nil
            }
        }
        pieces.removeAll { $0.through != nil }
        if first == nil, !pieces.isEmpty { first = pieces.removeFirst() }
        rest = pieces
        byteCount = (first?.bytes.count ?? 0) - offset + rest.reduce(0) { $0 + $1.bytes.count }
        return kept
    }
}
