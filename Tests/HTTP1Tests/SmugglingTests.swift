import Bytes
import HTTP1
import Testing

/// Requests that two implementations have read as different numbers of requests.
///
/// Each carries a second request, `GET /smuggled`, where one reading has content and another a
/// request. None may be read, however the bytes are split: either all of it is content, or the
/// whole is refused.
@Suite("No request can be smuggled")
struct SmugglingTests {
    @Test(
        "what was smuggled elsewhere",
        arguments: [
            Attack("CL.TE", "Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
            Attack("TE.CL", "Transfer-Encoding: chunked\r\nContent-Length: 4", "5c\r\n"),
            Attack("CL.0", "Content-Length: 0\r\nContent-Length: 35", ""),
            Attack("CL.CL", "Content-Length: 35\r\nContent-Length: 0", ""),
            Attack("CL list", "Content-Length: 0, 35", ""),
            Attack("CL list of equal ones", "Content-Length: 35, 35", ""),
            Attack("TE with a space before the colon", "Transfer-Encoding : chunked", "0\r\n\r\n"),
            Attack("TE with a tab before the colon", "Transfer-Encoding\t: chunked", "0\r\n\r\n"),
            Attack("TE folded", "Transfer-Encoding:\r\n chunked", "0\r\n\r\n"),
            Attack("TE hidden in a fold", "X: y\r\n Transfer-Encoding: chunked", "0\r\n\r\n"),
            Attack("TE with a vertical tab", "Transfer-Encoding: \u{B}chunked", "0\r\n\r\n"),
            Attack("TE with a form feed", "Transfer-Encoding: \u{C}chunked", "0\r\n\r\n"),
            Attack("TE with NUL", "Transfer-Encoding: chunked\0", "0\r\n\r\n"),
            Attack("TE with NUL in its name", "Transfer-Encoding\0: chunked", "0\r\n\r\n"),
            Attack("TE quoted", "Transfer-Encoding: \"chunked\"", "0\r\n\r\n"),
            Attack("TE xchunked", "Transfer-Encoding: xchunked", "0\r\n\r\n"),
            Attack("TE chunked, identity", "Transfer-Encoding: chunked, identity", "0\r\n\r\n"),
            Attack("TE identity, chunked", "Transfer-Encoding: identity, chunked", "0\r\n\r\n"),
            Attack("TE twice", "Transfer-Encoding: x\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
            Attack("TE with a comma", "Transfer-Encoding: chunked,", "0\r\n\r\n"),
            Attack("TE behind a bare CR", "X: y\rTransfer-Encoding: chunked", "0\r\n\r\n"),
            Attack("TE behind a bare LF", "X: y\nTransfer-Encoding: chunked", "0\r\n\r\n"),
            Attack("TE without a name before", ": y\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
            Attack("CL with a plus", "Content-Length: +0", ""),
            Attack("CL with a minus", "Content-Length: -0", ""),
            Attack("CL in hexadecimal", "Content-Length: 0x0", ""),
            Attack("CL with an underscore", "Content-Length: 0_0", ""),
            Attack("CL with a space within", "Content-Length: 0 35", ""),
            Attack("CL with NUL", "Content-Length: 0\0", ""),
            Attack("CL with a space before the colon", "Content-Length : 0", ""),
            Attack("CL past 64 bits", "Content-Length: 18446744073709551616", ""),
            Attack("chunk size with a sign", chunked, "-0\r\n\r\n"),
            Attack("chunk size with 0x", chunked, "0x0\r\n\r\n"),
            Attack("chunk size past 64 bits", chunked, "10000000000000000\r\n\r\n"),
            Attack("chunk size with a space behind", chunked, "0 \r\n\r\n"),
            Attack("chunk size ended by LF", chunked, "0\n\r\n"),
            Attack("chunk size ended by CR", chunked, "0\r\r\n"),
            Attack("chunk extension ended by LF", chunked, "0;a\n\r\n"),
            Attack("chunk extension with a quoted CRLF", chunked, "0;a=\"\r\n\r\n"),
            Attack("chunk without its CRLF", chunked, "1\r\na0\r\n\r\n"),
            Attack("chunk with LF for CRLF", chunked, "1\r\na\n0\r\n\r\n"),
            Attack("chunk with two octets for CRLF", chunked, "1\r\naXX0\r\n\r\n"),
            Attack("trailer ended by LF", chunked, "0\r\nX: y\n\r\n"),
            Attack("trailer section ended by LF", chunked, "0\r\n\n"),
            Attack("trailer folded", chunked, "0\r\nX: y\r\n z\r\n\r\n"),
        ])
    func refused(_ attack: Attack) throws {
        for pieces in everySplit(of: attack.octets) {
            let reading = RequestReading(pieces)
            _ = try #require(reading.violation)
            #expect(!reading.requests.contains { $0.head.target.path == "/smuggled" })
            #expect(!reading.requests.contains { $0.isWhole })
        }
    }

    @Test(
        "a start line that hides another request",
        arguments: [
            "GET / HTTP/1.1\rGET /smuggled HTTP/1.1\r\nHost: hub\r\n\r\n",
            "GET / HTTP/1.1\nHost: hub\n\nGET /smuggled HTTP/1.1\r\nHost: hub\r\n\r\n",
            "GET /\r\nGET /smuggled HTTP/1.1\r\nHost: hub\r\n\r\n",
            "GET / HTTP/1.1 GET /smuggled HTTP/1.1\r\nHost: hub\r\n\r\n",
            "GET /%20HTTP/1.1%0d%0a HTTP/1.1\r\nHost: hub\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nX: y\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: hub\r\n\r\n",
        ])
    func startLine(_ text: String) throws {
        for pieces in everySplit(of: Array(utf8: text)) {
            let reading = RequestReading(pieces)
            _ = try #require(reading.violation)
            #expect(reading.requests.isEmpty)
        }
    }

    @Test("a response cannot be split by what a request said")
    func responseSplitting() {
        var output: [UInt8] = []
        let value = "/a\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        Response(.created, fields: ["Location": value, "Content-Length": "0"], body: [0x61]).append(
            to: &output, for: Exchange(method: .post, version: .http11, keepAlive: true),
            common: CommonFields(IMFFixdate(secondsSince1970: 0)))
        #expect(ResponseReading([output], to: [.post]).summary == ["201 \"a\""])
    }

    @Test("a request cannot be split by its target, host or fields")
    func requestSplitting() {
        var output: [UInt8] = []
        let evil = " HTTP/1.1\r\nHost: a\r\n\r\nGET /smuggled HTTP/1.1\r\n"
        Request(
            .post, "/" + evil, host: "hub\r\nX: y",
            fields: ["X": evil, "Host": "b", "Transfer-Encoding": "chunked"],
            content: .bytes([0x61])
        ).append(to: &output)
        let reading = RequestReading([output])
        #expect(reading.requests.allSatisfy { $0.head.target.path != "/smuggled" })
        #expect(reading.requests.count <= 1)
    }
}

private let chunked = "Transfer-Encoding: chunked"

struct Attack: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var octets: [UInt8]

    init(_ name: String, _ fields: String, _ content: String) {
        testDescription = name
        octets = Array(
            utf8: "POST / HTTP/1.1\r\nHost: hub\r\n\(fields)\r\n\r\n\(content)"
                + "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n")
    }
}
