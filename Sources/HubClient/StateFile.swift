import Bytes
import JSON
import Log

/// What a tail keeps between its runs: one JSON object on one line.
///
/// ```json
/// {"campana_tail":1,"url":"http://127.0.0.1:8001","groups":["tasks"],"cursor":"k3f9aa-77","seqs":{"tasks":77}}
/// ```
public struct TailState: Equatable, Sendable {
    /// The version of the format; another one is refused.
    public static let format: UInt64 = 1
    /// Of how many groups the last `seq` is kept: those with the smallest names.
    public static let groupLimit = 1000
    /// A larger file is none of ours.
    public static let maxBytes = 1 << 20

    /// For the reader of the file; nothing is decided by it.
    public var url: String
    /// For the reader of the file; nothing is decided by it.
    public var groups: [String]
    public var cursor: Cursor
    /// The last `seq` seen of each group.
    public var seqs: [String: UInt64]

    public init(url: String, groups: [String], cursor: Cursor, seqs: [String: UInt64]) {
        self.url = url
        self.groups = groups
        self.cursor = cursor
        self.seqs = seqs
    }

    /// The file's content, with a newline at its end.
    public func encode() -> [UInt8] {
        var json = JSON.Writer()
        json.object { json in
            json.member("campana_tail", Self.format)
            json.member("url", url)
            json.member("groups") { json in
                json.array { json in for group in groups { json.string(group) } }
            }
            json.member("cursor", cursor.text)
            json.member("seqs") { json in
                json.object { json in
                    for (group, seq) in seqs.sorted(by: <).prefix(Self.groupLimit) {
                        json.member(group, seq)
                    }
                }
            }
        }
        return json.bytes + [ASCII.lf]
    }

    /// Reads a file's content.
    ///
    /// - Parameter text: All of it.
    /// - Returns: The state.
    /// - Throws: Why it can not be what ``encode()`` wrote.
    public static func decode(_ text: [UInt8]) throws(StateFault) -> TailState {
        var members = StateMembers()
        do throws(JSONError) {
            var reader = JSON.Reader(text, limits: JSON.Limits(maxBytes: maxBytes))
            try reader.readObject { name, reader throws(JSONError) in
                try members.read(name, from: &reader)
            }
            try reader.finish()
        } catch {
            throw .notState(error.description)
        }
        guard members.format == format else { throw .otherFormat(members.format) }
        guard let cursor = Cursor(members.cursor) else { throw .badCursor(members.cursor) }
        return TailState(
            url: members.url, groups: members.groups, cursor: cursor, seqs: members.seqs)
    }
}

/// Why a file is no state of a tail.
public enum StateFault: Error, Equatable, Sendable {
    case notState(String)
    case otherFormat(UInt64?)
    case badCursor(String)

    /// What is wrong, in words.
    public var message: String {
        switch self {
        case .notState(let why): "it is no state of `campana tail`: \(why)"
        case .otherFormat(let format?): "it has format \(format), and this campana reads 1"
        case .otherFormat(nil): "it is no state of `campana tail`: campana_tail is missing"
        case .badCursor(let text): "its cursor \"\(text)\" is none, such as k3f9aa-18342"
        }
    }
}

private struct StateMembers {
    var format: UInt64?
    var url = ""
    var groups: [String] = []
    var cursor = ""
    var seqs: [String: UInt64] = [:]

    mutating func read(_ name: String, from reader: inout JSON.Reader) throws(JSONError) {
        switch name {
        case "campana_tail": format = UInt64(exactly: try reader.readInt())
        case "url": url = try reader.readString()
        case "groups":
            try reader.readArray { reader throws(JSONError) in
                groups.append(try reader.readString())
            }
        case "cursor": cursor = try reader.readString()
        case "seqs":
            try reader.readObject { group, reader throws(JSONError) in
                seqs[group] = UInt64(exactly: try reader.readInt())
            }
        default: break
        }
    }
}
