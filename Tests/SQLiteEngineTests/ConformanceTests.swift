import EngineConformance
import Testing

@Suite("EmbeddedEngine conforms to Engine")
struct ConformanceTests {
    @Test("every engine", arguments: EngineConformance.checks)
    func check(_ check: ConformanceCheck) throws {
        try check.run(try DirectoryFixture())
    }
}
