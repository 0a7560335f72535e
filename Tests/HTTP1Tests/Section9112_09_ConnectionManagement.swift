import Bytes
import HTTP1
import Testing

@Suite("RFC 9112 §9 Connection Management")
struct Section9112_09_ConnectionManagement {
    @Test(
        "§9.3 whether a connection stays",
        arguments: [
            ("HTTP/1.1", "X: y", true),
            ("HTTP/1.1", "Connection: close", false),
            ("HTTP/1.1", "Connection: Close", false),
            ("HTTP/1.1", "Connection: foo, close", false),
            ("HTTP/1.1", "Connection: foo\r\nConnection: close", false),
            ("HTTP/1.1", "Connection: keep-alive, close", false),
            ("HTTP/1.1", "Connection: keep-alive", true),
            ("HTTP/1.1", "Connection: Upgrade", true),
            ("HTTP/1.1", "Connection: closed", true),
            ("HTTP/1.0", "X: y", false),
            ("HTTP/1.0", "Connection: keep-alive", true),
            ("HTTP/1.0", "Connection: Keep-Alive, foo", true),
            ("HTTP/1.0", "Connection: keep-alive, close", false),
        ])
    func persistence(_ version: String, _ fields: String, _ keepAlive: Bool) throws {
        let first = "GET /a \(version)\r\nHost: hub\r\n\(fields)\r\n\r\n"
        let reading = RequestReading(first + "GET /b HTTP/1.1\r\nHost: hub\r\n\r\n")
        #expect(reading.requests.first?.head.keepAlive == keepAlive)
        // §9.6: what comes after a request with "close" is not read.
        #expect(reading.summary == (keepAlive ? ["GET /a", "GET /b"] : ["GET /a"]))
        #expect(reading.parser.phase == (keepAlive ? .idle : .finished))
    }

    @Test("§9.3.2 heads that come again are read as the first, however they are cut")
    func repeated() {
        let head = "POST /a HTTP/1.1\r\nHost: hub\r\nContent-Length: 2\r\n\r\n"
        let other = "POST /b HTTP/1.1\r\nHost: hub\r\nContent-Length: 3\r\n\r\n"
        let text = head + "ab" + head + "cd" + other + "efg" + "\r\n" + other + "hij" + head + "kl"
        for pieces in everySplit(of: Array(utf8: text)) {
            #expect(
                RequestReading(pieces).summary == [
                    #"POST /a "ab""#, #"POST /a "cd""#, #"POST /b "efg""#, #"POST /b "hij""#,
                    #"POST /a "kl""#,
                ])
        }
    }

    @Test("§9.3.2 a head that differs from the last in its last octets is read anew")
    func nearlyRepeated() {
        let head = "POST /a HTTP/1.1\r\nHost: hub\r\nContent-Length: 2\r\n\r\n"
        let bare = String(head.dropLast(2)) + "\n"
        #expect(
            RequestReading(head + "ab" + bare).summary == [#"POST /a "ab""#, "bareLineFeed"])
    }

    @Test("§9.6 what comes after the last request may be anything")
    func afterClose() {
        let text = "GET /a HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n\u{16}\0\n\n"
        #expect(RequestReading(text).summary == ["GET /a"])
    }

    @Test("§9.3.2 what comes after an upgrade is left to the other protocol")
    func upgrade() throws {
        let head =
            "GET /ws HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        let octets = Array(utf8: head) + [0x81, 0x80, 1, 2, 3, 4]
        var parser = RequestParser()
        var offset = 0
        guard case .head(let request) = try parser.next(octets.span, from: &offset) else {
            Issue.record("no head")
            return
        }
        #expect(request.fields.hasMember("websocket", in: "upgrade"))
        guard case .end = try parser.next(octets.span, from: &offset) else {
            Issue.record("no end")
            return
        }
        #expect(offset == head.utf8.count)
    }
}

@Suite("RFC 9110 §10.1.1 Expect")
struct Section9110_10_Expect {
    @Test(
        "who waits for 100",
        arguments: [
            ("HTTP/1.1", "Expect: 100-continue", "5", true),
            ("HTTP/1.1", "expect: 100-Continue", "5", true),
            ("HTTP/1.1", "Expect: 100-continue", "0", false),
            ("HTTP/1.0", "Expect: 100-continue", "5", false),
            ("HTTP/1.1", "X: y", "5", false),
        ])
    func expects(_ version: String, _ field: String, _ length: String, _ expects: Bool) {
        let reading = RequestReading(
            "POST / \(version)\r\nHost: hub\r\nContent-Length: \(length)\r\n\(field)\r\n\r\n")
        #expect(reading.requests.first?.head.expectsContinue == expects)
    }

    @Test(
        "any other expectation is answered 417",
        arguments: [
            "Expect: 200-ok", "Expect: 100-continue, a=b", "Expect: 100-continue\r\nExpect: b",
        ])
    func unknown(_ field: String) {
        let reading = RequestReading("GET / HTTP/1.1\r\nHost: hub\r\n\(field)\r\n\r\n")
        #expect(reading.violation == .expectationFailed)
        #expect(reading.violation?.status == .expectationFailed)
    }

    @Test("100 is an interim answer of its own")
    func interim() {
        var output: [UInt8] = []
        Response(.continue).append(
            to: &output,
            for: Exchange(method: .post, version: .http11, keepAlive: false),
            common: CommonFields(IMFFixdate(secondsSince1970: 0)))
        #expect(String(decoding: output, as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
    }
}
