import EngineConformance
import Foundation
import Log

@testable import SQLiteEngine

/// An engine in a directory of its own, which goes with the fixture.
final class DirectoryFixture: EngineFixture {
    let clock = TestClock()
    let observed = Observed()
    var options: EngineOptions
    private(set) var sqlite: EmbeddedEngine
    private(set) var path: String
    private let root: String
    private var copies = 0

    var engine: any Engine { sqlite }

    init(options: EngineOptions = EngineOptions()) throws {
        root = NSTemporaryDirectory() + "campana-engine-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: root, withIntermediateDirectories: true)
        path = root + "/data"
        self.options = options
        sqlite = try Self.start(path, options, clock, observed)
    }

    deinit {
        sqlite.stop()
        try? FileManager.default.removeItem(atPath: root)
    }

    func restart() throws {
        sqlite.stop()
        try start()
    }

    func start() throws { sqlite = try Self.start(path, options, clock, observed) }

    /// What kill -9 leaves: the files as they are now, while the engine has them open.
    func crash() throws {
        let copy = try copyDirectory()
        sqlite.stop()
        path = copy
        try start()
    }

    /// A copy of the directory as it is now.
    func copyDirectory() throws -> String {
        copies += 1
        let copy = root + "/copy-\(copies)"
        try FileManager.default.createDirectory(
            atPath: copy, withIntermediateDirectories: true)
        for name in ["campana.db", "campana.db-wal", "campana.mark"]
        where FileManager.default.fileExists(atPath: path + "/" + name) {
            try FileManager.default.copyItem(atPath: path + "/" + name, toPath: copy + "/" + name)
        }
        return copy
    }

    /// Puts the database of `copy` in the place of the current one, and leaves the mark.
    func restoreDatabase(from copy: String) throws {
        for name in ["campana.db", "campana.db-wal"] {
            try? FileManager.default.removeItem(atPath: path + "/" + name)
            guard FileManager.default.fileExists(atPath: copy + "/" + name) else { continue }
            try FileManager.default.copyItem(atPath: copy + "/" + name, toPath: path + "/" + name)
        }
    }

    /// Where tests put files of their own; it goes with the fixture.
    var scratch: String { root }

    private static func start(
        _ path: String, _ options: EngineOptions, _ clock: TestClock, _ observed: Observed
    ) throws -> EmbeddedEngine {
        try EmbeddedEngine(
            path: path, options: options, clock: { clock.now },
            generator: SystemRandomNumberGenerator(), observer: { observed.take($0) })
    }
}
