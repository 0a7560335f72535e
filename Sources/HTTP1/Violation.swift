/// A way in which the peer broke HTTP/1.1, or asked for more than it may.
///
/// Where the next message begins is no longer certain after one: the connection is closed once
/// ``status`` has been answered, and nothing that came behind is read (RFC 9112 §9.6).
public enum Violation: Error, Equatable, Sendable {
    // RFC 9112 §2 and §3: the start line
    case malformedStartLine
    case versionNotSupported
    case methodNotImplemented
    case startLineTooLong(limit: Int)
    case malformedTarget

    // RFC 9112 §2.2 and §5: the fields
    case bareLineFeed
    case malformedField
    case obsoleteFolding
    case headTooLarge(limit: Int)
    case tooManyFields(limit: Int)

    // RFC 9112 §3.2
    case hostMissing
    case hostRepeated
    case hostMalformed

    // RFC 9112 §6: the framing of the content
    case conflictingFraming
    case lengthRepeated
    case lengthMalformed
    case lengthRequired
    case transferCodingMalformed
    case transferCodingUnknown
    case contentTooLarge(limit: Int)

    // RFC 9112 §7.1: chunks
    case malformedChunk
    case chunkExtensionsTooLarge(limit: Int)
    case malformedTrailer
    case trailerTooLarge(limit: Int)

    // RFC 9110 §10.1.1
    case expectationFailed
    /// A head or content did not arrive in time; for whoever holds the clock to use.
    case timedOut

    // RFC 9112 §8 and §9.2: what only a client can meet
    case responseUnexpected
    case responseTruncated

    /// The status to answer before the connection is closed.
    public var status: Status { row.status }

    /// What is wrong, for the one who has to mend it: a sentence without its final stop.
    public var detail: String { row.detail }

    private var row: (status: Status, detail: String) {
        switch self {
        case .malformedStartLine: (.badRequest, "the start line is malformed")
        case .versionNotSupported: (.versionNotSupported, "only HTTP/1.1 and HTTP/1.0 are spoken")
        case .methodNotImplemented: (.notImplemented, "the method is not known")
        case .startLineTooLong(let limit):
            (.uriTooLong, "the start line is longer than \(limit) bytes")
        case .malformedTarget: (.badRequest, "the request target is malformed")
        case .bareLineFeed: (.badRequest, "a line ends in LF without CR")
        case .malformedField: (.badRequest, "a field line is malformed")
        case .obsoleteFolding: (.badRequest, "a field line begins with white space")
        case .headTooLarge(let limit):
            (.fieldsTooLarge, "the head is larger than \(limit) bytes")
        case .tooManyFields(let limit): (.fieldsTooLarge, "the head has more than \(limit) fields")
        case .hostMissing: (.badRequest, "the Host field is missing")
        case .hostRepeated: (.badRequest, "there is more than one Host field")
        case .hostMalformed: (.badRequest, "the host is malformed")
        case .conflictingFraming:
            (.badRequest, "there is a Content-Length as well as a Transfer-Encoding")
        case .lengthRepeated: (.badRequest, "there is more than one Content-Length")
        case .lengthMalformed: (.badRequest, "the Content-Length is not a number")
        case .lengthRequired: (.lengthRequired, "an HTTP/1.0 request needs a Content-Length")
        case .transferCodingMalformed: (.badRequest, "the Transfer-Encoding is malformed")
        case .transferCodingUnknown:
            (.notImplemented, "no transfer coding but chunked is implemented")
        case .contentTooLarge(let limit):
            (.contentTooLarge, "the content is larger than \(limit) bytes")
        case .malformedChunk: (.badRequest, "a chunk is malformed")
        case .chunkExtensionsTooLarge(let limit):
            (.contentTooLarge, "the chunk extensions are larger than \(limit) bytes")
        case .malformedTrailer: (.badRequest, "the trailer section is malformed")
        case .trailerTooLarge(let limit):
            (.fieldsTooLarge, "the trailer section is larger than \(limit) bytes")
        case .expectationFailed: (.expectationFailed, "no expectation but 100-continue can be met")
        case .timedOut: (.requestTimeout, "the request did not arrive in time")
        case .responseUnexpected: (.badGateway, "a response came that no request had asked for")
        case .responseTruncated: (.badGateway, "the connection ended within a response")
        }
    }
}
