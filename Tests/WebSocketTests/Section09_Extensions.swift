import Testing

@testable import WebSocket

@Suite("RFC 6455 §9.1 Negotiating Extensions")
struct Section09_Extensions {
    @Test(
        "what conforms to the grammar",
        arguments: [
            ("foo", "foo", []),
            ("foo; bar", "foo", [("bar", nil)]),
            ("foo;bar=1 ; baz = 2", "foo", [("bar", "1"), ("baz", "2")]),
            ("foo; bar=\"10\"", "foo", [("bar", "10")]),
            ("foo; bar=\"1\\0\"", "foo", [("bar", "10")]),
            ("foo; bar; bar", "foo", [("bar", nil), ("bar", nil)]),
        ] as [(String, String, [(String, String?)])])
    func conforming(_ text: String, _ name: String, _ parameters: [(String, String?)]) {
        let read = Extension(text)
        #expect(read?.name == name)
        #expect(read?.parameters.map(\.name) == parameters.map(\.0))
        #expect(read?.parameters.map(\.value) == parameters.map(\.1))
    }

    @Test(
        "what does not",
        arguments: [
            "", ";", "foo;", "foo; ", "foo; =1", "foo; bar=", "foo bar", "foo; bar=1 2", "f@o",
            "foo; bar=\"\"", "foo; bar=\"1 2\"", "foo; bar=\"1", "foo; bar=\"1\\",
            "foo; bar=\"1\"2",
        ])
    func malformed(_ text: String) {
        #expect(Extension(text) == nil)
    }
}
