import Testing

@testable import WebSocket

@Suite("RFC 6455 §5.3 Client-to-Server Masking")
struct Section05_3_Masking {
    /// The algorithm as the RFC states it: "octet i MOD 4 of the masking key".
    private func asStated(_ octets: [UInt8], _ key: MaskingKey) -> [UInt8] {
        octets.enumerated().map { index, octet in
            octet ^ UInt8(truncatingIfNeeded: key.rawValue >> (24 - 8 * UInt32(index % 4)))
        }
    }

    @Test("is XOR with the key's octets in turn, at every length and place", arguments: 0...40)
    func algorithm(length: Int) {
        let octets = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        let key = MaskingKey(rawValue: 0x0123_89EF)
        for preceding in 0...9 {
            let start = [UInt8](repeating: 0xAA, count: preceding)
            var output = start
            output.append(octets.span, masked: key)
            #expect(output == start + asStated(octets, key))
        }
    }

    @Test("goes on where it was cut", arguments: 0...13)
    func cut(at place: Int) {
        let octets = (0..<13).map { UInt8($0) }
        let key = MaskingKey(rawValue: 0xF00D_CAFE)
        var output: [UInt8] = []
        output.append(octets.span.extracting(..<place), masked: key)
        output.append(octets.span.extracting(place...), masked: key.advanced(by: place))
        #expect(output == asStated(octets, key))
    }

    @Test("without a key is a copy")
    func unmasked() {
        var output: [UInt8] = [9]
        output.append([1, 2, 3].span, masked: nil)
        #expect(output == [9, 1, 2, 3])
    }

    @Test("§5.7 a masked Hello is read")
    func example() {
        let octets: [UInt8] = [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        #expect(frame(.text, "Hello") == octets)
        for pieces in everySplit(of: octets) {
            #expect(Reading(pieces) == Reading([.text("Hello")]))
        }
    }
}
