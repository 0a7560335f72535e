import Bytes
import HTTP1
import Testing

/// RFC 9110 §6, §8.6, §9.3.2, §15 and RFC 9112 §6, as far as they speak of what a server writes.
@Suite("Responses, written")
struct ResponseWritingTests {
    private static let date = IMFFixdate(secondsSince1970: 784_111_777)
    private static let kept = Exchange(method: .get, version: .http11, keepAlive: true)

    private func text(_ response: Response, _ exchange: Exchange = kept) -> String {
        var output: [UInt8] = []
        response.append(to: &output, for: exchange, common: CommonFields(ResponseWritingTests.date))
        return String(decoding: output, as: UTF8.self)
    }

    private let dateLine = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

    @Test("what all responses say stands in each, but in none that is not final; nothing frames")
    func common() {
        let common = CommonFields(
            Self.date, ["X-Content-Type-Options": "nosniff", "Content-Length": "7"])
        func text(_ response: Response) -> String {
            var output: [UInt8] = []
            response.append(
                to: &output, for: Self.kept, common: common)
            return String(decoding: output, as: UTF8.self)
        }
        #expect(
            text(Response(.ok, body: [0x78])) == "HTTP/1.1 200 OK\r\n"
                + "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nX-Content-Type-Options: nosniff\r\n"
                + "Content-Length: 1\r\n\r\nx")
        #expect(text(Response(.continue)) == "HTTP/1.1 100 Continue\r\n\r\n")
    }

    @Test("a response with content")
    func content() {
        let response = Response(
            .created, fields: ["Content-Type": "text/plain", "Location": "/tasks/1"],
            body: Array(utf8: "hola"))
        #expect(
            text(response)
                == "HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nLocation: /tasks/1\r\n"
                + dateLine + "Content-Length: 4\r\n\r\nhola")
    }

    @Test("RFC 9110 §9.3.2 an answer to HEAD has the length, and no content")
    func head() {
        let exchange = Exchange(method: .head, version: .http11, keepAlive: true)
        #expect(
            text(Response(.ok, body: Array(utf8: "hola")), exchange)
                == "HTTP/1.1 200 OK\r\n" + dateLine + "Content-Length: 4\r\n\r\n")
        #expect(
            text(Response(.ok, fields: [:], content: .stream), exchange)
                == "HTTP/1.1 200 OK\r\n" + dateLine + "\r\n")
        #expect(exchange.streamFraming == .absent)
    }

    @Test(
        "RFC 9110 §8.6 what never has content",
        arguments: [
            (Status.noContent, "HTTP/1.1 204 No Content\r\n", true),
            (Status.notModified, "HTTP/1.1 304 Not Modified\r\n", true),
            (Status.switchingProtocols, "HTTP/1.1 101 Switching Protocols\r\n", false),
        ])
    func noContent(_ status: Status, _ line: String, _ hasDate: Bool) {
        #expect(text(Response(status)) == line + (hasDate ? dateLine : "") + "\r\n")
        #expect(status.forbidsContent)
    }

    @Test("RFC 9110 §8.6 a 304 may say how long a 200 would have been")
    func notModified() {
        #expect(
            text(Response(.notModified, body: Array(utf8: "hola")))
                == "HTTP/1.1 304 Not Modified\r\n" + dateLine + "Content-Length: 4\r\n\r\n")
    }

    @Test("a 101 keeps the Connection field of its handshake, and no other")
    func upgrade() {
        let response = Response(
            .switchingProtocols, fields: ["Upgrade": "websocket", "Connection": "Upgrade"])
        #expect(
            text(response)
                == "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\n\r\n")
    }

    @Test(
        "RFC 9112 §9.3 the Connection field",
        arguments: [
            (Version.http11, true, ""), (.http11, false, "Connection: close\r\n"),
            (.http10, true, "Connection: keep-alive\r\n"),
            (.http10, false, "Connection: close\r\n"),
        ])
    func connection(_ version: Version, _ keepAlive: Bool, _ line: String) {
        let exchange = Exchange(method: .get, version: version, keepAlive: keepAlive)
        #expect(
            text(Response(.ok), exchange)
                == "HTTP/1.1 200 OK\r\n" + dateLine + line + "Content-Length: 0\r\n\r\n")
    }

    @Test("RFC 9112 §7 a stream is chunked")
    func stream() {
        var output = Array(utf8: text(Response(.ok, fields: [:], content: .stream)))
        #expect(ResponseWritingTests.kept.streamFraming == .chunked)
        for piece in ["hola", "", "0123456789abcdef"] {
            ChunkedEncoder.append(Array(utf8: piece), to: &output)
        }
        ChunkedEncoder.appendEnd(to: &output)
        #expect(
            String(decoding: output, as: UTF8.self)
                == "HTTP/1.1 200 OK\r\n" + dateLine + "Transfer-Encoding: chunked\r\n\r\n"
                + "4\r\nhola\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n")
    }

    @Test("RFC 9112 §6.1 a stream in HTTP/1.0 ends with the connection")
    func oldStream() {
        let exchange = Exchange(method: .get, version: .http10, keepAlive: true)
        #expect(exchange.streamFraming == .untilClose)
        #expect(
            text(Response(.ok, fields: [:], content: .stream), exchange)
                == "HTTP/1.1 200 OK\r\n" + dateLine + "Connection: close\r\n\r\n")
    }

    @Test("what frames the message is not the caller's to say")
    func framing() {
        let fields: Fields = [
            "content-length": "9", "Transfer-Encoding": "chunked", "DATE": "x", "Host": "y",
            "Etag": "z",
        ]
        #expect(
            text(Response(.ok, fields: fields))
                == "HTTP/1.1 200 OK\r\nEtag: z\r\n" + dateLine + "Content-Length: 0\r\n\r\n")
    }

    @Test("a status without a reason phrase keeps its space (RFC 9112 §4)")
    func noReason() {
        #expect(text(Response(Status(rawValue: 299))).hasPrefix("HTTP/1.1 299 \r\n"))
    }

    @Test(
        "RFC 9110 §5.6.7 dates",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (1_795_244_400, "Sat, 21 Nov 2026 07:00:00 GMT"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (.min, "Sat, 01 Jan 0000 00:00:00 GMT"),
        ] as [(Int64, String)])
    func dates(_ seconds: Int64, _ text: String) {
        #expect(IMFFixdate(secondsSince1970: seconds).text == text)
    }
}
