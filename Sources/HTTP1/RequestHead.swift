import Bytes

/// How the content of a message is delimited (RFC 9112 §6).
public enum BodyFraming: Hashable, Sendable {
    /// There is none, or none may follow.
    case none
    /// Content-Length, in bytes.
    case length(UInt64)
    case chunked
    /// It lasts until the connection ends; responses only (§6.3, rule 8).
    case untilClose
}

/// The head of a request that has kept all rules that a head alone can break.
///
/// It never changes, and is shared by all who look at it: a class, so that to pass it on is to
/// count one reference and not one for each of its parts.
public final class RequestHead: Sendable {
    public let method: Method
    public let target: RequestTarget
    public let version: Version
    public let fields: Fields
    /// The host and port that the request is meant for; `nil` only in HTTP/1.0.
    ///
    /// Those of the target, if it has them, and else those of Host (RFC 9112 §3.2.2, §3.3).
    public let host: String?
    /// The value of the first Content-Type as it stands; `nil` where there is none.
    public let contentType: String?
    public let body: BodyFraming
    /// Whether the connection stays for another request (RFC 9112 §9.3).
    public let keepAlive: Bool
    /// Whether the client waits for 100 before it sends its content (RFC 9110 §10.1.1).
    public let expectsContinue: Bool

    /// Holds a head to the rules, in the order of the RFC.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - target: What it is for.
    ///   - version: The version of the request line.
    ///   - fields: All fields.
    /// - Throws: The first rule that it breaks.
    public init(
        method: Method, target: RequestTarget, version: Version = .http11, fields: Fields
    ) throws(Violation) {
        let framing = try FramingFields(fields)
        try RequestHead.checkHost(framing, fields, version)
        let body = try RequestHead.body(framing, version, method)

        // RFC 9110 §10.1.1: 417 for what is not understood; HTTP/1.0 knows no 100.
        guard !framing.hasUnknownExpectation else { throw .expectationFailed }
        expectsContinue = framing.expectsContinue && version == .http11 && body != .none

        self.method = method
        self.target = target
        self.version = version
        self.fields = fields
        host = target.authority ?? framing.host.map { fields.text($0.value) }
        contentType = framing.contentType.map { fields.text($0.value) }
        self.body = body
        keepAlive = framing.keepsAlive(in: version)
    }

    /// What a response has to know of its request.
    public var exchange: Exchange {
        Exchange(method: method, version: version, keepAlive: keepAlive)
    }

    /// RFC 9112 §3.2: 400 for no Host in HTTP/1.1, more than one, or one that is malformed.
    private static func checkHost(
        _ framing: FramingFields, _ fields: Fields, _ version: Version
    ) throws(Violation) {
        guard framing.hostCount <= 1 else { throw .hostRepeated }
        guard let line = framing.host else {
            guard version == .http10 else { throw .hostMissing }
            return
        }
        guard Host.isValid(fields.octets.span.extracting(line.value)) else { throw .hostMalformed }
    }

    /// RFC 9112 §6.3, in its order, as far as it speaks of requests.
    private static func body(
        _ framing: FramingFields, _ version: Version, _ method: Method
    ) throws(Violation) -> BodyFraming {
        switch (framing.transferCoding, framing.length) {
        case (.some, .some):  // rule 3: "ought to be handled as an error"
            throw .conflictingFraming
        case (.some(let coding), nil):
            // §6.1: in HTTP/1.0 the framing is faulty, even if there is no Content-Length.
            guard version == .http11 else { throw .transferCodingMalformed }
            switch coding {
            case .chunked: return .chunked
            case .unknownThenChunked: throw .transferCodingUnknown  // §6.1: SHOULD be 501
            case .malformed: throw .transferCodingMalformed  // rule 4: MUST be 400
            }
        case (nil, .some(let length)):  // rule 6
            return length == 0 ? .none : .length(length)
        case (nil, nil):  // rule 7: the length is 0
            // RFC 1945 §8.3: "A valid Content-Length is required on all HTTP/1.0 POST requests".
            guard version == .http11 || !method.anticipatesContent else { throw .lengthRequired }
            return .none
        }
    }
}

/// What a response has to know of the request that it answers.
public struct Exchange: Hashable, Sendable {
    public var method: Method
    public var version: Version
    /// Whether the connection stays open after the response; whoever wants it closed clears it.
    public var keepAlive: Bool

    /// Makes one; ``RequestHead/exchange`` is the usual way.
    ///
    /// - Parameters:
    ///   - method: HEAD has an answer without content.
    ///   - version: HTTP/1.0 knows no chunks, and closes if nothing else is said.
    ///   - keepAlive: Whether the connection stays open after the response.
    public init(method: Method, version: Version, keepAlive: Bool) {
        self.method = method
        self.version = version
        self.keepAlive = keepAlive
    }

    /// For an answer to what could not be read: HTTP/1.1, and closed afterwards.
    public static let failed = Exchange(method: .get, version: .http11, keepAlive: false)
}
