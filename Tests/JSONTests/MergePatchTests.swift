import JSON
import Testing

@Suite("RFC 7396 JSON Merge Patch")
struct MergePatchTests {
    struct Row: Sendable, CustomStringConvertible {
        var original: String
        var patch: String
        var result: String

        init(_ original: String, _ patch: String, _ result: String) {
            self.original = original
            self.patch = patch
            self.result = result
        }

        var description: String { "\(original) with \(patch)" }
    }

    @Test(
        "appendix A, and what it leaves out",
        arguments: [
            Row(#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
            Row(#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
            Row(#"{"a":"b"}"#, #"{"a":null}"#, "{}"),
            Row(#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
            Row(#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
            Row(#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
            Row(
                #"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
            Row(#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
            Row(#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
            Row(#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#),
            Row(#"{"a":"foo"}"#, "null", "null"),
            Row(#"{"a":"foo"}"#, #""bar""#, #""bar""#),
            Row(#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
            Row("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
            Row("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
            Row(#"{"a":1,"b":2,"c":3}"#, #"{"b":20}"#, #"{"a":1,"b":20,"c":3}"#),
            Row(#"{"n":1.50}"#, #"{"m":1e3}"#, #"{"n":1.50,"m":1e3}"#),
            Row(#"{"K":1}"#, "{\"\u{212A}\":2}", "{\"K\":1,\"\u{212A}\":2}"),
            Row(#"{"a":[{"x":null}]}"#, #"{"b":[null]}"#, #"{"a":[{"x":null}],"b":[null]}"#),
        ])
    func appendixA(_ row: Row) throws {
        var value = try Value.parse(Array(row.original.utf8))
        value.merge(patch: try Value.parse(Array(row.patch.utf8)))
        #expect(text(value.bytes) == row.result)
    }

    @Test("a patch of many members on an object of many")
    func many() throws {
        let original = (0..<5000).map { Value.Member("k\($0)", .number("0")) }
        let patch = (2500..<7500).map { Value.Member("k\($0)", $0 < 5000 ? .null : .bool(true)) }
        var value = Value.object(original)
        value.merge(patch: .object(patch))
        guard case .object(let members) = value else {
            Issue.record("an object stays one")
            return
        }
        #expect(members.map(\.name) == (Array(0..<2500) + Array(5000..<7500)).map { "k\($0)" })
    }
}
