import Bytes

/// The head of a response, as a client receives it.
public struct ResponseHead: Sendable {
    public let status: Status
    public let version: Version
    public let fields: Fields
    public let body: BodyFraming
    /// Whether the connection stays for another request (RFC 9112 §9.3).
    public let keepAlive: Bool

    /// Holds a head to the rules of RFC 9112 §6.3, in its order.
    ///
    /// - Parameters:
    ///   - status: Its status.
    ///   - version: The version of the status line.
    ///   - fields: All fields.
    ///   - method: The method of the request that it answers.
    /// - Throws: The first rule that it breaks.
    public init(
        status: Status, version: Version = .http11, fields: Fields, answering method: Method
    ) throws(Violation) {
        let framing = try FramingFields(fields)
        let body = try ResponseHead.body(framing, status, version, method)
        self.status = status
        self.version = version
        self.fields = fields
        self.body = body
        keepAlive = framing.keepsAlive(in: version) && body != .untilClose
    }

    private static func body(
        _ framing: FramingFields, _ status: Status, _ version: Version, _ method: Method
    ) throws(Violation) -> BodyFraming {
        // Rule 1: whatever the fields say.
        if method == .head || status.forbidsContent { return .none }
        switch (framing.transferCoding, framing.length) {
        case (.some, .some):  // rule 3
            throw .conflictingFraming
        case (.some(let coding), nil):  // rule 4, and §6.1 for HTTP/1.0
            guard version == .http11 else { throw .transferCodingMalformed }
            switch coding {
            case .chunked: return .chunked
            case .unknownThenChunked: throw .transferCodingUnknown
            case .malformed: throw .transferCodingMalformed
            }
        case (nil, .some(let length)):  // rule 6
            return length == 0 ? .none : .length(length)
        case (nil, nil):  // rule 8
            return .untilClose
        }
    }
}
