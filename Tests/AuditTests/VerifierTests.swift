import Audit
import Bytes
import Crypto
import Log
import Testing

@Suite("An audit log is verified")
struct VerifierTests {
    @Test("a line is the JSON that the documentation shows, and its hash can be made elsewhere")
    func form() {
        var chain = Chain(after: .start, digest: digest)
        var made = entry(1)
        made.entity = "x"
        made.who = "a\"b\n"
        let line = String(decoding: chain.line(made), as: UTF8.self)
        let content =
            #"{"n":1,"at":"2026-01-15T10:00:00.123Z","who":"a\"b\n","from":"127.0.0.1:5000","#
            + #""did":"POST /tasks","on":"/tasks","entity":"x","outcome":"201","ms":3,"prev":""#
            + Link.start.hash + "\""
        #expect(line.hasPrefix(content + #","hash":""#))
        var hash: [UInt8] = []
        hash.append(hex: SHA256.hash(Array((content + "}").utf8)))
        #expect(line.hasSuffix(",\"hash\":\"\(String(decoding: hash, as: UTF8.self))\"}"))
    }

    @Test("a proxy that stands between is named behind whom it stands for, and only then")
    func via() {
        var chain = Chain(after: .start, digest: digest)
        var made = entry(1)
        made.via = "10.0.0.1:1\"\n"
        let line = String(decoding: chain.line(made), as: UTF8.self)
        #expect(line.contains(#""from":"127.0.0.1:5000","via":"10.0.0.1:1\"\n","did":"#))
        #expect(!String(decoding: chain.line(entry(2)), as: UTF8.self).contains("via"))
    }

    @Test("a whole chain is whole, however it is split")
    func whole() {
        let log = file(lines(5))
        #expect(verify(log).lineCount == 5)
        for size in [1, 7, 100] {
            let result = verify([log]) { bytes in
                stride(from: 0, to: bytes.count, by: size).map {
                    Array(bytes[$0..<min($0 + size, bytes.count)])
                }
            }
            #expect(result.lineCount == 5)
        }
    }

    @Test("nothing, and a file of nothing, are whole")
    func empty() {
        #expect(verify().lineCount == 0)
        #expect(verify([]).lineCount == 0)
    }

    /// What is done to lines 1 to 6, and the first line that is then broken.
    struct Tampering: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var line: Int
        var reason: Verifier.Reason
        var change: @Sendable (inout [[UInt8]]) -> Void

        init(
            _ what: String, _ line: Int, _ reason: Verifier.Reason,
            _ change: @escaping @Sendable (inout [[UInt8]]) -> Void
        ) {
            testDescription = what
            self.line = line
            self.reason = reason
            self.change = change
        }
    }

    static let tamperings = [
        Tampering("a letter is changed", 3, .changed) { $0[2][30] ^= 1 },
        Tampering("a hash is changed", 3, .changed) { lines in
            let place = lines[2].count - 5
            lines[2][place] = lines[2][place] == 0x61 ? 0x62 : 0x61
        },
        Tampering("the last line is changed", 6, .changed) { $0[5][30] ^= 1 },
        Tampering("the first line is changed", 1, .changed) { $0[0][30] ^= 1 },
        Tampering("a line is cut", 3, .changed) { $0[2].removeLast(40) },
        Tampering("a line is emptied", 3, .changed) { $0[2] = [] },
        Tampering("a line is removed", 3, .removed) { $0.remove(at: 2) },
        Tampering("lines are removed", 3, .removed) { $0.removeSubrange(2...3) },
        Tampering("the first line is removed", 1, .beheaded) { $0.removeFirst() },
        Tampering("text is inserted", 4, .inserted) { $0.insert(Array("{}".utf8), at: 3) },
        Tampering("an empty line is inserted", 4, .inserted) { $0.insert([], at: 3) },
        Tampering("a line stands twice", 4, .inserted) { $0.insert($0[2], at: 3) },
        Tampering("an old line stands again", 6, .inserted) { $0.insert($0[1], at: 5) },
        Tampering("a line of another chain is inserted, and fits", 5, .inserted) { lines in
            guard let before = Line(lines[2], digest: digest) else { return }
            var chain = Chain(after: before.link, digest: digest)
            lines.insert(chain.line(entry(99)), at: 3)
        },
        Tampering("neighbours have changed places", 3, .reordered) { $0.swapAt(2, 3) },
        Tampering("a line stands at the end", 2, .reordered) { lines in
            lines.append(lines.remove(at: 1))
        },
        Tampering("a line is replaced by one with a hash of its own", 4, .unlinked) { lines in
            guard let before = Line(lines[1], digest: digest) else { return }
            var chain = Chain(after: before.link, digest: digest)
            lines[2] = chain.line(entry(99))
        },
        Tampering("another chain follows", 7, .inserted) { $0 += lines(2) },
    ]

    @Test("the first broken line is named, and how", arguments: tamperings)
    func tampering(_ tampering: Tampering) {
        var changed = lines(6)
        tampering.change(&changed)
        let fault = verify(file(changed)).fault
        #expect(fault == Verifier.Fault(file: 0, line: tampering.line, reason: tampering.reason))
    }

    @Test("each letter of a line counts")
    func everyByte() {
        let whole = lines(3)
        for place in whole[1].indices {
            var changed = whole
            changed[1][place] ^= 1
            #expect(verify(file(changed)).fault != nil, "byte \(place)")
        }
    }

    @Test("what was cut off the end is found out only by who kept a hash")
    func cutEnd() {
        let whole = lines(6)
        #expect(verify(file(Array(whole[..<4]))).lineCount == 4)
    }

    @Test("a chain goes on from file to file, and may be read from its middle")
    func files() throws {
        let one = lines(3)
        let last = try #require(Line(one[2], digest: digest)).link
        let two = lines(3, after: last)
        #expect(verify(file(one), file(two)).lineCount == 6)
        #expect(verify(file(two)).lineCount == 3)
        #expect(
            verify(file(two), file(one)).fault
                == Verifier.Fault(file: 1, line: 1, reason: .newChain))
        #expect(
            verify(file(one), file(lines(2))).fault
                == Verifier.Fault(file: 1, line: 1, reason: .newChain))
        #expect(
            verify(file(Array(one.dropLast())), file(two)).fault
                == Verifier.Fault(file: 1, line: 1, reason: .removed))
        #expect(
            verify(file(one), file(Array(two.dropFirst()))).fault
                == Verifier.Fault(file: 1, line: 1, reason: .beheaded))
    }

    @Test("a last line that is not whole is said to be torn")
    func torn() {
        let whole = file(lines(3))
        for missing in [2, 30, 200] {
            let fault = verify(Array(whole.dropLast(missing))).fault
            #expect(fault == Verifier.Fault(file: 0, line: 3, reason: .torn))
        }
        #expect(verify(Array(whole.dropLast())).lineCount == 3, "it lacks only its line feed")
    }

    @Test("a line that never ends is not kept in memory")
    func endless() {
        let fault = verify([[UInt8](repeating: 0x61, count: (1 << 20) + 1)]) { [$0] }.fault
        #expect(fault?.reason == .tooLong)
    }
}
