import Testing

@testable import WebSocket

@Suite("RFC 6455 §8.1 Handling of Errors in UTF-8-Encoded Data")
struct Section08_UTF8 {
    struct Ill: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var octets: [UInt8]
        /// The octet that no continuation can mend.
        var fatal: Int

        init(_ name: String, _ octets: [UInt8], fatal: Int) {
            testDescription = name
            self.octets = octets
            self.fatal = fatal
        }
    }

    static let ill = [
        Ill("a continuation first", [0x80], fatal: 0),
        Ill("no such octet", [0x61, 0xFF], fatal: 1),
        Ill("overlong, 2 octets", [0xC0, 0x80], fatal: 0),
        Ill("overlong, 2 octets, the last", [0xC1, 0xBF], fatal: 0),
        Ill("overlong, 3 octets", [0xE0, 0x9F, 0xBF], fatal: 1),
        Ill("overlong, 4 octets", [0xF0, 0x8F, 0xBF, 0xBF], fatal: 1),
        Ill("the first surrogate", [0xED, 0xA0, 0x80], fatal: 1),
        Ill("past U+10FFFF", [0x61, 0xF4, 0x90, 0x80, 0x80], fatal: 2),
        Ill("5 octets", [0xF8, 0x88, 0x80, 0x80, 0x80], fatal: 0),
        Ill("cut short by another character", [0xE2, 0x82, 0x41], fatal: 2),
        Ill("cut short after 1 of 4", [0xF0, 0x41], fatal: 1),
        Ill("far in", Array("κόσμε".utf8) + [0xED, 0xA0, 0x80], fatal: 11),
    ]

    @Test("fails with the very octet, in the middle of a frame", arguments: ill)
    func failsFast(_ row: Ill) {
        let octets = frame(.text, row.octets + Array("edited".utf8))
        let headerBytes = 6
        #expect(Reading(octets.map { [$0] }).piecesRead == headerBytes + row.fatal + 1)
        for pieces in everySplit(of: octets) {
            #expect(Reading(pieces) == Reading([], .invalidUTF8))
        }
    }

    @Test("fails with the very fragment", arguments: ill)
    func failsInFragment(_ row: Ill) {
        let frames = (row.octets + [0x41]).enumerated().map { index, octet in
            frame(index == 0 ? .text : .continuation, [octet], isFinal: false)
        }
        #expect(Reading(frames).piecesRead == row.fatal + 1)
    }

    @Test(
        "a text that ends within a character",
        arguments: [[0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x90]])
    func truncated(_ octets: [UInt8]) {
        #expect(Reading([frame(.text, octets)]) == Reading([], .invalidUTF8))
        #expect(
            Reading([frame(.text, octets, isFinal: false)]) == Reading([]), "it may go on")
        #expect(Reading([frame(.binary, octets)]) == Reading([.binary(octets)]))
    }

    @Test(
        "well-formed text at every cut",
        arguments: [
            "", "a", "Hello", "κόσμε", "\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}",
            "\u{D7FF}\u{E000}", "𝄞𝄞", "añ€🐦",
        ])
    func wellFormed(_ text: String) {
        for pieces in everySplit(of: frame(.text, text)) {
            #expect(Reading(pieces) == Reading([.text(text)]))
        }
    }

    /// Each octet at which RFC 3629 §4 draws a line, and its neighbour.
    private static let telling: [UInt8] = [
        0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC,
        0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
    ]

    @Test("agrees with the standard library, whole and octet by octet", arguments: telling)
    func oracle(_ first: UInt8) {
        for second in Self.telling {
            for third in Self.telling {
                for fourth in Self.telling where first >= 0xF0 || fourth < 0x80 {
                    let octets = [first, second, third, fourth]
                    let isText = String(validating: octets, as: UTF8.self) != nil
                    #expect(accepts([octets]) == isText, "\(octets)")
                    #expect(accepts(octets.map { [$0] }) == isText, "\(octets), cut")
                }
            }
        }
    }

    private func accepts(_ pieces: [[UInt8]]) -> Bool {
        var stream = UTF8Stream()
        return pieces.allSatisfy { stream.accept($0.span) } && stream.isComplete
    }
}
