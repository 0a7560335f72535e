import Testing

@testable import HubServer

/// A queue written as its pieces: `e5:3` is three bytes of events up to position 5, `m:2` two
/// bytes of a message.
private func queue(_ pieces: String, sent count: Int = 0) -> OutboundQueue {
    var queue = OutboundQueue()
    for piece in pieces.split(separator: " ") { queue.append(OutboundQueue.Piece(piece)) }
    if count > 0 { _ = queue.sent(count) }
    return queue
}

extension OutboundQueue.Piece {
    fileprivate init(_ text: Substring) {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let name = parts[0].utf8.first, let count = Int(parts[1]) else {
            preconditionFailure("not a piece: \(text)")
        }
        self.init(
            bytes: Array(repeating: name, count: count), through: UInt64(parts[0].dropFirst()))
    }
}

/// What a queue holds, in the same words but for the positions, and how much of it has gone.
private func contents(_ queue: OutboundQueue) -> String {
    let pieces = queue.pieces(upTo: 100).map { piece in
        "\(Character(Unicode.Scalar(piece.first ?? 0))):\(piece.count)"
    }
    return (pieces + ["-\(queue.offset)"]).joined(separator: " ")
}

/// Sends, and what is left after it.
struct SentCase: Sendable, CustomTestStringConvertible {
    var pieces: String
    var counts: [Int]
    var through: [UInt64?]
    var left: String

    init(_ pieces: String, _ counts: [Int], through: [UInt64?], left: String) {
        self.pieces = pieces
        self.counts = counts
        self.through = through
        self.left = left
    }

    var testDescription: String { "\(pieces), sent \(counts) → \(left)" }
}

/// A queue whose events are dropped.
struct DropCase: Sendable, CustomTestStringConvertible {
    var pieces: String
    var sent: Int
    var kept: UInt64?
    var left: String

    init(_ pieces: String, sent: Int = 0, keeps kept: UInt64? = nil, left: String) {
        self.pieces = pieces
        self.sent = sent
        self.kept = kept
        self.left = left
    }

    var testDescription: String { "\(pieces), \(sent) bytes sent → \(left)" }
}

@Suite("WIRE §4 A slow consumer: the queue of a connection")
struct OutboundQueueTests {
    @Test("an empty queue has nothing to send, and nothing to drop")
    func empty() {
        var queue = OutboundQueue()
        #expect(queue.isEmpty)
        #expect(queue.hasOnePiece)
        #expect(queue.pieces(upTo: 8).isEmpty)
        #expect(queue.dropEvents() == nil)
        queue.append(OutboundQueue.Piece(bytes: [], through: 5))
        #expect(queue.isEmpty)
        #expect(queue.byteCount == 0)
    }

    @Test("pieces wait in their order, and are handed out whole, up to the limit")
    func order() {
        let queue = queue("m:1 e3:2 m:3 e4:4")
        #expect(contents(queue) == "m:1 e:2 m:3 e:4 -0")
        #expect(queue.byteCount == 10)
        #expect(!queue.hasOnePiece)
        #expect(!queue.isEmpty)
        for limit in 1...5 {
            #expect(queue.pieces(upTo: limit).map(\.count) == Array([1, 2, 3, 4].prefix(limit)))
        }
    }

    @Test(
        "what the kernel took goes, and the position is that of the last whole piece of events",
        arguments: [
            SentCase("e5:3", [3], through: [5], left: "-0"),
            SentCase("e5:3", [1, 1, 1], through: [nil, nil, 5], left: "-0"),
            SentCase("e5:3", [2], through: [nil], left: "e:3 -2"),
            SentCase("m:3", [3], through: [nil], left: "-0"),
            SentCase("e5:3 e7:3", [3], through: [5], left: "e:3 -0"),
            SentCase("e5:3 e7:3", [4], through: [5], left: "e:3 -1"),
            SentCase("e5:3 e7:3", [4, 2], through: [5, 7], left: "-0"),
            SentCase("e5:3 e7:3", [6], through: [7], left: "-0"),
            SentCase("e5:3 m:2 e7:3", [5], through: [5], left: "e:3 -0"),
            SentCase("e5:3 m:2 e7:3", [6], through: [5], left: "e:3 -1"),
            SentCase("m:2 e5:3 m:1", [1, 4], through: [nil, 5], left: "m:1 -0"),
            SentCase("e5:1 e6:1 e7:1 m:4", [2, 2], through: [6, 7], left: "m:4 -1"),
            SentCase("e5:3", [0], through: [nil], left: "e:3 -0"),
        ])
    func sent(_ row: SentCase) {
        var queue = queue(row.pieces)
        let total = queue.byteCount
        let through = row.counts.map { queue.sent($0) }
        #expect(through == row.through)
        #expect(contents(queue) == row.left)
        #expect(queue.byteCount == total - row.counts.reduce(0, +))
        #expect(queue.isEmpty == (queue.byteCount == 0))
    }

    @Test("however sends are cut, the same bytes go in the same order", arguments: 1...7)
    func everyCut(_ step: Int) {
        var queue = queue("m:1 e5:4 e6:1 m:3 e7:5")
        let whole = queue.pieces(upTo: 100).flatMap(\.self)
        var output: [UInt8] = []
        var last: UInt64?
        while !queue.isEmpty {
            let count = min(step, queue.byteCount)
            let waiting = queue.pieces(upTo: 100).flatMap(\.self).dropFirst(queue.offset)
            output += waiting.prefix(count)
            last = queue.sent(count) ?? last
        }
        #expect(output == whole)
        #expect(last == 7)
    }

    @Test(
        "events are dropped; what is half sent and every message stay, in their order",
        arguments: [
            DropCase("e5:3", left: "-0"),
            DropCase("e5:3 e6:3", left: "-0"),
            DropCase("e5:3 e6:3", sent: 1, keeps: 5, left: "e:3 -1"),
            DropCase("e5:3 e6:3", sent: 3, left: "-0"),
            DropCase("e5:3 e6:3", sent: 4, keeps: 6, left: "e:3 -1"),
            DropCase("m:2 e5:3 m:4 e6:3 m:1", left: "m:2 m:4 m:1 -0"),
            DropCase("m:2 e5:3 m:4", sent: 1, left: "m:2 m:4 -1"),
            DropCase("m:2 e5:3 m:4", sent: 2, left: "m:4 -0"),
            DropCase("m:2 e5:3 m:4", sent: 3, keeps: 5, left: "e:3 m:4 -1"),
            DropCase("e5:3 m:2 e6:3 m:4", left: "m:2 m:4 -0"),
            DropCase("e5:3 m:2 e6:3 m:4", sent: 2, keeps: 5, left: "e:3 m:2 m:4 -2"),
            DropCase("m:2 m:4", left: "m:2 m:4 -0"),
        ])
    func dropEvents(_ row: DropCase) {
        var queue = queue(row.pieces, sent: row.sent)
        let kept = queue.dropEvents()
        #expect(kept == row.kept)
        #expect(contents(queue) == row.left)
        #expect(queue.byteCount == queue.pieces(upTo: 100).joined().count - queue.offset)

        let rest = queue.sent(queue.byteCount)
        #expect(rest == row.kept, "the position is reached once the kept piece has gone")
        #expect(queue.isEmpty)
    }

    @Test("what comes after a drop waits behind what was kept")
    func afterDrop() {
        var queue = queue("e5:3 e6:3 m:2", sent: 1)
        _ = queue.dropEvents()
        queue.append(OutboundQueue.Piece("e9:4"))
        #expect(contents(queue) == "e:3 m:2 e:4 -1")
        #expect(queue.byteCount == 8)
        let through = queue.sent(8)
        #expect(through == 9)
    }
}
