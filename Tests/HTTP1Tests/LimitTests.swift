import Bytes
import HTTP1
import Testing

/// Each limit is tried just below it, at it and past it; and split everywhere, since what a
/// limit makes of a message must not depend on how it came.
@Suite("Limits")
struct LimitTests {
    @Test("the request line, with its CRLF", arguments: [-1, 0, 1])
    func startLine(_ excess: Int) {
        let text = "GET /tasks HTTP/1.1\r\nHost: hub\r\n\r\n"
        let limits = Limits(startLineBytes: 21 - excess)
        expect(text, limits, excess, .startLineTooLong(limit: 21 - excess))
    }

    @Test("the head, with its last CRLF", arguments: [-1, 0, 1])
    func head(_ excess: Int) {
        let text = "GET /tasks HTTP/1.1\r\nHost: hub\r\nX: y\r\n\r\n"
        let limits = Limits(headBytes: text.utf8.count - excess)
        expect(text, limits, excess, .headTooLarge(limit: text.utf8.count - excess))
    }

    @Test("a head limit below the request line")
    func shortHead() {
        let reading = RequestReading("GET /tasks HTTP/1.1\r\n", limits: Limits(headBytes: 20))
        #expect(reading.violation == .startLineTooLong(limit: 20))
    }

    @Test("a line without an end is refused at the limit, not after it")
    func endless() {
        let limits = Limits(startLineBytes: 30, headBytes: 60)
        let target = String(repeating: "a", count: 24)
        #expect(RequestReading("GET /" + target, limits: limits).violation == nil)
        #expect(
            RequestReading("GET /" + target + "a", limits: limits).violation
                == .startLineTooLong(limit: 30))
        let field = "GET / HTTP/1.1\r\nHost: hub\r\nX: "
        #expect(
            RequestReading(field + String(repeating: "a", count: 29), limits: limits).violation
                == nil)
        #expect(
            RequestReading(field + String(repeating: "a", count: 30), limits: limits).violation
                == .headTooLarge(limit: 60))
    }

    @Test("the number of fields", arguments: [-1, 0, 1])
    func fields(_ excess: Int) {
        let text = "GET /tasks HTTP/1.1\r\nHost: hub\r\nX: y\r\nX: y\r\n\r\n"
        let limits = Limits(fieldCount: 3 - excess)
        expect(text, limits, excess, .tooManyFields(limit: 3 - excess))
    }

    @Test("content of a given length", arguments: [-1, 0, 1])
    func length(_ excess: Int) {
        let text = "POST /tasks HTTP/1.1\r\nHost: hub\r\nContent-Length: 4\r\n\r\nhola"
        expect(text, Limits(bodyBytes: 4 - excess), excess, .contentTooLarge(limit: 4 - excess))
    }

    @Test("content in chunks", arguments: [-1, 0, 1])
    func chunked(_ excess: Int) {
        let limits = Limits(bodyBytes: 16 - excess)
        expect(
            post("2\r\nho\r\ne\r\n01234567890123\r\n0\r\n\r\n"), limits, excess,
            .contentTooLarge(limit: 16 - excess))
        expect(
            post("10\r\n0123456789012345\r\n0\r\n\r\n"), limits, excess,
            .contentTooLarge(limit: 16 - excess))
    }

    @Test("all chunk extensions of a message", arguments: [-1, 0, 1])
    func extensions(_ excess: Int) {
        let limits = Limits(chunkExtensionBytes: 7 - excess)
        expect(
            post("2;ab\r\nho\r\n2 ;cd\r\nla\r\n0\r\n\r\n"), limits, excess,
            .chunkExtensionsTooLarge(limit: 7 - excess))
    }

    @Test("the trailer section", arguments: [-1, 0, 1])
    func trailer(_ excess: Int) {
        let limits = Limits(trailerBytes: 12 - excess)
        expect(
            post("0\r\nX: y\r\nZ: z\r\n\r\n"), limits, excess, .trailerTooLarge(limit: 12 - excess))
    }

    @Test("no limit, no overflow")
    func unlimited() {
        let limits = Limits(bodyBytes: .max)
        let text = "POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 9223372036854775807\r\n\r\nhola"
        #expect(RequestReading(text, limits: limits).summary == ["POST / \"hola\" …"])
        let more = "POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 9223372036854775808\r\n\r\n"
        #expect(RequestReading(more, limits: limits).violation == .contentTooLarge(limit: .max))
    }

    private func post(_ chunks: String) -> String {
        "POST /tasks HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    }

    private func expect(
        _ text: String, _ limits: Limits, _ excess: Int, _ violation: Violation,
        _ location: SourceLocation = #_sourceLocation
    ) {
        for pieces in everySplit(of: Array(utf8: text)) {
            let reading = RequestReading(pieces, limits: limits)
            #expect(
                reading.violation == (excess > 0 ? violation : nil),
                "split as \(pieces.map(\.count))", sourceLocation: location)
            #expect(
                excess > 0 || reading.requests.first?.isWhole == true, sourceLocation: location)
        }
    }
}

@Suite("The table of violations")
struct ViolationTests {
    @Test(
        "each has its status",
        arguments: [
            (.malformedStartLine, 400), (.versionNotSupported, 505), (.methodNotImplemented, 501),
            (.startLineTooLong(limit: 8), 414), (.malformedTarget, 400), (.bareLineFeed, 400),
            (.malformedField, 400), (.obsoleteFolding, 400), (.headTooLarge(limit: 8), 431),
            (.tooManyFields(limit: 8), 431), (.hostMissing, 400), (.hostRepeated, 400),
            (.hostMalformed, 400), (.conflictingFraming, 400), (.lengthRepeated, 400),
            (.lengthMalformed, 400), (.lengthRequired, 411), (.transferCodingMalformed, 400),
            (.transferCodingUnknown, 501), (.contentTooLarge(limit: 8), 413),
            (.malformedChunk, 400), (.chunkExtensionsTooLarge(limit: 8), 413),
            (.malformedTrailer, 400), (.trailerTooLarge(limit: 8), 431), (.expectationFailed, 417),
            (.timedOut, 408), (.responseUnexpected, 502), (.responseTruncated, 502),
        ] as [(Violation, UInt16)])
    func status(_ violation: Violation, _ code: UInt16) {
        #expect(violation.status.rawValue == code)
        #expect(violation.status.reason.utf8CodeUnitCount > 0)
        #expect(!violation.detail.isEmpty && !violation.detail.hasSuffix("."))
        let hasLimit = "\(violation)".contains("limit: 8")
        #expect(violation.detail.contains("8") == hasLimit || violation == .versionNotSupported)
    }
}
