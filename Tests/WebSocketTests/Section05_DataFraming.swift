import Testing

@testable import WebSocket

/// RFC 6455 §5, in the order of the RFC; a case is named for the clause that it holds us to.
@Suite("RFC 6455 §5 Data Framing")
struct Section05_DataFraming {
    struct WireCase: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var octets: [UInt8]
        var header: FrameHeader

        init(_ name: String, _ octets: [UInt8], _ header: FrameHeader) {
            testDescription = name
            self.octets = octets
            self.header = header
        }
    }

    static let wireCases = [
        WireCase("§5.7 text, unmasked", [0x81, 0x05], .init(opcode: .text, payloadLength: 5)),
        WireCase(
            "§5.7 text, masked", [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D],
            .init(opcode: .text, maskingKey: .init(rawValue: 0x37FA_213D), payloadLength: 5)),
        WireCase(
            "§5.7 first fragment", [0x01, 0x03],
            .init(isFinal: false, opcode: .text, payloadLength: 3)),
        WireCase(
            "§5.7 last fragment", [0x80, 0x02], .init(opcode: .continuation, payloadLength: 2)),
        WireCase("§5.7 ping", [0x89, 0x05], .init(opcode: .ping, payloadLength: 5)),
        WireCase("longest short form", [0x82, 0x7D], .init(opcode: .binary, payloadLength: 125)),
        WireCase(
            "shortest of 2 octets", [0x82, 0x7E, 0, 126],
            .init(opcode: .binary, payloadLength: 126)),
        WireCase(
            "§5.7 256 bytes", [0x82, 0x7E, 0x01, 0x00], .init(opcode: .binary, payloadLength: 256)),
        WireCase(
            "longest of 2 octets", [0x82, 0x7E, 0xFF, 0xFF],
            .init(opcode: .binary, payloadLength: 65_535)),
        WireCase(
            "§5.7 64 KiB", [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0],
            .init(opcode: .binary, payloadLength: 65_536)),
        WireCase(
            "longest of all", [0x82, 0x7F, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            .init(opcode: .binary, payloadLength: .max)),
        WireCase(
            "RSV bits", [0xF1, 0x00],
            .init(reservedBits: [.rsv1, .rsv2, .rsv3], opcode: .text, payloadLength: 0)),
    ]

    @Test("§5.2 a header reads the same however it is cut", arguments: wireCases)
    func wire(_ row: WireCase) throws {
        for pieces in everySplit(of: row.octets) {
            #expect(try parse(pieces) == [row.header], "cut as \(pieces)")
        }
    }

    @Test("§5.2 what is read is written the same", arguments: wireCases)
    func writing(_ row: WireCase) {
        var octets: [UInt8] = []
        row.header.encode(to: &octets)
        #expect(octets == row.octets)
    }

    @Test(
        "§5.2 what no header may be",
        arguments: [
            ([0x83], .reservedOpcode(0x3)), ([0x87], .reservedOpcode(0x7)),
            ([0x8B], .reservedOpcode(0xB)), ([0x8F], .reservedOpcode(0xF)),
            ([0x82, 0x7E, 0, 0], .lengthNotMinimal), ([0x82, 0x7E, 0, 125], .lengthNotMinimal),
            ([0x82, 0x7F, 0, 0, 0, 0, 0, 0, 0, 0], .lengthNotMinimal),
            ([0x82, 0x7F, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], .lengthNotMinimal),
            ([0x82, 0x7F, 0x80, 0, 0, 0, 0, 0, 0, 0], .lengthTooLarge),
        ] as [([UInt8], ProtocolViolation)])
    func malformed(_ octets: [UInt8], _ violation: ProtocolViolation) {
        for pieces in everySplit(of: octets) {
            #expect(throws: violation) { try parse(pieces) }
        }
        #expect(throws: Never.self, "it shows with the last octet, no sooner") {
            try parse([Array(octets.dropLast())])
        }
    }

    struct RuleCase: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var header: FrameHeader
        var receiver: Role
        var isFragmented: Bool
        var isCompressible: Bool
        var violation: ProtocolViolation?

        init(
            _ name: String, _ opcode: Opcode, _ length: Int = 0, isFinal: Bool = true,
            rsv: ReservedBits = [], isMasked: Bool = false, to receiver: Role = .client,
            isFragmented: Bool = false, isCompressible: Bool = false,
            breaks violation: ProtocolViolation? = nil
        ) {
            testDescription = name
            header = FrameHeader(
                isFinal: isFinal, reservedBits: rsv, opcode: opcode,
                maskingKey: isMasked ? MaskingKey(rawValue: 1) : nil, payloadLength: length)
            self.receiver = receiver
            self.isFragmented = isFragmented
            self.isCompressible = isCompressible
            self.violation = violation
        }
    }

    @Test(
        "What a header may say",
        arguments: [
            RuleCase("§5.1 masked, to a server", .text, isMasked: true, to: .server),
            RuleCase("§5.1 unmasked, to a server", .text, to: .server, breaks: .wrongMasking),
            RuleCase("§5.1 control too", .ping, to: .server, breaks: .wrongMasking),
            RuleCase("§5.1 unmasked, to a client", .text),
            RuleCase("§5.1 masked, to a client", .text, isMasked: true, breaks: .wrongMasking),
            RuleCase("§5.2 RSV1, no extension", .text, rsv: .rsv1, breaks: .reservedBitSet),
            RuleCase("§5.2 RSV2", .text, rsv: .rsv2, isCompressible: true, breaks: .reservedBitSet),
            RuleCase("§5.2 RSV3", .text, rsv: .rsv3, isCompressible: true, breaks: .reservedBitSet),
            RuleCase("7692 §6 RSV1, text", .text, rsv: .rsv1, isCompressible: true),
            RuleCase("7692 §6 RSV1, binary", .binary, rsv: .rsv1, isCompressible: true),
            RuleCase("7692 §6 not set", .text, isCompressible: true),
            RuleCase(
                "7692 §6.1 RSV1 on a later fragment", .continuation, rsv: .rsv1,
                isFragmented: true, isCompressible: true, breaks: .reservedBitSet),
            RuleCase(
                "7692 §6.1 RSV1 on control", .ping, rsv: .rsv1, isCompressible: true,
                breaks: .reservedBitSet),
            RuleCase("§5.4 first fragment", .text, isFinal: false),
            RuleCase("§5.4 continues nothing", .continuation, breaks: .unexpectedDataFrame),
            RuleCase("§5.4 continues", .continuation, isFinal: false, isFragmented: true),
            RuleCase("§5.4 last", .continuation, isFragmented: true),
            RuleCase(
                "§5.4 text amid text", .text, isFragmented: true, breaks: .unexpectedDataFrame),
            RuleCase("§5.4 binary too", .binary, isFragmented: true, breaks: .unexpectedDataFrame),
            RuleCase("§5.4 ping between fragments", .ping, isFragmented: true),
            RuleCase("§5.4 close between fragments", .close, isFragmented: true),
            RuleCase("§5.5 ping of 125 bytes", .ping, 125),
            RuleCase("§5.5 ping of 126 bytes", .ping, 126, breaks: .controlFrameTooLong),
            RuleCase("§5.5 pong of 126 bytes", .pong, 126, breaks: .controlFrameTooLong),
            RuleCase("§5.5 close of 126 bytes", .close, 126, breaks: .controlFrameTooLong),
            RuleCase("§5.5 ping, cut", .ping, isFinal: false, breaks: .controlFrameFragmented),
            RuleCase("§5.5 pong, cut", .pong, isFinal: false, breaks: .controlFrameFragmented),
            RuleCase("§5.5 close, cut", .close, isFinal: false, breaks: .controlFrameFragmented),
            RuleCase("§10.4 below the limit", .text, 999),
            RuleCase("§10.4 at it", .text, 1000),
            RuleCase("§10.4 past it", .text, 1001, breaks: .messageTooBig),
            RuleCase("§10.4 far past it", .text, .max, breaks: .messageTooBig),
        ])
    func rules(_ row: RuleCase) {
        var violation: ProtocolViolation?
        do {
            try row.header.check(
                receivedBy: row.receiver, isFragmented: row.isFragmented,
                isCompressible: row.isCompressible, maxFrameBytes: 1000)
        } catch {
            violation = error
        }
        #expect(violation == row.violation)
    }

    private func parse(_ pieces: [[UInt8]]) throws(ProtocolViolation) -> [FrameHeader] {
        var parser = FrameHeaderParser()
        var headers: [FrameHeader] = []
        for piece in pieces {
            var offset = 0
            while let header = try parser.parse(piece.span, from: &offset) {
                headers.append(header)
            }
        }
        return headers
    }
}
