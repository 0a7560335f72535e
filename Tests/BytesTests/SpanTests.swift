import Bytes
import Testing

@Suite("Octets, eight at a time")
struct SpanTests {
    /// Lengths with and without a rest behind whole words.
    static let lengths = [0, 1, 7, 8, 9, 16, 19]

    // A span cannot stand in an expectation.
    private func hasControl(_ octets: [UInt8]) -> Bool { octets.span.hasControl }

    private func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.span.equals(other.span)
    }

    private func holds(_ octets: [UInt8], _ part: [UInt8], at start: Int) -> Bool {
        octets.span.holds(part, at: start)
    }

    @Test(
        "RFC 5234 appendix B.1: a control character is found wherever it stands", arguments: lengths
    )
    func control(length: Int) {
        for octet in UInt8.min...UInt8.max {
            #expect(
                hasControl([UInt8](repeating: octet, count: length))
                    == (length > 0 && (octet < 0x20 || octet == 0x7F)))
        }
        for place in 0..<length {
            for (octet, isControl) in [(0x1F, true), (0x20, false), (0x7F, true), (0x80, false)] {
                var octets = [UInt8](repeating: 0x61, count: length)
                octets[place] = UInt8(octet)
                #expect(hasControl(octets) == isControl, "\(octet) at \(place)")
            }
        }
    }

    @Test("spans are equal only if all octets are", arguments: lengths)
    func equality(length: Int) {
        let octets = (0..<length).map { UInt8($0) }
        #expect(areEqual(octets, octets))
        #expect(!areEqual(octets, octets + [0]))
        for place in 0..<length {
            var other = octets
            other[place] ^= 1
            #expect(!areEqual(octets, other), "another at \(place)")
        }
    }

    @Test("what is held is looked for at its place, and never past the end")
    func holding() {
        let octets: [UInt8] = Array(0..<20)
        #expect(holds(octets, Array(5..<17), at: 5))
        #expect(!holds(octets, Array(5..<17), at: 6))
        #expect(holds(octets, [], at: 20))
        #expect(!holds(octets, [19, 20], at: 19))
        #expect(!holds(octets, [0], at: -1))
    }
}
