import Foundation
import Testing

import struct JSON.JSONError
import struct JSON.Limits
import enum JSON.Value

/// Foundation's parser, which we did not write, must agree with ours on generated inputs.
@Suite("Held against Foundation")
struct OracleTests {
    @Test("valid texts are read alike", arguments: 0..<8 as Range<UInt64>)
    func valid(_ seed: UInt64) throws {
        var generator = Generator(state: seed)
        for _ in 0..<250 {
            let bytes = generator.document()
            let ours = Tree(try Value.parse(bytes))
            #expect(ours == Self.foundation(bytes), "\(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test("what we write is read alike", arguments: 0..<4 as Range<UInt64>)
    func written(_ seed: UInt64) throws {
        var generator = Generator(state: 1000 + seed)
        for _ in 0..<250 {
            let value = try Value.parse(generator.document())
            #expect(Tree(value) == Self.foundation(value.bytes))
        }
    }

    @Test("damaged texts are refused alike", arguments: 0..<16 as Range<UInt64>)
    func damaged(_ seed: UInt64) {
        var generator = Generator(state: 2000 + seed)
        for _ in 0..<500 {
            let bytes = generator.damaged(generator.document())
            switch Result(catching: { () throws(JSONError) in try Value.parse(bytes) }) {
            case .success(let value):
                // We keep the digits; a number past Double is refused when it is asked for.
                if Tree(value).isFinite {
                    #expect(Tree(value) == Self.foundation(bytes), "\(bytes)")
                }
            case .failure(let error) where Self.isStricter(error, bytes): break
            case .failure(let error):
                let message = "\(error): \(String(decoding: bytes, as: UTF8.self))"
                #expect(Self.foundation(bytes) == nil, "\(message)")
            }
        }
    }

    /// Where we refuse what Foundation takes, by rule: a name twice (RFC 8259 §4), a byte
    /// order mark or UTF-16 (§8.1).
    private static func isStricter(_ error: JSONError, _ bytes: [UInt8]) -> Bool {
        error.kind == .duplicateName || error.kind == .byteOrderMark || bytes.contains(0)
    }

    private static func foundation(_ bytes: [UInt8]) -> Tree? {
        guard
            let object = try? JSONSerialization.jsonObject(
                with: Data(bytes), options: .fragmentsAllowed)
        else { return nil }
        return Tree(object)
    }
}

/// A number; equal to another but for the last bits, which Foundation rounds wrongly at times.
private struct Approximate: Equatable {
    var value: Double

    init(_ value: Double) { self.value = value }

    static func == (one: Approximate, other: Approximate) -> Bool {
        abs(one.value - other.value) <= 8 * one.value.ulp
    }
}

/// What two parsers must agree on: text by its scalars, numbers by their value.
///
/// Foundation gives `true` as a number that is 1; ReaderTests tells them apart.
private indirect enum Tree: Equatable {
    case null
    case number(Approximate)
    case string([Unicode.Scalar])
    case array([Tree])
    case object([[Unicode.Scalar]: Tree])

    init(_ value: Value) {
        switch value {
        case .null: self = .null
        case .bool(let isTrue): self = .number(Approximate(isTrue ? 1 : 0))
        case .number(let text): self = .number(Approximate(Double(text) ?? .nan))
        case .string(let text): self = .string(Array(text.unicodeScalars))
        case .array(let elements): self = .array(elements.map(Tree.init))
        case .object(let members):
            self = .object(
                Dictionary(
                    uniqueKeysWithValues: members.map {
                        (Array($0.name.unicodeScalars), Tree($0.value))
                    }))
        }
    }

    var isFinite: Bool {
        switch self {
        case .null, .string: true
        case .number(let number): number.value.isFinite
        case .array(let elements): elements.allSatisfy(\.isFinite)
        case .object(let members): members.values.allSatisfy(\.isFinite)
        }
    }

    init?(_ object: Any) {
        switch object {
        case is NSNull: self = .null
        case let number as NSNumber: self = .number(Approximate(number.doubleValue))
        case let text as String: self = .string(Array(text.unicodeScalars))
        case let elements as [Any]: self = .array(elements.compactMap(Tree.init))
        case let members as [String: Any]:
            self = .object(
                Dictionary(
                    uniqueKeysWithValues: members.compactMap { name, value in
                        Tree(value).map { (Array(name.unicodeScalars), $0) }
                    }))
        default: return nil
        }
    }
}

/// Generates texts, the same ones for the same seed.
private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {  // splitmix64
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    mutating func document() -> [UInt8] { Array(value(depth: 0).utf8) }

    /// The text with one to three bytes changed, removed, doubled or put in.
    mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...Int.random(in: 0...2, using: &self) {
            let place = Int.random(in: 0...bytes.count, using: &self)
            let byte = Self.alphabet.randomElement(using: &self) ?? 0
            switch Int.random(in: 0..<4, using: &self) {
            case 0 where place < bytes.count: bytes[place] = byte
            case 1 where place < bytes.count: bytes.remove(at: place)
            case 2 where place < bytes.count: bytes.insert(bytes[place], at: place)
            default: bytes.insert(byte, at: place)
            }
        }
        return bytes
    }

    private static let alphabet =
        Array(#"{}[]:,"\ /0123456789.eE+-truefalsnul"#.utf8) + [0x0A, 0x09, 0x1F, 0x80, 0xC3, 0xFF]

    private mutating func value(depth: Int) -> String {
        let space = self.space()
        switch Int.random(in: 0..<(depth < 4 ? 9 : 6), using: &self) {
        case 0:
            return space + (["null", "true", "false"].randomElement(using: &self) ?? "")
                + self.space()
        case 1, 2: return space + number() + self.space()
        case 3...5: return space + string() + self.space()
        case 6: return "[" + list { $0.value(depth: depth + 1) } + "]" + space
        default:
            var names = 0
            return "{"
                + list { generator in
                    names += 1
                    let name = generator.string().dropLast() + "\(names)\""
                    return "\(name)\(generator.space()):" + generator.value(depth: depth + 1)
                } + "}" + space
        }
    }

    private mutating func list(_ item: (inout Generator) -> String) -> String {
        var items: [String] = []
        for _ in 0..<Int.random(in: 0...4, using: &self) { items.append(item(&self)) }
        return items.isEmpty ? space() : items.joined(separator: ",")
    }

    private mutating func space() -> String {
        ["", "", "", " ", "\n", "\t\r\n "].randomElement(using: &self) ?? ""
    }

    private mutating func number() -> String {
        var text = Bool.random(using: &self) ? "" : "-"
        text +=
            "\(UInt64.random(in: 0...(1 << UInt64.random(in: 0..<50, using: &self)), using: &self))"
        if Bool.random(using: &self) { text += ".\(Int.random(in: 0...99_999, using: &self))" }
        if Int.random(in: 0..<3, using: &self) == 0 {
            text += ["e", "E", "e+", "E-"].randomElement(using: &self) ?? "e"
            text += "\(Int.random(in: 0...40, using: &self))"
        }
        return text
    }

    private mutating func string() -> String {
        var text = "\""
        for _ in 0..<Int.random(in: 0...6, using: &self) {
            switch Int.random(in: 0..<8, using: &self) {
            case 0:
                text +=
                    [#"\""#, #"\\"#, #"\/"#, #"\b"#, #"\f"#, #"\n"#, #"\r"#, #"\t"#]
                    .randomElement(using: &self) ?? ""
            case 1: text += escape(UInt32.random(in: 1..<0xD800, using: &self))
            case 2:
                text += escape(UInt32.random(in: 0xD800..<0xDC00, using: &self))
                text += escape(UInt32.random(in: 0xDC00..<0xE000, using: &self))
            case 3:
                text.unicodeScalars.append(
                    Unicode.Scalar(UInt32.random(in: 0xA0..<0xD800, using: &self)) ?? "é")
            case 4:
                text +=
                    ["é", "e\u{301}", "😀", "\u{212A}", "\u{10FFFF}"]
                    .randomElement(using: &self) ?? ""
            default: text += ["a", "key", " ", "{[,:]}", "0"].randomElement(using: &self) ?? ""
            }
        }
        return text + "\""
    }

    private func escape(_ unit: UInt32) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
