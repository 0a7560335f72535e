import Testing
import WebSocket

@testable import PerMessageDeflate

@Suite("RFC 7692 §7.2 Message Payload Transformation")
struct Section07_2_MessagePayload {
    private static let hello = Array("Hello".utf8)

    @Test(
        "§7.2.3 the RFC's examples inflate, however they are cut",
        arguments: [
            ("§7.2.3.1 one block", [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]),
            (
                "§7.2.3.3 no compression",
                [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00]
            ),
            ("§7.2.3.4 BFINAL set", [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]),
            (
                "§7.2.3.5 two blocks",
                [0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00]
            ),
        ] as [(String, [UInt8])])
    func examples(_ name: String, _ payload: [UInt8]) throws {
        for pieces in everySplit(of: payload) {
            #expect(try Link().inflate(pieces) == Self.hello, "\(name), cut as \(pieces)")
        }
    }

    @Test("§7.2.3.2 the window is shared between messages")
    func contextTakeover() throws {
        let link = Link()
        #expect(link.deflate(Self.hello) == [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])
        #expect(link.deflate(Self.hello) == [0xF2, 0x00, 0x11, 0x00, 0x00])
        #expect(try link.inflate([[0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]]) == Self.hello)
        #expect(try link.inflate([[0xF2, 0x00, 0x11, 0x00, 0x00]]) == Self.hello)
    }

    @Test("§7.2.3.4 what follows a block with BFINAL may refer to what precedes it")
    func windowAfterFinalBlock() throws {
        let link = Link()
        #expect(
            try link.inflate([[0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]]) == Self.hello)
        #expect(try link.inflate([[0xF2, 0x00, 0x11, 0x00, 0x00]]) == Self.hello)
    }

    @Test(
        "§7.2.3.6 an empty message is one octet, the first time and later",
        arguments: [false, true])
    func empty(noContextTakeover: Bool) throws {
        let link = Link(.init(noContextTakeover: noContextTakeover))
        for message in [[], Self.hello, [], []] {
            let payload = link.deflate(message)
            #expect(!message.isEmpty || payload == [0x00])
            #expect(try link.inflate([payload]) == message)
        }
    }

    @Test("§7.1.1 without takeover each message stands alone")
    func noContextTakeover() throws {
        let link = Link(.init(noContextTakeover: true))
        let first = link.deflate(Self.hello)
        #expect(link.deflate(Self.hello) == first)
        #expect(try link.inflate([first]) == Self.hello)
        #expect(throws: ProtocolViolation.invalidDeflate, "refers to a message that is gone") {
            try link.inflate([[0xF2, 0x00, 0x11, 0x00, 0x00]])
        }
    }

    @Test(
        "what is deflated inflates, in every window, with and without takeover",
        arguments: 8...15, [false, true])
    func roundTrip(windowBits: Int, noContextTakeover: Bool) throws {
        let link = Link(
            .init(noContextTakeover: noContextTakeover, maxWindowBits: windowBits))
        for bytes in [1, 100, 255, 256, 257, 511, 512, 513, 16_384, 40_000] {
            for message in [sampleText(bytes), noise(bytes)] {
                let payload = link.deflate(message)
                #expect(try link.inflate([payload]) == message)
            }
        }
    }

    @Test("§7.1.2 no reference goes past the window", arguments: 8...15)
    func window(windowBits: Int) throws {
        // The receiver has a window of exactly that size, 2^8 included, and refuses a reference
        // that leads out of it.
        let receiver = InflateStream(windowBits: windowBits)
        let link = Link(.init(maxWindowBits: windowBits))
        let message = sampleText(100_000)
        var inflated: [UInt8] = []
        for octet in link.deflate(message) + [0x00, 0x00, 0xFF, 0xFF] {
            try receiver.inflate([octet].span, into: &inflated, limit: .max)
        }
        #expect(inflated == message)
    }

    @Test("text gets shorter, and the more so with takeover")
    func ratio() {
        let message = sampleText(1000)
        let alone = Link(.init(noContextTakeover: true)).deflate(message)
        #expect(alone.count < message.count / 2)
        let link = Link()
        _ = link.deflate(message)
        #expect(link.deflate(message).count < alone.count / 4)
    }

    @Test("a message that does not get shorter grows by some octets only")
    func incompressible() {
        #expect(Link().deflate(noise(10_000)).count <= 10_000 + 16)
    }

    @Test(
        "data that are no deflate data",
        arguments: [[0x07], [0x06, 0x00], [0xFF, 0xFF, 0xFF], [0x00, 0x05, 0x00, 0x00, 0x00]]
            as [[UInt8]])
    func malformed(_ payload: [UInt8]) {
        for pieces in everySplit(of: payload) {
            #expect(throws: ProtocolViolation.invalidDeflate) { try Link().inflate(pieces) }
        }
    }

    @Test("damage is refused, or gives another message; nothing else happens", arguments: 0..<64)
    func damage(seed: Int) {
        var payload = Link().deflate(sampleText(300))
        payload[seed * (payload.count - 1) / 63] ^= 1 << UInt8(seed % 8)
        do throws(ProtocolViolation) {
            _ = try Link().inflate([payload], limit: 4096)
        } catch {
            #expect(error == .invalidDeflate || error == .messageTooBig)
        }
    }
}
