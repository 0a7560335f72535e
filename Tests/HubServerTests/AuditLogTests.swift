import Audit
import Foundation
import Log
import Reactor
import Settings
import Telemetry
import Testing

@testable import HubServer

/// With a real file and the thread that writes it: what the sanitizers are to see.
@Suite("The audit log, its thread and its file")
struct AuditLogTests {
    private struct NoLog: LogSink {
        func write(_ line: [UInt8]) {}
    }

    /// A directory that goes with the test.
    private final class Directory {
        let path = NSTemporaryDirectory() + "campana-audit-" + UUID().uuidString
        var file: String { path + "/audit.jsonl" }

        init() throws {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func lines(_ file: String) throws -> [Substring] {
            try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        }
    }

    private func open(_ directory: Directory, _ metrics: HubMetrics = HubMetrics()) throws
        -> AuditLog
    {
        var settings = HubSettings()
        settings.audit = directory.file
        let log = Logger(
            level: .debug, format: .json, clock: { Timestamp(milliseconds: 0) }, sink: NoLog())
        return try #require(
            try AuditLog.open(
                settings, version: "1", clock: { Timestamp(milliseconds: 5) }, log: log,
                metrics: metrics))
    }

    private func entry(_ who: String, _ number: Int) -> Entry {
        Entry(
            at: Timestamp(milliseconds: Int64(number)), who: who, from: "127.0.0.1:1",
            did: "POST /tasks", on: "/tasks/\(number)", outcome: "201")
    }

    @Test("from several threads, while files are begun anew: every entry has its line in one chain")
    func threads() throws {
        let (directory, metrics) = (try Directory(), HubMetrics())
        let log = try open(directory, metrics)
        let (writers, count) = (4, 500)
        let threads = try (0..<writers).map { writer in
            try Reactor.Thread.start(name: "writer") {
                for number in 0..<count { log.post(entry("w\(writer)", number)) }
            }
        }
        var files: [String] = []
        for number in 0..<3 {
            files.append(directory.file + ".\(number)")
            try FileManager.default.moveItem(atPath: directory.file, toPath: files[number])
            log.reopen()
            // The new file is there once the thread has come so far.
            while !FileManager.default.fileExists(atPath: directory.file) { sched_yield() }
        }
        for thread in threads { thread.join() }
        log.close()
        files.append(directory.file)
        let said = try AuditVerification.run(files)
        let lines = try files.flatMap(directory.lines)
        #expect(said.hasPrefix("\(lines.count) lines, 1 to \(lines.count), are whole\n"))
        for writer in 0..<writers {
            let own = lines.filter { $0.contains(#""who":"w\#(writer)""#) }
            #expect(own.count == count)
            for (number, line) in own.enumerated() {  // in the order in which they were posted
                #expect(line.contains(#""on":"/tasks/\#(number)""#))
            }
        }
        #expect(metrics.auditLines.value == UInt64(lines.count))
        #expect(metrics.auditLost.value == 0)
        #expect(lines.filter { $0.contains(#""did":"open""#) }.count == 4)
        #expect(lines.last?.contains(#""did":"close""#) == true)
    }

    @Test("the next run goes on with the chain, and nobody else writes to the file meanwhile")
    func runs() throws {
        let directory = try Directory()
        for run in 0..<3 {
            let log = try open(directory)
            #expect(throws: StartFault.self) { try open(directory) }
            log.post(entry("w", run))
            #expect(!log.refusesWrites)
            log.close()
            log.post(entry("late", run))
        }
        #expect(try AuditVerification.run([directory.file]).hasPrefix("9 lines, 1 to 9, are whole"))
        let mode = try FileManager.default.attributesOfItem(atPath: directory.file)[
            .posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    @Test("a reopen without a move changes nothing; what cannot be opened is a fault at the start")
    func unmoved() throws {
        let directory = try Directory()
        let log = try open(directory)
        log.reopen()
        log.post(entry("w", 1))
        log.close()
        #expect(try directory.lines(directory.file).count == 3)
        var settings = HubSettings()
        settings.audit = directory.path
        let none = Logger(
            level: .debug, format: .json, clock: { Timestamp(milliseconds: 0) }, sink: NoLog())
        #expect(throws: StartFault.self) {
            try AuditLog.open(
                settings, version: "1", clock: { Timestamp(milliseconds: 5) }, log: none,
                metrics: HubMetrics())
        }
    }
}
