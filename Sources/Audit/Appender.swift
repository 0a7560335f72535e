/// Makes what is to be written of entries, and goes on truly from however much of it was.
public struct Appender: Sendable {
    private var chain: Chain
    private let digest: Digest
    /// What stands at the end of the file and is no line.
    private var torn: [UInt8]
    /// Whether the last line lacks its line feed.
    private var needsLineFeed: Bool
    /// Whether what was torn stands at the end of another file.
    private var isNewFile = false
    private var pending = Pending()

    private struct Pending {
        var output: [UInt8] = []
        /// Where each line ends, before its line feed.
        var ends: [(offset: Int, link: Link)] = []
        var before = Link.start
    }

    /// The last line that stands in the file.
    public var last: Link { chain.last }

    /// What cannot be marked any more, as a verifier keeps no more than this of it.
    public var isBeyondRepair: Bool { torn.count > Recovery.maxTailBytes }

    /// Begins at the end of a file.
    ///
    /// - Parameters:
    ///   - recovery: What was found there.
    ///   - digest: SHA-256.
    public init(after recovery: Recovery, digest: @escaping Digest) {
        chain = Chain(after: recovery.last, digest: digest)
        self.digest = digest
        torn = recovery.torn
        needsLineFeed = recovery.needsLineFeed
    }

    /// The lines of entries, to be written at once; ``wrote(_:)`` takes what came of it.
    public mutating func lines(of entries: [Entry]) -> [UInt8] {
        pending = Pending(before: chain.last)
        if !isNewFile, needsLineFeed || !torn.isEmpty { pending.output.append(lineFeed) }
        var mark = torn.isEmpty ? nil : Torn(torn, digest: digest)
        for entry in entries {
            pending.output += chain.line(entry, after: mark)
            pending.ends.append((pending.output.count, chain.last))
            pending.output.append(lineFeed)
            mark = nil
        }
        return pending.output
    }

    /// Takes how many bytes of what ``lines(of:)`` has made stand in the file.
    ///
    /// - Parameter count: As many, from the first one on.
    /// - Returns: How many entries stand there; the others are to be made again, or are lost.
    public mutating func wrote(_ count: Int) -> Int {
        let whole = pending.ends.count { $0.offset <= count }
        guard count > 0 else {
            chain.last = pending.before
            return 0
        }
        if whole > 0 {
            let (end, link) = pending.ends[whole - 1]
            chain.last = link
            needsLineFeed = count == end
            torn = Array(pending.output[min(end + 1, count)..<count])
        } else {
            chain.last = pending.before
            // The line feed that ends a line is no part of what is torn behind it.
            let isOwed = torn.isEmpty && needsLineFeed && !isNewFile
            torn += pending.output[(isOwed ? 1 : 0)..<count]
            needsLineFeed = false
        }
        isNewFile = false
        return whole
    }

    /// Goes on in a new file; what is torn at the end of this one is marked there.
    public mutating func beginFile() {
        isNewFile = true
        needsLineFeed = false
        if torn.last == lineFeed { torn.removeLast() }
    }
}
