import Bytes
import JSON

/// SHA-256, handed in: the module holds no library.
public typealias Digest = @Sendable (_ bytes: [UInt8]) -> [UInt8]

/// A place in the chain: the number of a line, and its hash.
public struct Link: Hashable, Sendable {
    public var number: UInt64
    /// 64 hexadecimal digits.
    public var hash: String

    public init(number: UInt64, hash: String) {
        self.number = number
        self.hash = hash
    }

    /// What the first line of a chain follows.
    public static let start = Link(number: 0, hash: String(repeating: "0", count: 64))
}

/// Bytes that are no line: what was left of one whose writing was cut off.
public struct Torn: Hashable, Sendable {
    public var count: Int
    /// The SHA-256 of the bytes, in hexadecimal digits.
    public var hash: String

    /// Describes such bytes.
    public init(_ bytes: some Collection<UInt8>, digest: Digest) {
        count = bytes.count
        hash = digest(Array(bytes)).hexDigits
    }

    init(count: Int, hash: String) {
        self.count = count
        self.hash = hash
    }
}

/// Makes lines of entries, each bound to the one before it by its hash.
///
/// The hash of a line is the SHA-256 of the line without its member `hash`, which is the last:
/// of the bytes up to `,"hash":`, and a closing brace.
public struct Chain: Sendable {
    /// The last line that was made, or is taken to have been.
    public var last: Link
    private let digest: Digest

    /// The longest text of a member but `on`, in bytes.
    static let maxTextBytes = 512

    /// Goes on after a line.
    ///
    /// - Parameters:
    ///   - last: The place of that line.
    ///   - digest: SHA-256.
    public init(after last: Link, digest: @escaping Digest) {
        self.last = last
        self.digest = digest
    }

    /// Makes the next line.
    ///
    /// - Parameters:
    ///   - entry: What it says.
    ///   - torn: What stands in the file before it that is no line.
    /// - Returns: The line, without a line feed.
    public mutating func line(_ entry: Entry, after torn: Torn? = nil) -> [UInt8] {
        let number = last.number &+ 1
        var json = Writer(capacity: 384)
        json.object { json in
            json.member("n", number)
            json.member("at", entry.at.rfc3339)
            json.member("who", entry.who.cut)
            json.member("from", entry.from.cut)
            if let via = entry.via { json.member("via", via.cut) }
            json.member("did", entry.did.cut)
            json.member("on", entry.on)
            if let entity = entry.entity { json.member("entity", entity.cut) }
            json.member("outcome", entry.outcome.cut)
            json.member("ms", entry.milliseconds)
            if let torn {
                json.member("torn_bytes", torn.count)
                json.member("torn_hash", torn.hash)
            }
            json.member("prev", last.hash)
        }
        var line = json.bytes
        last = Link(number: number, hash: digest(line).hexDigits)
        line.removeLast()
        line.append(utf8: Line.hashMember)
        line.append(utf8: last.hash)
        line.append(utf8: "\"}")
        return line
    }
}

extension String {
    fileprivate var cut: String { cut(to: Chain.maxTextBytes) }

    /// Its beginning, and a sign where there was more; a letter may be many bytes long.
    func cut(to maxBytes: Int) -> String {
        guard utf8.count > maxBytes else { return self }
        return String(decoding: utf8.prefix(maxBytes), as: UTF8.self) + "…"
    }
}

extension [UInt8] {
    var hexDigits: String {
        var digits: [UInt8] = []
        digits.append(hex: self)
        return String(decoding: digits, as: UTF8.self)
    }
}
