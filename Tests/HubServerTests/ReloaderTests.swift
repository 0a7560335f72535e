import Log
import Reactor
import Telemetry
import Testing

@testable import HubServer

@Suite("Files that are read again come into use together, or not at all")
struct ReloaderTests {
    private final class Lines: LogSink {
        let texts = Locked<[String]>([])
        func write(_ line: [UInt8]) { append(String(decoding: line, as: UTF8.self)) }
        func append(_ text: String) { texts.withLock { $0.append(text) } }
    }

    /// What a reload of files uses, and what it logs; those whose name has a `!` have a fault.
    private func reload(_ names: [String]) -> (used: [String], log: [String]) {
        let (used, lines) = (Lines(), Lines())
        let log = Logger(
            level: .info, format: .json, clock: { Timestamp(milliseconds: 0) }, sink: lines)
        let sources = names.map { name in
            Reloader.Source(name: name) { () throws(StartFault) in
                if name.contains("!") { throw StartFault("\(name) is bad") }
                return Reloader.Fresh("2") { used.append(name) }
            }
        }
        Reloader.reload(sources, log)
        return (used.texts.withLock { $0 }, lines.texts.withLock { $0 })
    }

    @Test("all are read, and then all are used")
    func all() {
        let (used, log) = reload(["rules", "tokens"])
        #expect(used == ["rules", "tokens"])
        #expect(log.count == 1)
        #expect(log[0].contains(#""what":"rules: 2; tokens: 2""#))
    }

    @Test("a fault in one, wherever it stands, and none is used", arguments: 0..<3)
    func fault(at place: Int) {
        var names = ["rules", "tokens", "sources"]
        names[place] += "!"
        let (used, log) = reload(names)
        #expect(used.isEmpty)
        #expect(log.count == 1)
        #expect(log[0].contains(#""level":"error""#))
        #expect(log[0].contains("\(names[place]) is bad"))
    }

    @Test("every fault is told, and not the first alone")
    func faults() {
        let (used, log) = reload(["rules!", "tokens", "sources!"])
        #expect(used.isEmpty)
        #expect(log.count == 2)
    }
}
