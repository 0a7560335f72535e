import Bytes
import HTTP1
import Testing

@Suite("Whole requests")
struct RequestReaderTests {
    /// What a reader has told of: `…` where the client waits for 100, else target and content.
    private func events(_ pieces: [[UInt8]], limits: Limits = Limits()) -> [String] {
        var reader = RequestReader(limits: limits)
        var events: [String] = []
        do {
            for piece in pieces {
                var offset = 0
                while let event = try reader.next(piece.span, from: &offset) {
                    switch event {
                    case .continueAwaited: events.append("…")
                    case .request(let head, let content):
                        events.append("\(head.target.path) \(String(lossyUTF8: content))")
                    }
                }
            }
        } catch {
            events.append("\(error) at \(reader.head?.target.path ?? "none")")
        }
        return events
    }

    @Test("they are the same however the bytes are cut, and none has another's content")
    func split() {
        let octets = Array(
            utf8: "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nhola"
                + "GET /b HTTP/1.1\r\nHost: h\r\n\r\n"
                + "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "2\r\nad\r\n4\r\nios!\r\n0\r\n\r\n"
                + "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\notra")
        for pieces in everySplit(of: octets) {
            #expect(events(pieces) == ["/a hola", "/b ", "/c adios!", "/a otra"])
        }
    }

    @Test("RFC 9110 §10.1.1: that 100 is awaited is told once, before the content")
    func expectation() {
        let octets = Array(
            utf8:
                "PUT /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok")
        for pieces in everySplit(of: octets) { #expect(events(pieces) == ["…", "/a ok"]) }
    }

    @Test("a request line that comes again stands before the fields of its own request")
    func repeatedLine() {
        let octets = Array(
            utf8: "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
                + "GET /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx"
                + "GET /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nyz"
                + "GET /ab HTTP/1.1\r\nHost: h\r\n\r\nGET /a HTTP/1.1\r\n\r\n")
        for pieces in everySplit(of: octets) {
            #expect(events(pieces) == ["/a ", "/a x", "/a yz", "/ab ", "hostMissing at none"])
        }
    }

    @Test("a fault of the content names its request, one of a head names none")
    func faults() {
        let head = "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(events([Array(utf8: head + "x")]) == ["malformedChunk at /a"])
        #expect(events([Array(utf8: "POST /a HTTP/1.1\r\n\r\n")]) == ["hostMissing at none"])
    }
}
