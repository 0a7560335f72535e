import Foundation
import FuzzTargets
import Testing

/// What the fuzzers kept is fed to their functions by every test run.
@Suite("The fuzzers' corpora")
struct CorpusTests {
    @Test("hold every promise", arguments: FuzzTarget.all.map(\.name))
    func replay(_ name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let files = try FileManager.default.contentsOfDirectory(
            at: corpus.appending(path: name), includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files {
            let input = [UInt8](try Data(contentsOf: file))
            #expect(throws: Never.self, "\(file.lastPathComponent)") { try target.run(input) }
        }
    }

    @Test("are there for each target, and for nothing else")
    func names() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: corpus.path)
        #expect(Set(names) == Set(FuzzTarget.all.map(\.name)))
        #expect(Set(names).count == FuzzTarget.all.count)
    }

    @Test("the empty input breaks nothing", arguments: FuzzTarget.all.map(\.name))
    func empty(_ name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        #expect(throws: Never.self) { try target.run([]) }
    }

    private var corpus: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fuzz/corpus")
    }
}
