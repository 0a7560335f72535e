import Bytes
import JSON

/// What ends a line.
let lineFeed: UInt8 = 0x0A

/// A line that is what its own hash says.
public struct Line: Hashable, Sendable {
    public var link: Link
    /// The hash of the line before it.
    public var previous: String
    /// Whether it opens a file or a run of the hub.
    public var isOpening: Bool
    /// What it says stands before it that is no line.
    public var torn: Torn?

    static let hashMember = ",\"hash\":\""
    /// `,"hash":"`, 64 digits, `"}`.
    private static let tailCount = 9 + 64 + 2

    /// Reads a line; `nil` for one that was not written so.
    ///
    /// - Parameters:
    ///   - bytes: The line, without its line feed.
    ///   - digest: SHA-256.
    public init?(_ bytes: some Collection<UInt8>, digest: Digest) {
        let bytes = Array(bytes)
        guard bytes.count > Self.tailCount else { return nil }
        let (content, tail) = (bytes.dropLast(Self.tailCount), bytes.suffix(Self.tailCount))
        guard tail.starts(with: Self.hashMember.utf8), tail.suffix(2) == Array("\"}".utf8)[...]
        else { return nil }
        let hash = digest(content + Array("}".utf8)).hexDigits
        guard tail.dropFirst(9).starts(with: hash.utf8), let parts = Parts(bytes) else {
            return nil
        }
        guard let number = parts.number, let previous = parts.previous else { return nil }
        link = Link(number: number, hash: hash)
        self.previous = previous
        isOpening = parts.did == Entry.opening
        torn = parts.tornCount.flatMap { count in
            parts.tornHash.map { Torn(count: count, hash: $0) }
        }
    }

    /// Whether it comes after the line of `link`.
    public func follows(_ other: Link) -> Bool {
        // A number at its end has no successor, and matches no line.
        link.number > 0 && link.number - 1 == other.number && previous == other.hash
    }
}

/// What the chain needs of a line's members.
private struct Parts {
    var number: UInt64?
    var previous: String?
    var did: String?
    var tornCount: Int?
    var tornHash: String?

    init?(_ line: [UInt8]) {
        do {
            var reader = Reader(line, limits: Limits(maxBytes: .max))
            try reader.readObject { name, reader throws(JSONError) in
                switch name {
                case "n": number = UInt64(exactly: try reader.readInt())
                case "prev": previous = try reader.readString()
                case "did": did = try reader.readString()
                case "torn_bytes": tornCount = Int(exactly: try reader.readInt())
                case "torn_hash": tornHash = try reader.readString()
                default: _ = try reader.skipValue()
                }
            }
            try reader.finish()
        } catch {
            return nil
        }
    }
}
