import Foundation
import Log
import Synchronization
import Telemetry
import Testing

@Suite("A log line")
struct LogLineTests {
    let time = Timestamp(milliseconds: 1_768_471_200_123)

    @Test("for people")
    func human() {
        let line = LogFormat.human.line(
            at: time, .notice, "session closed",
            ["session": "s-7", "code": 4508, "queued_bytes": 1_048_576, "clean": false])
        #expect(
            text(line)
                == #"2026-01-15T10:00:00.123Z notice session closed session="s-7" code=4508 "#
                + "queued_bytes=1048576 clean=false\n")
    }

    @Test("as JSON")
    func json() {
        let line = LogFormat.json.line(
            at: time, .error, "commit failed",
            ["reason": "disk full", "wait_ms": .milliseconds(.seconds(2))])
        #expect(
            text(line)
                == #"{"time":"2026-01-15T10:00:00.123Z","level":"error","event":"commit failed","#
                + #""reason":"disk full","wait_ms":2000}"# + "\n")
    }

    @Test(
        "no value can begin a line of its own or speak to a terminal",
        arguments: [
            "\n", "\r", "\u{1B}[2J", "\u{0}", "\u{7F}", "\u{9B}2J", "\u{2028}", "\"", "\\",
        ],
        [LogFormat.human, .json])
    func injection(_ text: String, _ format: LogFormat) {
        let line = format.line(at: time, .info, "peer spoke", ["said": LogValue("a\(text)b")])
        #expect(line.dropLast().allSatisfy { (0x20..<0x7F).contains($0) })
        #expect(line.last == UInt8(ascii: "\n"))
    }

    @Test(
        "JSON can be read again", arguments: ["", "ñandú 🔔", "\"\\\u{1}\u{1F}\u{7F}\u{85}\u{2029}"])
    func roundTrip(_ said: String) throws {
        let line = LogFormat.json.line(at: time, .info, "peer spoke", ["said": LogValue(said)])
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
        #expect(object["said"] as? String == said)
    }

    @Test("a number is clamped to 64 signed bits")
    func clamped() {
        #expect(LogValue(UInt64.max) == .integer(.max))
        #expect(LogValue(-1) == .integer(-1))
        #expect(LogValue.milliseconds(.microseconds(2999)) == .integer(2))
    }

    private func text(_ line: [UInt8]) -> String { String(decoding: line, as: UTF8.self) }
}

@Suite("The logger")
struct LoggerTests {
    @Test("writes what is at or above its level", arguments: LogLevel.allCases)
    func levels(_ level: LogLevel) {
        let sink = MemorySink()
        let log = logger(level, to: sink)
        for other in LogLevel.allCases { log(other, "something happened") }
        #expect(sink.lines.count == LogLevel.allCases.count { $0 >= level })
    }

    @Test("evaluates no field of a line that is not written")
    func lazy() {
        let sink = MemorySink()
        let log = logger(.warning, to: sink)
        var evaluations = 0
        func count() -> LogValue {
            evaluations += 1
            return 0
        }
        log(.debug, "not written", ["value": count()])
        log(.error, "written", ["value": count()])
        #expect(evaluations == 1)
        #expect(sink.lines.count == 1)
    }

    private func logger(_ level: LogLevel, to sink: MemorySink) -> Logger {
        Logger(level: level, format: .json, clock: { Timestamp(milliseconds: 0) }, sink: sink)
    }
}

/// Keeps lines, for tests to look at.
private final class MemorySink: LogSink {
    private let kept = Mutex<[[UInt8]]>([])

    var lines: [[UInt8]] { kept.withLock { $0 } }

    func write(_ line: [UInt8]) { kept.withLock { $0.append(line) } }
}
