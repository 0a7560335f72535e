import Testing
import WebSocket

@testable import PerMessageDeflate

/// The core of `WebSocket` with a real inflater in it.
@Suite("RFC 7692 §6 Framing of Compressed Messages")
struct Section06_CompressedMessages {
    private let link = Link()

    private func read(
        _ pieces: [[UInt8]], inflater: Inflater? = nil, maxMessageBytes: Int = 1 << 20
    ) -> (incoming: [Incoming], violation: ProtocolViolation?, piecesRead: Int) {
        var reader = MessageReader(
            role: .client,
            limits: .init(maxFrameBytes: 1 << 20, maxMessageBytes: maxMessageBytes),
            inflater: inflater ?? Link().inflater)
        var incoming: [Incoming] = []
        for (index, piece) in pieces.enumerated() {
            do throws(ProtocolViolation) {
                var offset = 0
                while let next = try reader.next(piece.span, from: &offset) {
                    incoming.append(next)
                }
            } catch {
                return (incoming, error, index + 1)
            }
        }
        return (incoming, nil, pieces.count)
    }

    /// `payload` as a message of these fragments, the first of which says that it is compressed.
    private func fragments(_ opcode: Opcode, _ parts: [[UInt8]]) -> [[UInt8]] {
        parts.indices.map { index in
            var octets: [UInt8] = []
            FrameWriter.append(
                index == 0 ? opcode : .continuation, parts[index],
                isFinal: index == parts.count - 1, isCompressed: index == 0, to: &octets)
            return octets
        }
    }

    @Test("§6.2 one frame, at every cut")
    func oneFrame() {
        let message = sampleText(120)
        let octets = fragments(.text, [link.deflate(message)])[0]
        for pieces in everySplit(of: octets) {
            let (incoming, violation, _) = read(pieces)
            #expect(incoming == [.text(message)])
            #expect(violation == nil)
        }
    }

    @Test("§6.2 fragments, at every place, with a ping between")
    func fragmented() {
        let message = sampleText(60)
        var ping: [UInt8] = []
        FrameWriter.append(.ping, [1], to: &ping)
        for parts in everySplit(of: link.deflate(message)) where parts.count > 1 {
            var frames = fragments(.binary, parts)
            frames.insert(ping, at: 1)
            #expect(read(frames).incoming == [.ping([1]), .binary(message)])
        }
    }

    @Test("§6 compressed and plain messages may be mixed")
    func mixed() {
        let message = sampleText(60)
        var plain: [UInt8] = []
        FrameWriter.append(.text, message, to: &plain)
        let frames =
            fragments(.text, [link.deflate(message)]) + [plain]
            + fragments(.text, [link.deflate(message)])
        #expect(read(frames).incoming == [.text(message), .text(message), .text(message)])
    }

    @Test("§8.1 of RFC 6455: text that inflates to no UTF-8 fails with the octet that shows it")
    func failsFast() throws {
        let whole = sampleText(40) + [0xC3, 0x28] + sampleText(40)
        // Stored blocks, so that an octet of the payload is an octet of the message.
        let payload = [0x00, UInt8(whole.count), 0x00, ~UInt8(whole.count), 0xFF] + whole + [0x00]
        let pieces = fragments(.text, [payload])[0].map { [$0] }
        let (incoming, violation, piecesRead) = read(pieces)
        #expect(incoming.isEmpty)
        #expect(violation == .invalidUTF8)
        #expect(piecesRead == 2 + 5 + 40 + 2)
    }

    @Test("of two faults the first is told, at every cut")
    func firstFault() {
        let text: [UInt8] = [0x61, 0xFF, 0x62]
        let stored = [0x00, UInt8(text.count), 0x00, ~UInt8(text.count), 0xFF] + text
        let noSuchBlock: [UInt8] = [0x07]
        for pieces in everySplit(of: fragments(.text, [stored + noSuchBlock])[0]) {
            #expect(read(pieces).violation == .invalidUTF8)
        }
    }

    @Test("a text that ends within a character")
    func truncated() {
        #expect(read(fragments(.text, [link.deflate([0xE2, 0x82])])).violation == .invalidUTF8)
        #expect(
            read(fragments(.binary, [Link().deflate([0xE2, 0x82])])).incoming
                == [.binary([0xE2, 0x82])])
    }

    @Test("§10.4 of RFC 6455: the limit is on what a message inflates to", arguments: [999, 1000])
    func limit(maxMessageBytes: Int) {
        let message = sampleText(1000)
        let frames = fragments(.text, [link.deflate(message)])
        let (incoming, violation, _) = read(frames, maxMessageBytes: maxMessageBytes)
        #expect(violation == (maxMessageBytes < 1000 ? .messageTooBig : nil))
        #expect(incoming.isEmpty == (maxMessageBytes < 1000))
    }

    @Test("damaged data fail the connection with 1007")
    func damaged() {
        let violation = read(fragments(.binary, [[0x07, 0xFF]])).violation
        #expect(violation == .invalidDeflate)
        #expect(violation?.closeCode == .invalidPayload)
    }
}
