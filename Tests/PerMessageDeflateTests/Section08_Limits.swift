import Testing
import WebSocket

@testable import PerMessageDeflate

@Suite("RFC 7692 §8 and RFC 6455 §10.4 Bounds on what is inflated")
struct Section08_Limits {
    @Test("hold at the limit, below it and past it", arguments: [1, 64, 1000, 16_384, 100_000])
    func bounds(bytes: Int) throws {
        let message = sampleText(bytes)
        for pieces in [[Link().deflate(message)], Link().deflate(message).map { [$0] }] {
            #expect(try Link().inflate(pieces, limit: bytes) == message)
            #expect(try Link().inflate(pieces, limit: bytes + 1) == message)
            #expect(throws: ProtocolViolation.messageTooBig) {
                try Link().inflate(pieces, limit: bytes - 1)
            }
        }
    }

    @Test("a bomb costs no more than the limit")
    func bomb() throws {
        let payload = Link().deflate([UInt8](repeating: 0, count: 50_000_000))
        #expect(payload.count < 60_000)
        let link = Link()
        var message: [UInt8] = []
        #expect(throws: ProtocolViolation.messageTooBig) {
            try link.inflater.inflate(payload.span, into: &message, limit: 100_000)
        }
        #expect(message.capacity < 300_000)
    }

    @Test("a limit of nothing takes the empty message and no other")
    func nothing() throws {
        #expect(try Link().inflate([[0x00]], limit: 0) == [])
        let payload = Link().deflate([1])
        #expect(throws: ProtocolViolation.messageTooBig) {
            try Link().inflate([payload], limit: 0)
        }
    }
}

@Suite("What the connections of a loop share")
struct DeflatePoolTests {
    private let shared = DeflateParameters(
        server: .init(noContextTakeover: true), client: .init(noContextTakeover: true))

    @Test("a compressor without takeover is one for all that agreed on the same window")
    func sharing() {
        let pool = DeflatePool()
        var narrow = shared
        narrow.server.maxWindowBits = 9
        #expect(pool.deflater(shared, for: .server) === pool.deflater(shared, for: .server))
        #expect(pool.deflater(shared, for: .server) !== pool.deflater(narrow, for: .server))
        let own = DeflateParameters()
        #expect(pool.deflater(own, for: .server) !== pool.deflater(own, for: .server))
    }

    @Test("each role uses what was agreed on for it")
    func roles() throws {
        let pool = DeflatePool()
        let parameters = DeflateParameters(
            server: .init(noContextTakeover: true, maxWindowBits: 9), client: .init())
        for (sender, receiver) in [(Role.server, Role.client), (.client, .server)] {
            let deflater = pool.deflater(parameters, for: sender)
            let inflater = pool.inflater(parameters, for: receiver)
            for _ in 0..<3 {
                var payload: [UInt8] = []
                deflater.deflate(sampleText(5000).span, into: &payload)
                #expect(try inflater.inflateMessage([payload]) == sampleText(5000))
            }
        }
    }

    @Test("two messages that are half there at the same time do not mix")
    func interleaved() throws {
        let pool = DeflatePool()
        let inflaters = (0..<3).map { _ in pool.inflater(shared, for: .server) }
        let messages = (0..<3).map { sampleText(1000 + $0) }
        let payloads = messages.map { message in
            var payload: [UInt8] = []
            pool.deflater(shared, for: .client).deflate(message.span, into: &payload)
            return payload
        }
        for _ in 0..<2 {
            var inflated = [[UInt8]](repeating: [], count: 3)
            for piece in [0, 1] {
                for index in 0..<3 {
                    let payload = payloads[index]
                    let half = payload.count / 2
                    let part = piece == 0 ? payload[..<half] : payload[half...]
                    try inflaters[index].inflate(part.span, into: &inflated[index], limit: 2000)
                }
            }
            for index in 0..<3 {
                try inflaters[index].finishMessage(into: &inflated[index], limit: 2000)
            }
            #expect(inflated == messages)
        }
    }

    @Test("a connection that failed in a message leaves nothing behind to the next")
    func failure() throws {
        let pool = DeflatePool()
        for _ in 0..<3 {
            let failing = pool.inflater(shared, for: .server)
            #expect(throws: ProtocolViolation.invalidDeflate) {
                try failing.inflateMessage([[0xF2, 0x48, 0xCD], [0x07, 0xFF, 0xFF, 0xFF]])
            }
            let next = pool.inflater(shared, for: .server)
            #expect(
                try next.inflateMessage([[0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]])
                    == Array("Hello".utf8))
        }
    }
}
