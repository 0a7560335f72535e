import Testing

@testable import WebSocket

@Suite("RFC 6455 §5 and §6.1 Sending")
struct Section05_FrameWriter {
    @Test(
        "§5.2 lengths in as few octets as hold them",
        arguments: [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)])
    func lengths(_ payloadBytes: Int, _ headerBytes: Int) {
        var octets: [UInt8] = []
        FrameWriter.append(.binary, [UInt8](repeating: 7, count: payloadBytes), to: &octets)
        #expect(octets.count == headerBytes + payloadBytes)
        #expect(octets.suffix(payloadBytes).allSatisfy { $0 == 7 })
    }

    @Test("7692 §6.1 RSV1 says that a message is compressed")
    func compressed() {
        var octets: [UInt8] = []
        FrameWriter.append(.text, [1], isCompressed: true, to: &octets)
        #expect(octets == [0xC1, 0x01, 0x01])
    }

    @Test(
        "§5.5.1 a Close",
        arguments: [
            (nil, "unsaid", [0x88, 0x00]),
            (.normal, "", [0x88, 0x02, 0x03, 0xE8]),
            (.goingAway, "ya", [0x88, 0x04, 0x03, 0xE9, 0x79, 0x61]),
        ] as [(CloseCode?, String, [UInt8])])
    func close(_ code: CloseCode?, _ reason: String, _ expected: [UInt8]) {
        var octets: [UInt8] = []
        FrameWriter.appendClose(code, reason: reason, to: &octets)
        #expect(octets == expected)
    }

    @Test(
        "§5.5 a reason is cut between characters, to 123 bytes",
        arguments: [
            (String(repeating: "x", count: 124), 123), (String(repeating: "é", count: 62), 122),
            (String(repeating: "🐦", count: 40), 120),
        ])
    func longReason(_ reason: String, _ bytes: Int) {
        var octets: [UInt8] = []
        FrameWriter.appendClose(.normal, reason: reason, to: &octets)
        #expect(Int(octets[1]) == 2 + bytes)
        guard case .close(.normal, let read)? = Reading([octets], by: .client).incoming.first else {
            Issue.record("no Close was read")
            return
        }
        #expect(reason.hasPrefix(read) && read.utf8.count == bytes)
    }

    @Test("what is written is appended")
    func appended() {
        var octets: [UInt8] = [1, 2]
        FrameWriter.append(.ping, [], to: &octets)
        #expect(octets == [1, 2, 0x89, 0x00])
    }

    @Test("§5.5 a control frame of 126 bytes is the caller's mistake")
    func tooLong() async {
        await #expect(processExitsWith: .failure) {
            var octets: [UInt8] = []
            FrameWriter.append(.ping, [UInt8](repeating: 0, count: 126), to: &octets)
        }
    }
}
