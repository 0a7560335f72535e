/// Where a file ends that a hub goes on with.
public struct Recovery: Hashable, Sendable {
    /// The last line; ``Link/start`` where there is none.
    public var last: Link
    /// What stands behind it that is no line; empty after an orderly end.
    public var torn: [UInt8]
    /// Whether the last line lacks its line feed.
    public var needsLineFeed: Bool

    /// The most of the end of a file that is looked at: what is torn is shorter.
    public static let maxTailBytes = Verifier.maxTornBytes / 2

    /// Finds the last line; `nil` where the file is none of an audit log.
    ///
    /// - Parameters:
    ///   - tail: The end of the file, ``maxTailBytes`` of it or all.
    ///   - isAll: Whether it is all.
    ///   - digest: SHA-256.
    public init?(tail: [UInt8], isAll: Bool, digest: Digest) {
        var end = tail.endIndex
        while end > tail.startIndex {
            let before = tail[..<end].lastIndex(of: lineFeed)
            let start = before.map { $0 + 1 } ?? tail.startIndex
            if let line = Line(tail[start..<end], digest: digest) {
                last = line.link
                needsLineFeed = end == tail.endIndex
                torn = Array(tail[end...].dropFirst())
                return
            }
            end = before ?? tail.startIndex
        }
        // The very first line may be the one that is torn.
        let beginning = Array("{\"n\":".utf8)
        guard isAll, tail.starts(with: beginning) || beginning.starts(with: tail) else {
            return nil
        }
        last = .start
        torn = tail
        needsLineFeed = false
    }
}
