import Audit
import Log
import Testing

@Suite("An audit log goes on from whatever was written")
struct AppenderTests {
    static func recovered(_ file: [UInt8]) throws -> Appender {
        let recovery = try #require(Recovery(tail: file, isAll: true, digest: digest))
        return Appender(after: recovery, digest: digest)
    }

    @Test("a file that is cut off anywhere is gone on with, marked, and whole again")
    func cutAnywhere() throws {
        let whole = file(lines(3))
        for count in 0...whole.count {
            var log = Array(whole[..<count])
            var appender = try Self.recovered(log)
            let output = appender.lines(of: [opening, entry(7)])
            #expect(appender.wrote(output.count) == 2)
            log += output
            #expect(verify(log).fault == nil, "cut off at \(count)")
        }
    }

    @Test("a disk that takes only a part, again and again, leaves a chain that is whole")
    func partialWrites() throws {
        let size = file(lines(3)).count
        for first in stride(from: 0, through: size, by: 11) {
            for second in [0, 1, 2, 50, 500] {
                var log = file(lines(2))
                var appender = try Self.recovered(log)
                var written = 2
                for count in [first, second, Int.max] {
                    let output = appender.lines(of: [entry(1), entry(2), entry(3)])
                    let part = output.prefix(count)
                    written += appender.wrote(part.count)
                    log += part
                }
                #expect(verify(log).lineCount == written, "\(first) bytes, then \(second)")
            }
        }
    }

    @Test("what is torn at the end of a file is marked in the next")
    func tornBeforeRotation() throws {
        let length = file(lines(2)).count
        for counts in [[0], [1], [100], [length], [100, 0], [100, 1], [100, 50]] {
            var one = file(lines(2))
            var appender = try Self.recovered(one)
            for count in counts {
                let output = appender.lines(of: [entry(1)])
                let part = output.prefix(count)
                _ = appender.wrote(part.count)
                one += part
            }
            appender.beginFile()
            let two = appender.lines(of: [opening, entry(2)])
            #expect(appender.wrote(two.count) == 2)
            #expect(verify(one, two).fault == nil, "\(counts)")
        }
    }

    @Test("the chain goes on where it was: numbers have no gap")
    func numbers() throws {
        let log = file(lines(4))
        let appender = try Self.recovered(log)
        #expect(appender.last.number == 4)
    }

    @Test("a mark must describe what stands there")
    func forgedMark() throws {
        let whole = file(lines(3))
        let cut = Array(whole.dropLast(40))
        var appender = try Self.recovered(cut)
        let mark = appender.lines(of: [opening])
        #expect(verify(cut + mark).fault == nil)
        var changed = cut
        changed[cut.count - 10] ^= 1
        #expect(
            verify(changed + mark).fault == Verifier.Fault(file: 0, line: 3, reason: .inserted))
        let removed = file(lines(2)) + mark.dropFirst()
        #expect(verify(removed).fault == Verifier.Fault(file: 0, line: 3, reason: .removed))
    }

    @Test("the end of a long file is enough, and a file of something else is refused")
    func tails() throws {
        let whole = file(lines(50))
        let tail = Array(whole.suffix(2000))
        #expect(Recovery(tail: tail, isAll: false, digest: digest)?.last.number == 50)
        #expect(Recovery(tail: Array("hola\n".utf8), isAll: true, digest: digest) == nil)
        #expect(Recovery(tail: Array("{\"n\":".utf8), isAll: false, digest: digest) == nil)
        #expect(Recovery(tail: [], isAll: true, digest: digest)?.last == .start)
    }
}
