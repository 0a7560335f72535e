import Settings
import Testing

@Suite("campanad audit")
struct AuditRequestTests {
    @Test("verifies files, oldest first")
    func files() throws {
        #expect(try AuditRequest.parse(["verify", "b", "a"])?.files == ["b", "a"])
        #expect(try AuditRequest.parse(["verify", "--", "-a"])?.files == ["-a"])
    }

    @Test("says how it is used", arguments: [[], ["--help"], ["verify", "-h"]])
    func help(_ arguments: [String]) throws {
        #expect(try AuditRequest.parse(arguments) == nil)
    }

    @Test(
        "refuses what it cannot take",
        arguments: [["verify"], ["prove", "a"], ["verify", "--deep", "a"], ["verify", "--"]])
    func faults(_ arguments: [String]) {
        #expect(throws: SettingsError.self) { try AuditRequest.parse(arguments) }
    }
}
