/// Ways to cut `input`: byte by byte, once, and twice, at places that the bytes decide.
///
/// The places are the same each time for the same input, so that a finding can be repeated.
func splits(of input: [UInt8]) -> [[Range<Int>]] {
    guard input.count > 1 else { return [] }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325  // FNV-1a
    for byte in input { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let first = Int(hash >> 32) % input.count
    let second = first + Int(hash & 0xFFFF_FFFF) % (input.count - first)
    return [
        input.indices.map { $0..<$0 + 1 },
        [0..<first, first..<input.count],
        [0..<first, first..<second, second..<input.count],
    ]
}

/// Gives `input` to a machine whole and in pieces, and holds the answers to be the same.
///
/// - Parameters:
///   - input: All of it.
///   - promise: What is promised, for the finding.
///   - answer: Feeds a new machine the pieces one after another, and says what came of it.
/// - Returns: The answer.
/// - Throws: Where two ways to cut the input make two answers.
@discardableResult
func sameHoweverCut(
    _ input: [UInt8], _ promise: String, _ answer: ([[UInt8]]) throws(Finding) -> [String]
) throws(Finding) -> [String] {
    let whole = try answer([input])
    for split in splits(of: input) {
        let parts = try answer(split.map { Array(input[$0]) })
        try same(whole, parts, "\(promise), cut at \(split.map(\.upperBound))")
    }
    return whole
}
