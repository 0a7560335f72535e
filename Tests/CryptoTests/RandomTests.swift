import Crypto
import Testing

@Suite("Random bytes")
struct RandomTests {
    @Test("as many as were asked for, and others each time", arguments: [0, 1, 16, 300, 100_000])
    func bytes(count: Int) {
        #expect(Random.bytes(count).count == count)
        if count >= 16 { #expect(Random.bytes(count) != Random.bytes(count)) }
    }

    @Test("a generator does not repeat itself, and uses all bits")
    func generator() {
        var generator = SystemRandom()
        let words = (0..<1000).map { _ in generator.next() }
        #expect(Set(words).count == 1000)
        #expect(words.reduce(0, |) == .max)
        #expect(words.reduce(.max, &) == 0)
    }
}

/// Answers what it was given, one after the other.
struct Script: RandomNumberGenerator {
    var words: ArraySlice<UInt64>

    init(_ words: UInt64...) { self.words = words[...] }

    mutating func next() -> UInt64 { words.popFirst() ?? 0 }
}

@Suite("RFC 9562 Universally Unique Identifiers")
struct UUIDTests {
    @Test("§A.6 the example of version 7")
    func example() {
        var generator = Script(0xCC3, 0x18C4_DC0C_0C07_398F)
        let identifier = UUIDv7(milliseconds: 0x017F_22E2_79B0, using: &generator)
        #expect(identifier.text == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    }

    @Test("§5.7 version and variant stand whatever the random bits are")
    func fixedBits() {
        for word in [0, UInt64.max] {
            var generator = Script(word, word)
            let text = Array(UUIDv7(milliseconds: 0, using: &generator).text)
            #expect(text[14] == "7")
            #expect("89ab".contains(text[19]))
        }
    }

    @Test("§6.2 each sorts after the one before, within a millisecond and after a step back")
    func monotonic() {
        var sequence = UUIDv7Sequence()
        var generator = SystemRandom()
        let clock: [Int64] = [Int64](repeating: 1000, count: 10_000) + [900, 1001, 1002, 5000]
        let texts = clock.map { sequence.next(milliseconds: $0, using: &generator).text }
        #expect(zip(texts, texts.dropFirst()).allSatisfy(<))
    }

    @Test("§6.2 the time of the clock is taken again once it is ahead")
    func catchesUp() {
        var sequence = UUIDv7Sequence()
        var generator = Script()
        _ = sequence.next(milliseconds: 1000, using: &generator)
        let identifier = sequence.next(milliseconds: 0x2000, using: &generator)
        #expect(identifier.text == "00000000-2000-7000-8000-000000000000")
    }
}
