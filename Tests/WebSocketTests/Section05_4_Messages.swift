import Testing

@testable import WebSocket

@Suite("RFC 6455 §5.4 to §5.6 Messages and Control Frames")
struct Section05_4_Messages {
    struct StreamCase: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var frames: [[UInt8]]
        var expected: Reading

        init(
            _ name: String, _ frames: [[UInt8]], _ incoming: [Incoming],
            breaks violation: ProtocolViolation? = nil
        ) {
            testDescription = name
            self.frames = frames
            expected = Reading(incoming, violation)
        }
    }

    static let hello: [UInt8] = Array("Hello".utf8)

    static let cases = [
        StreamCase("§5.6 text", [frame(.text, "Hello")], [.text("Hello")]),
        StreamCase("§5.6 binary", [frame(.binary, [0xFF, 0x00])], [.binary([0xFF, 0x00])]),
        StreamCase("§5.6 empty text", [frame(.text)], [.text("")]),
        StreamCase(
            "two messages, back to back", [frame(.text, "a"), frame(.binary, [2])],
            [.text("a"), .binary([2])]),
        StreamCase(
            "§5.4 fragments are one message",
            [
                frame(.text, "Hel", isFinal: false), frame(.continuation, isFinal: false),
                frame(.continuation, "lo"),
            ], [.text("Hello")]),
        StreamCase(
            "§5.4 all of them empty", [frame(.binary, isFinal: false), frame(.continuation)],
            [.binary([])]),
        StreamCase(
            "§5.4 control frames between fragments are answered first",
            [
                frame(.text, "Hel", isFinal: false), frame(.ping, "p"), frame(.pong, "q"),
                frame(.continuation, "lo"), frame(.ping),
            ], [.ping("p"), .pong("q"), .text("Hello"), .ping("")]),
        StreamCase(
            "§5.4 nothing to continue", [frame(.text, "a"), frame(.continuation, "b")],
            [.text("a")], breaks: .unexpectedDataFrame),
        StreamCase(
            "§5.4 a message within another",
            [frame(.text, "a", isFinal: false), frame(.text, "b")],
            [], breaks: .unexpectedDataFrame),
        StreamCase(
            "§5.4 a character cut between fragments",
            [frame(.text, [0xC3], isFinal: false), frame(.continuation, [0xA9])], [.text("é")]),
        StreamCase(
            "§5.4 and a ping within it",
            [frame(.text, [0xC3], isFinal: false), frame(.ping), frame(.continuation, [0xA9])],
            [.ping(""), .text("é")]),
        StreamCase("§5.5.1 close without a body", [frame(.close)], [.close(nil, reason: "")]),
        StreamCase(
            "§5.5.1 close with a code", [closeFrame(1000)], [.close(.normal, reason: "")]),
        StreamCase(
            "§5.5.1 and a reason", [closeFrame(1001, "adiós")],
            [.close(.goingAway, reason: "adiós")]),
        StreamCase(
            "§5.5.1 of 125 bytes", [closeFrame(4999, String(repeating: "x", count: 123))],
            [.close(CloseCode(rawValue: 4999), reason: String(repeating: "x", count: 123))]),
        StreamCase("§5.5.1 half a code", [closeFrame([0x03])], [], breaks: .closePayloadTooShort),
        StreamCase(
            "§7.4 a code that may not be sent", [closeFrame(1005)], [],
            breaks: .closeCodeNotSendable(CloseCode(rawValue: 1005))),
        StreamCase(
            "§5.5.1 a reason that is not UTF-8", [closeFrame([0x03, 0xE8, 0xFF])], [],
            breaks: .invalidUTF8),
        StreamCase(
            "§5.5.1 what follows a close is discarded",
            [closeFrame(1000), frame(.text, "late"), [0xFF, 0xFF]],
            [.close(.normal, reason: "")]),
        StreamCase(
            "§5.4 close between fragments ends it at once",
            [frame(.text, "Hel", isFinal: false), closeFrame(1000), frame(.continuation, "lo")],
            [.close(.normal, reason: "")]),
        StreamCase(
            "§7.1.7 what follows a violation is discarded",
            [frame(.text, "a"), frame(.text, [0x62], rsv: .rsv2), frame(.text, "c")],
            [.text("a")], breaks: .reservedBitSet),
    ]

    @Test("The same however the network cuts it", arguments: cases)
    func streams(_ row: StreamCase) {
        for pieces in everySplit(of: Array(row.frames.joined())) {
            #expect(Reading(pieces) == row.expected, "cut as \(pieces.map(\.count))")
        }
    }

    @Test("A client reads the same, unmasked", arguments: [Opcode.text, .binary, .ping, .pong])
    func client(_ opcode: Opcode) {
        let octets = frame(opcode, Self.hello, key: nil)
        for pieces in everySplit(of: octets) {
            let reading = Reading(pieces, by: .client)
            #expect(reading.incoming.count == 1 && reading.violation == nil)
        }
        #expect(Reading([octets], by: .server).violation == .wrongMasking)
        #expect(Reading([frame(opcode, Self.hello)], by: .client).violation == .wrongMasking)
    }

    @Test("A reader that has thrown stays silent")
    func silence() throws {
        var reader = MessageReader(role: .server, limits: .generous)
        let bad: [UInt8] = [0x83]
        var offset = 0
        #expect(throws: ProtocolViolation.reservedOpcode(3)) {
            _ = try reader.next(bad.span, from: &offset)
        }
        let good = frame(.text, "Hello")
        offset = 0
        let incoming = try reader.next(good.span, from: &offset)
        #expect(incoming == nil)
        #expect(offset == good.count)
    }

    @Test("A long message, in pieces as the network makes them", arguments: [1, 7, 1460, 65_536])
    func long(pieceBytes: Int) {
        var generator = Seeded(state: UInt64(pieceBytes))
        let message = (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let octets = frame(.binary, message)
        let pieces = stride(from: 0, to: octets.count, by: pieceBytes).map {
            Array(octets[$0..<min($0 + pieceBytes, octets.count)])
        }
        #expect(Reading(pieces) == Reading([.binary(message)]))
    }
}

@Suite("RFC 6455 §10.4 Implementation-Specific Limits")
struct Section10_4_Limits {
    private static let limits = MessageReader.Limits(maxFrameBytes: 8, maxMessageBytes: 10)

    @Test(
        "hold at the limit, below it and past it",
        arguments: [
            ([8], nil), ([9], .messageTooBig), ([5, 4], nil), ([5, 5], nil),
            ([5, 6], .messageTooBig), ([8, 2, 0], nil), ([8, 2, 1], .messageTooBig),
        ] as [([Int], ProtocolViolation?)])
    func bounds(_ fragments: [Int], _ violation: ProtocolViolation?) {
        let frames = fragments.enumerated().map { index, length in
            frame(
                index == 0 ? .binary : .continuation, [UInt8](repeating: 1, count: length),
                isFinal: index == fragments.count - 1)
        }
        let reading = Reading(frames, limits: Self.limits)
        #expect(reading.violation == violation)
        #expect(reading.incoming.isEmpty == (violation != nil))
    }

    @Test("are held to what is announced, before any of it has come")
    func announced() {
        let header: [UInt8] = [
            0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0,
        ]
        let reading = Reading([header], limits: Self.limits)
        #expect(reading.violation == .messageTooBig)
        #expect(reading.violation?.closeCode == .messageTooBig)
    }

    @Test("do not bind control frames, which have their own")
    func control() {
        let ping = [UInt8](repeating: 1, count: 125)
        #expect(Reading([frame(.ping, ping)], limits: Self.limits) == Reading([.ping(ping)]))
    }

    @Test("A reader between messages is small")
    func size() {
        #expect(MemoryLayout<MessageReader>.size <= 104)
    }
}
