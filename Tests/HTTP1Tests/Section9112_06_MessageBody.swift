import Bytes
import HTTP1
import Testing

@Suite("RFC 9112 §6 Message Body")
struct Section9112_06_MessageBody {
    @Test(
        "the framing of a request",
        arguments: [
            WireCase("§6.2 a length", post("Content-Length: 4") + "hola", "POST / \"hola\""),
            WireCase("§6.2 length 0", post("Content-Length: 0"), "POST /"),
            WireCase(
                "§6.2 zeros in front", post("Content-Length: 004") + "hola", "POST / \"hola\""),
            WireCase("§6.2 in pieces", post("Content-Length: 4") + "hol", "POST / \"hol\" …"),
            WireCase("§6.3 (7) neither: no content", post("X: y"), "POST /"),
            WireCase("§6.1 chunked", post("Transfer-Encoding: chunked") + end, "POST /"),
            WireCase("§7 any case", post("transfer-encoding:\tChunKed ") + end, "POST /"),
            WireCase(
                "§6.3 (3) both", post("Content-Length: 5\r\nTransfer-Encoding: chunked") + end,
                .conflictingFraming),
            WireCase(
                "§6.3 (3) both, the other way",
                post("Transfer-Encoding: chunked\r\nContent-Length: 5") + end, .conflictingFraming),
            WireCase(
                "§6.3 (3) both, length 0",
                post("Transfer-Encoding: chunked\r\nContent-Length: 0") + end, .conflictingFraming),
            WireCase(
                "§6.3 (5) two lengths", post("Content-Length: 4\r\nContent-Length: 5"),
                .lengthRepeated),
            WireCase(
                "§6.3 (5) two equal lengths", post("Content-Length: 4\r\nContent-Length: 4"),
                .lengthRepeated),
            WireCase("§6.3 (5) a list", post("Content-Length: 4, 4"), .lengthMalformed),
            WireCase("§6.3 (5) a list's end", post("Content-Length: 4,"), .lengthMalformed),
            WireCase("§6.2 a sign", post("Content-Length: +4"), .lengthMalformed),
            WireCase("§6.2 negative", post("Content-Length: -4"), .lengthMalformed),
            WireCase("§6.2 hexadecimal", post("Content-Length: 0x4"), .lengthMalformed),
            WireCase("§6.2 a space within", post("Content-Length: 1 1"), .lengthMalformed),
            WireCase("§6.2 a decimal", post("Content-Length: 4.0"), .lengthMalformed),
            WireCase("§6.2 empty", post("Content-Length:"), .lengthMalformed),
            WireCase("§6.2 other digits", post("Content-Length: ４"), .lengthMalformed),
            WireCase(
                "§6.2 more than 64 bits", post("Content-Length: 18446744073709551617"),
                .contentTooLarge(limit: 1 << 20)),
            WireCase(
                "§6.3 (4) not chunked", post("Transfer-Encoding: gzip"), .transferCodingMalformed),
            WireCase(
                "§6.3 (4) identity", post("Transfer-Encoding: identity"), .transferCodingMalformed),
            WireCase(
                "§6.3 (4) chunked not last", post("Transfer-Encoding: chunked, gzip"),
                .transferCodingMalformed),
            WireCase(
                "§6.1 a coding that is not known", post("Transfer-Encoding: gzip, chunked"),
                .transferCodingUnknown),
            WireCase(
                "§6.1 chunked twice", post("Transfer-Encoding: chunked, chunked"),
                .transferCodingMalformed),
            WireCase(
                "§6.1 chunked on two lines",
                post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
                .transferCodingMalformed),
            WireCase(
                "§6.1 chunked, then identity, on two lines",
                post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
                .transferCodingMalformed),
            WireCase("§6.1 empty", post("Transfer-Encoding:"), .transferCodingMalformed),
            WireCase("§6.1 a comma", post("Transfer-Encoding: chunked,"), .transferCodingMalformed),
            WireCase(
                "§6.1 a comma first", post("Transfer-Encoding: ,chunked"), .transferCodingMalformed),
            WireCase(
                "§6.1 quoted", post("Transfer-Encoding: \"chunked\""), .transferCodingMalformed),
            WireCase(
                "§6.1 a parameter", post("Transfer-Encoding: chunked;a=b"), .transferCodingMalformed
            ),
            WireCase(
                "§6.1 xchunked", post("Transfer-Encoding: xchunked"), .transferCodingMalformed),
            WireCase(
                "§6.1 HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + end,
                .transferCodingMalformed),
            WireCase(
                "RFC 1945 §8.3 HTTP/1.0, no length", "POST / HTTP/1.0\r\n\r\n", .lengthRequired),
            WireCase(
                "RFC 1945 HTTP/1.0, a length", "POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\na",
                "POST / \"a\""),
        ])
    func framing(_ row: WireCase) {
        for pieces in everySplit(of: row.octets) {
            #expect(RequestReading(pieces).summary == row.result, "split as \(pieces.map(\.count))")
        }
    }

    @Test("a GET may have content, which is read and not taken for a request")
    func getWithContent() {
        let inner = "GET /x HTTP/1.1\r\n\r\n"
        let text = "GET / HTTP/1.1\r\nHost: hub\r\nContent-Length: 19\r\n\r\n" + inner
        #expect(RequestReading(text).summary == ["GET / \"\(inner)\""])
    }
}

@Suite("RFC 9112 §7 Transfer Codings")
struct Section9112_07_TransferCodings {
    @Test(
        "chunks",
        arguments: [
            ("4\r\nhola\r\n" + end, "POST / \"hola\""),
            ("2\r\nho\r\n2\r\nla\r\n" + end, "POST / \"hola\""),
            ("00000004\r\nhola\r\n000" + end, "POST / \"hola\""),
            ("A\r\n0123456789\r\n" + end, "POST / \"0123456789\""),
            ("a\r\n0123456789\r\n" + end, "POST / \"0123456789\""),
            ("4;a\r\nhola\r\n" + end, "POST / \"hola\""),
            ("4;a=b;c=\"d\"\r\nhola\r\n0;e\r\n\r\n", "POST / \"hola\""),
            ("4 ; a = b\r\nhola\r\n" + end, "POST / \"hola\""),
            ("4\t;a\r\nhola\r\n" + end, "POST / \"hola\""),
            ("4;a=\"b\\\"c;d\" ;e\r\nhola\r\n" + end, "POST / \"hola\""),
            ("4\r\nhola\r\n0\r\nX: y\r\n\r\n", "POST / \"hola\""),
            ("0\r\nX:\r\nY: a b\t\r\n\r\n", "POST /"),
            ("4\r\nhola\r\n0\r\n", "POST / \"hola\" …"),
            ("4\r\nhol", "POST / \"hol\" …"),
        ])
    func chunks(_ chunks: String, _ result: String) {
        let octets = Array(utf8: post("Transfer-Encoding: chunked") + chunks)
        for pieces in everySplit(of: octets) {
            #expect(RequestReading(pieces).summary == [result], "split as \(pieces.map(\.count))")
        }
    }

    @Test(
        "what is no chunk",
        arguments: [
            "\r\n", " 4\r\nhola\r\n", "\n", "g\r\n", "-4\r\n", "+4\r\n", "0x4\r\nhola\r\n",
            "4 \r\nhola\r\n", "4\nhola\r\n", "4\rhola\r\n", "4\r\rhola", "4 a\r\nhola\r\n",
            "4,\r\n",
            "4;a\nhola\r\n", "4;a\r\r\n", "4;a\0\r\n", "4;\"a\r\nb\"\r\n", "4\r\nholaX\r\n",
            "4\r\nhola\n", "4\r\nhola\r0", "4\r\nhola0\r\n\r\n", "3\r\nhola\r\n",
            "00000000000000004\r\nhola\r\n", "4;a\u{B}\r\n",
            "4;\r\n", "4;;a\r\n", "4;a=\r\n", "4;a \r\n", "4;a b\r\n", "4;a=\"b\"c\r\n",
            "4;a=b=c\r\n",
            "4;=b\r\n", ";a\r\n", "4;a=\"b\\\r\n", "4;a=b \r\n",
        ])
    func malformed(_ chunks: String) {
        let octets = Array(utf8: post("Transfer-Encoding: chunked") + chunks)
        for pieces in everySplit(of: octets) {
            #expect(RequestReading(pieces).violation == .malformedChunk)
        }
    }

    @Test(
        "what is no trailer section",
        arguments: [
            "\n", " X: y\r\n", "X\r\n", "X : y\r\n", ": y\r\n", "X: y\n", "X: a\rb\r\n",
            "X: \0\r\n",
            "\r\r\n", "X: y\r\n\tz\r\n", "\rX",
        ])
    func malformedTrailer(_ trailer: String) {
        let octets = Array(utf8: post("Transfer-Encoding: chunked") + "0\r\n" + trailer)
        for pieces in everySplit(of: octets) {
            #expect(RequestReading(pieces).violation == .malformedTrailer)
        }
    }

    @Test(
        "§7.1 a size that no integer holds is too large, not malformed",
        arguments: [
            ("fffffffffffffff", true), ("7ffffffffffffffe", true), ("7fffffffffffffff", false),
            ("8000000000000000", false), ("ffffffffffffffff", false),
        ])
    func hugeChunk(_ size: String, _ fits: Bool) {
        let text = post("Transfer-Encoding: chunked") + "1\r\na\r\n\(size)\r\n"
        #expect(RequestReading(text).violation == .contentTooLarge(limit: 1 << 20))
        let unbounded = RequestReading(text, limits: Limits(bodyBytes: .max))
        #expect(unbounded.violation == (fits ? nil : .contentTooLarge(limit: .max)))
    }

    @Test("§7.1.2 a trailer does not become a field")
    func trailerDropped() throws {
        let reading = RequestReading(
            post("Transfer-Encoding: chunked") + "0\r\nContent-Length: 5\r\nHost: other\r\n\r\n")
        let head = try #require(reading.requests.first?.head)
        #expect(reading.violation == nil && head.host == "hub" && head.fields.count == 2)
    }
}

private let end = "0\r\n\r\n"

private func post(_ fields: String) -> String {
    "POST / HTTP/1.1\r\nHost: hub\r\n\(fields)\r\n\r\n"
}
