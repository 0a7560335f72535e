import Bytes

/// A media type such as `application/json; charset=utf-8` (RFC 9110 §8.3.1).
///
/// Type, subtype and the names of parameters are in lower case; values are as they were sent,
/// without their quotes.
public struct MediaType: Sendable {
    public let type: String
    public let subtype: String
    public let parameters: [(name: String, value: String)]

    /// Reads a media type; `nil` where `text` is none.
    ///
    /// - Parameter text: The value of Content-Type, or a member of Accept.
    public init?(_ text: String) {
        var pieces = ParameterList(text)
        guard let essence = pieces.next() else { return nil }
        let names = essence.split(separator: "/", omittingEmptySubsequences: false)
        guard names.count == 2, names.allSatisfy({ Fields.isName(String($0)) }) else { return nil }
        type = names[0].lowercased()
        subtype = names[1].lowercased()
        var parameters: [(name: String, value: String)] = []
        while let piece = pieces.next() {
            guard let parameter = ParameterList.parameter(piece) else { return nil }
            parameters.append(parameter)
        }
        self.parameters = parameters
    }

    /// The type without its parameters: `application/json`.
    public var essence: String { type + "/" + subtype }

    /// The value of the first parameter of that name, which is given in lower case.
    public func parameter(_ name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }

    /// The charset, in lower case (§8.3.2).
    public var charset: String? { parameter("charset")?.lowercased() }
}

extension Fields {
    /// The media type of the content; `nil` where none is named, or what is named is none.
    public var contentType: MediaType? { first("content-type").flatMap { MediaType($0) } }
}

/// The pieces of a value that are parted by semicolons (RFC 9110 §5.6.6), empty ones left out.
struct ParameterList {
    private let octets: [UInt8]
    private var pieces: ListMembers

    init(_ text: String) {
        octets = Array(text.utf8)
        pieces = ListMembers(octets, octets.indices, separatedBy: ASCII.semicolon)
    }

    mutating func next() -> String? {
        pieces.next().map { String(decoding: octets[$0], as: UTF8.self) }
    }

    /// parameter = parameter-name "=" parameter-value, the value a token or a quoted string.
    static func parameter(_ piece: String) -> (name: String, value: String)? {
        guard let mark = piece.firstIndex(of: "=") else { return nil }
        let name = String(piece[..<mark])
        let value = String(piece[piece.index(after: mark)...])
        guard Fields.isName(name) else { return nil }
        if Fields.isName(value) { return (name.lowercased(), value) }
        return unquoted(value).map { (name.lowercased(), $0) }
    }

    /// The text within a quoted string (RFC 9110 §5.6.4).
    private static func unquoted(_ value: String) -> String? {
        let octets = Array(value.utf8)
        guard octets.count >= 2, octets.first == ASCII.quote else { return nil }
        var text: [UInt8] = []
        var index = 1
        while index < octets.count {
            switch octets[index] {
            case ASCII.quote:
                return index == octets.count - 1 ? String(decoding: text, as: UTF8.self) : nil
            case ASCII.backslash where index + 1 < octets.count:
                text.append(octets[index + 1])
                index += 2
            case let octet:
                text.append(octet)
                index += 1
            }
        }
        return nil
    }
}
