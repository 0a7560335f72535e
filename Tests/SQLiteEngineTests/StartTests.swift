import EngineConformance
import Foundation
import Log
import SQLite
import Testing

@testable import SQLiteEngine

@Suite("What the engine refuses to start on")
struct StartTests {
    private func failure(_ path: String) -> StartError? {
        do throws(StartError) {
            try EmbeddedEngine(
                path: path, clock: { Timestamp(milliseconds: 0) },
                generator: SystemRandomNumberGenerator(), observer: { _ in }
            ).stop()
            return nil
        } catch {
            return error
        }
    }

    /// A stopped engine's directory, and what it says when its database has become `contents`.
    private func failure(contents: Data) throws -> (StartError?, path: String) {
        let fixture = try DirectoryFixture()
        fixture.sqlite.stop()
        let path = fixture.path + "/campana.db"
        try contents.write(to: URL(fileURLWithPath: path))
        let failure = failure(fixture.path)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == contents, "overwritten")
        return (failure, path)
    }

    @Test("a directory in use, with the process that uses it")
    func locked() throws {
        let fixture = try DirectoryFixture()
        #expect(failure(fixture.path) == .locked(path: fixture.path, process: getpid()))
        #expect(try fixture.engine.publish("a")[0].seq == 1)
    }

    @Test("a file that is no database")
    func noDatabase() throws {
        let (failure, path) = try failure(contents: Data("no database, but long enough\n".utf8))
        #expect(failure == .notADatabase(path: path))
    }

    @Test("a database that is cut off in the middle")
    func cutOff() throws {
        let fixture = try DirectoryFixture()
        try fixture.engine.publish("a", count: 10)
        fixture.sqlite.stop()
        let whole = try Data(contentsOf: URL(fileURLWithPath: fixture.path + "/campana.db"))
        let (failure, path) = try failure(contents: whole.prefix(6000))
        guard case .corrupt(path, _) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
    }

    @Test("another program's database")
    func foreign() throws {
        let fixture = try DirectoryFixture()
        let path = fixture.scratch + "/other/campana.db"
        try FileManager.default.createDirectory(
            atPath: fixture.scratch + "/other", withIntermediateDirectories: true)
        try Database(path: path).execute("CREATE TABLE t (x)")
        #expect(failure(fixture.scratch + "/other") == .foreignDatabase(path: path))
    }

    @Test("a schema of a newer version")
    func newer() throws {
        let fixture = try DirectoryFixture()
        fixture.sqlite.stop()
        let path = fixture.path + "/campana.db"
        try Database(path: path).execute("PRAGMA user_version = 99")
        let failure = failure(fixture.path)
        #expect(failure == .newerSchema(path: path, found: 99, known: Schema.version))
        #expect(try Database(path: path).integer("PRAGMA user_version") == 99)
    }

    @Test("a directory that cannot be, and a mark that is none")
    func unusable() throws {
        let fixture = try DirectoryFixture()
        fixture.sqlite.stop()
        let below = fixture.path + "/campana.db/data"
        guard case .directoryUnusable(below, _) = failure(below) else {
            Issue.record("\(String(describing: failure(below)))")
            return
        }
        let mark = fixture.path + "/campana.mark"
        try Data("scribble".utf8).write(to: URL(fileURLWithPath: mark))
        guard case .corrupt(mark, _) = failure(fixture.path) else {
            Issue.record("\(String(describing: failure(fixture.path)))")
            return
        }
    }

    @Test(
        "every message names the place and what to do",
        arguments: [
            StartError.directoryUnusable(path: "/p", reason: "r"),
            .notWritable(path: "/p", reason: "r"), .locked(path: "/p", process: 7),
            .locked(path: "/p", process: nil), .notADatabase(path: "/p"),
            .foreignDatabase(path: "/p"), .newerSchema(path: "/p", found: 3, known: 1),
            .corrupt(path: "/p", reason: "r"), .full(path: "/p"),
        ])
    func message(_ error: StartError) {
        #expect(error.message.hasPrefix("/p: "))
        #expect(error.message.contains(";"))
    }
}
