import Bytes
import HTTP1
import Testing

@Suite("RFC 9112 §2 Message")
struct Section9112_02_Message {
    @Test(
        "a message reads the same however it is split",
        arguments: [
            WireCase("§2.1 no content", "GET / HTTP/1.1\r\nHost: hub\r\n\r\n", "GET /"),
            WireCase(
                "§2.1 two, pipelined",
                "GET /a HTTP/1.1\r\nHost: hub\r\n\r\n"
                    + "POST /b HTTP/1.1\r\nHost: hub\r\nContent-Length: 4\r\n\r\nhola",
                "GET /a", "POST /b \"hola\""),
            WireCase("§2.2 CRLF before", "\r\nGET / HTTP/1.1\r\nHost: hub\r\n\r\n", "GET /"),
            WireCase(
                "§2.2 CRLF between",
                "GET /a HTTP/1.1\r\nHost: hub\r\n\r\n\r\nGET /b HTTP/1.1\r\nHost: hub\r\n\r\n",
                "GET /a", "GET /b"),
            WireCase(
                "§2.2 two CRLF before", "\r\n\r\nGET / HTTP/1.1\r\nHost: hub\r\n\r\n",
                .malformedStartLine),
            WireCase("§2.2 LF before", "\nGET / HTTP/1.1\r\nHost: hub\r\n\r\n", .bareLineFeed),
            WireCase(
                "§2.2 request line with LF", "GET / HTTP/1.1\nHost: hub\r\n\r\n", .bareLineFeed),
            WireCase("§2.2 field with LF", "GET / HTTP/1.1\r\nHost: hub\n\r\n", .bareLineFeed),
            WireCase("§2.2 end with LF", "GET / HTTP/1.1\r\nHost: hub\r\n\n", .bareLineFeed),
            WireCase("§2.2 bare CR", "GET / HTTP/1.1\r\nHost: hub\rX: y\r\n\r\n", .malformedField),
            WireCase("§2.2 CR CR LF", "GET / HTTP/1.1\r\nHost: hub\r\r\n\r\n", .malformedField),
            WireCase("§2.2 NUL", "GET / HTTP/1.1\r\nHost: hub\r\nX: a\0b\r\n\r\n", .malformedField),
            WireCase(
                "§2.2 white space before the first field",
                "GET / HTTP/1.1\r\n Host: hub\r\n\r\n", .obsoleteFolding),
            WireCase("§2.1 half a head", "GET / HTTP/1.1\r\nHost: hub\r\n"),
            WireCase("no HTTP at all: TLS", "\u{16}\u{3}\u{1}", .malformedStartLine),
        ])
    func wire(_ row: WireCase) {
        for pieces in everySplit(of: row.octets) {
            #expect(RequestReading(pieces).summary == row.result, "split as \(pieces.map(\.count))")
        }
    }

    @Test("after a violation every call says the same, and nothing more is read")
    func failed() {
        var reading = RequestReading("GET / HTTP/1.1\n")
        #expect(reading.violation == .bareLineFeed)
        #expect(reading.parser.phase == .finished)
        let next = Array(utf8: "GET / HTTP/1.1\r\nHost: hub\r\n\r\n")
        var offset = 0
        #expect(throws: Violation.bareLineFeed) {
            try reading.parser.next(next.span, from: &offset)
        }
    }

    @Test("the phase follows the bytes, for whoever sets time limits")
    func phases() throws {
        var parser = RequestParser()
        var phases = [parser.phase]
        for text in ["P", "OST / HTTP/1.1\r\nHo", "st: hub\r\nContent-Length: 2\r\n\r\n", "a", "b"]
        {
            let octets = Array(utf8: text)
            var offset = 0
            while try parser.next(octets.span, from: &offset) != nil {}
            phases.append(parser.phase)
        }
        #expect(phases == [.idle, .head, .head, .content, .content, .idle])
    }
}
