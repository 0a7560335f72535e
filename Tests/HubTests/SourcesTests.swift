import Testing
import Trust

@testable import Hub

@Suite("The file of services that sign: every fault at its place, and no secret in its words")
struct SourcesTests {
    private static let secret = "0123456789abcdef"
    private static let whsec = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
    private static let base64 = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="

    /// Where the fault of a file is; `nil` where it is taken.
    private func fault(_ file: String) -> String? {
        do {
            _ = try Sources(bytes(file), primitives: .plain)
            return nil
        } catch {
            for secret in [Self.secret, Self.whsec, Self.base64] {
                #expect(!error.detail.contains(secret))
            }
            #expect(!error.detail.isEmpty)
            return error.pointer
        }
    }

    @Test(
        "the file",
        arguments: [
            ("{}", nil), (#"{"sources":[]}"#, nil), ("", ""), ("{", ""), ("[]", ""), ("7", ""),
            (#"{"source":[]}"#, "/source"), (#"{"a/b~c":1}"#, "/a~1b~0c"),
            (#"{"sources":{}}"#, "/sources"), (#"{"sources":null}"#, "/sources"),
            (#"{"sources":[7]}"#, "/sources/0"), (#"{"sources":[{}]}"#, "/sources/0/name"),
            (#"{"sources":[]} x"#, ""),
        ] as [(String, String?)])
    func file(_ text: String, _ pointer: String?) { #expect(fault(text) == pointer) }

    @Test(
        "an entry",
        arguments: [
            (#""name":"a""#, "scheme"), (#""name":"a","scheme":7"#, "scheme"),
            (#""name":"a","scheme":"hmac""#, "scheme"), (#""name":7"#, "name"),
            (#""name":"""#, "name"), (#""name":"a b""#, "name"), (#""name":"a:b""#, "name"),
            (#""name":"*""#, "name"), (#""name":"ñ""#, "name"),
            (#""name":"a","scheme":"bearer","token":[]"#, "token"),
            (#""name":"a","scheme":"standard-webhooks""#, "secrets"),
            (#""name":"a","scheme":"standard-webhooks","secrets":[]"#, "secrets"),
            (#""name":"a","scheme":"standard-webhooks","secrets":"x""#, "secrets"),
            (#""name":"a","scheme":"standard-webhooks","secrets":[7]"#, "secrets/0"),
            (#""name":"a","scheme":"standard-webhooks","secrets":["W","x"]"#, "secrets/1"),
            (
                #""name":"a","scheme":"standard-webhooks","secrets":["W","W","W","W","W"]"#,
                "secrets"
            ),
            (#""name":"a","scheme":"service""#, "tokens"),
            (#""name":"a","scheme":"service","tokens":["S"],"keys":{}"#, "keys"),
            (#""name":"a","scheme":"service","tokens":["S"],"keys":[7]"#, "keys/0"),
            (#""name":"a","scheme":"service","tokens":["S"],"keys":[{}]"#, "keys/0"),
            (#""name":"a","scheme":"service","tokens":["S"],"keys":[{"key":"x"}]"#, "keys/0/key"),
            (
                #""name":"a","scheme":"service","tokens":["S"],"keys":[{"encryption":7}]"#,
                "keys/0/encryption"
            ),
            (
                #""name":"a","scheme":"service","tokens":["S"],"keys":[{"encryption":"B","authentication":"QUFB"}]"#,
                "keys/0"
            ),
            (#""name":"a","scheme":"bearer","tokens":["short"]"#, "tokens/0"),
            (#""name":"a","scheme":"bearer","tokens":["S","S","S","S","S"]"#, "tokens"),
            (#""name":"a","scheme":"hex-hmac","secrets":["S"],"field":7"#, "field"),
            (#""name":"a","scheme":"hex-hmac","secrets":["S"],"field":"a:b""#, "field"),
            (#""name":"a","scheme":"hex-hmac","secrets":["S"],"once":"yes""#, "once"),
            (#""name":"a","scheme":"bearer","tokens":["S"],"group":7"#, "group"),
            (#""name":"a","scheme":"bearer","tokens":["S"],"group":"a b""#, "group"),
            (#""name":"a","scheme":"bearer","tokens":["S"],"group":"$sys:keys""#, "group"),
            (#""name":"a","scheme":"bearer","tokens":["S"],"group":"a:*""#, "group"),
            (#""name":"a","scheme":"bearer","tokens":["S"],"type":"No""#, "type"),
            (#""name":"a","scheme":"bearer","tokens":["S"],"grants":"publish:a""#, "grants"),
            (#""name":"a","scheme":"bearer","tokens":["S"],"grants":["publish:a",7]"#, "grants/1"),
            (#""name":"a","scheme":"bearer","tokens":["S"],"grants":["read:a"]"#, "grants"),
        ])
    func entry(_ members: String, _ place: String) {
        let members = members.replacing(#""S""#, with: #""\#(Self.secret)""#)
            .replacing(#""W""#, with: #""\#(Self.whsec)""#)
            .replacing(#""B""#, with: #""\#(Self.base64)""#)
        let good = #"{"name":"buena","scheme":"bearer","tokens":["\#(Self.secret)"]}"#
        #expect(fault(#"{"sources":[{\#(members)}]}"#) == "/sources/0/\(place)")
        #expect(fault(#"{"sources":[\#(good),{\#(members)}]}"#) == "/sources/1/\(place)")
    }

    @Test("no two of one name, and a thousand at most")
    func several() {
        func file(_ names: [String]) -> String {
            let entries = names.map {
                #"{"name":"\#($0)","scheme":"bearer","tokens":["\#(Self.secret)"]}"#
            }
            return #"{"sources":[\#(entries.joined(separator: ","))]}"#
        }
        #expect(fault(file(["a", "b", "a"])) == "/sources/2/name")
        #expect(fault(file((0..<1000).map { "s\($0)" })) == nil)
        #expect(fault(file((0..<1001).map { "s\($0)" })) == "/sources")
    }

    @Test("what is left out: a group of the source's own, and publish on it")
    func defaults() throws {
        let file =
            #"{"sources":[{"name":"una","scheme":"service","tokens":["\#(Self.secret)"]},"#
            + #"{"name":"otra","scheme":"bearer","tokens":["\#(Self.secret)"],"group":"g","grants":[]}]}"#
        let sources = try Sources(bytes(file), primitives: .plain)
        #expect(sources.count == 2 && !sources.isEmpty && sources["nadie"] == nil)
        let una = try #require(sources["una"])
        #expect(una.group.name == "hooks:una" && una.type == nil)
        #expect(una.grants == (try Grant.parse("publish:hooks:una")))
        #expect(una.principal.name == "source:una")
        let otra = try #require(sources["otra"])
        #expect(otra.group.name == "g" && otra.grants.isEmpty)
        #expect(Sources.none.isEmpty)
    }
}
