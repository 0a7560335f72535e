import Bytes
import HTTP1
import Testing

/// Messages damaged at random: the same seeds each time, so that a failure can be repeated.
@Suite("Damaged messages")
struct RandomTests {
    /// SplitMix64, by Sebastiano Vigna.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    private static let requests = [
        "GET /a%20b/../c?d=e&f=%C3%B1 HTTP/1.1\r\nHost: hub\r\nAccept: */*;q=0.5\r\n\r\n",
        "POST /p HTTP/1.1\r\nHost: hub\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nhola",
        "POST /p HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "4;a=\"b\"\r\nhola\r\n0\r\nX: y\r\n\r\n",
        "OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    ]

    private static let responses = [
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhola",
        "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhola\r\n0\r\n\r\n",
        "HTTP/1.0 404 Not Found\r\n\r\nhola",
    ]

    private static func damaged(
        _ seeds: [String], _ generator: inout Generator
    ) -> [UInt8] {
        var octets = (0..<2).flatMap { _ in
            Array(utf8: seeds[Int.random(in: 0..<seeds.count, using: &generator)])
        }
        let telling = Array(utf8: "\r\n\0 \t:;,\"%/.*0aF") + [0x80, 0xFF]
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            let place = Int.random(in: 0..<octets.count, using: &generator)
            let octet = telling[Int.random(in: 0..<telling.count, using: &generator)]
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: octets[place] = octet
            case 1: octets.insert(octet, at: place)
            default: octets.remove(at: place)
            }
        }
        return octets
    }

    private static func cut(_ octets: [UInt8], _ generator: inout Generator) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = octets[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...min(rest.count, 40), using: &generator)
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    @Test("a request means the same in whatever pieces it comes", arguments: 0..<8)
    func requests(_ seed: UInt64) {
        var generator = Generator(state: seed)
        for _ in 0..<500 {
            let octets = RandomTests.damaged(RandomTests.requests, &generator)
            let whole = RequestReading([octets])
            let pieces = RequestReading(RandomTests.cut(octets, &generator))
            #expect(whole.summary == pieces.summary, "\(String(decoding: octets, as: UTF8.self))")
        }
    }

    @Test("a response means the same in whatever pieces it comes", arguments: 0..<8)
    func responses(_ seed: UInt64) {
        var generator = Generator(state: seed)
        for _ in 0..<500 {
            let octets = RandomTests.damaged(RandomTests.responses, &generator)
            let methods = [Method.get, .get]
            let whole = ResponseReading([octets], to: methods)
            let pieces = ResponseReading(RandomTests.cut(octets, &generator), to: methods)
            #expect(whole.summary == pieces.summary, "\(String(decoding: octets, as: UTF8.self))")
        }
    }

    @Test("the readers of values take anything", arguments: 0..<8)
    func values(_ seed: UInt64) {
        var generator = Generator(state: seed)
        let telling = Array(utf8: "aA0/*;=,\" \\qW%+.&?-") + [0xC3, 0xFF, 0]
        for _ in 0..<2000 {
            let octets = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                telling[Int.random(in: 0..<telling.count, using: &generator)]
            }
            let text = String(decoding: octets, as: UTF8.self)
            let fields = Fields(
                dictionaryLiteral: ("Accept", text), ("If-Match", text), ("Content-Type", text))
            _ = Accept(fields).choose(from: ["a/a"])
            _ = Preconditions(fields).evaluate(EntityTag("a"), method: .get)
            _ = fields.contentType
            _ = try? RequestTarget("/" + text).query  // whether it is one does not matter here
        }
    }
}
