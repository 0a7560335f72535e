import Bytes
import HTTP1
import Testing

@Suite("RFC 9112 §5 Field Syntax")
struct Section9112_05_FieldSyntax {
    @Test(
        "a field line",
        arguments: [
            ("X: y", "y"), ("X:y", "y"), ("X:", ""), ("X: ", ""), ("X: \t y \t ", "y"),
            ("X: a b", "a b"), ("X: a\tb", "a\tb"), ("X: a: b", "a: b"), ("x: ñ", "ñ"),
            ("X: \u{7F}", nil), ("X: \u{1}", nil), ("X: a\0", nil), ("X: a\u{B}b", nil),
            ("X : y", nil), ("X\t: y", nil), (": y", nil), ("X", nil), ("X y: z", nil),
            ("X(: y", nil), ("ñ: y", nil), ("\"X\": y", nil), ("X\0: y", nil),
        ] as [(String, String?)])
    func line(_ line: String, _ value: String?) {
        let reading = RequestReading("GET / HTTP/1.1\r\nHost: hub\r\n\(line)\r\n\r\n")
        #expect(reading.requests.first?.head.fields.first("x") == value)
        #expect(reading.violation == (value == nil ? .malformedField : nil))
    }

    @Test("§5.2 a folded line", arguments: ["X: a\r\n b", "X: a\r\n\tb", "X: a\r\n "])
    func folding(_ lines: String) {
        let reading = RequestReading("GET / HTTP/1.1\r\nHost: hub\r\n\(lines)\r\n\r\n")
        #expect(reading.violation == .obsoleteFolding)
    }

    @Test("RFC 9110 §5.1 names in any case; §5.3 lines of one name in their order")
    func names() throws {
        let head = try #require(
            RequestReading("GET / HTTP/1.1\r\nHost: hub\r\nX-a: 1\r\nB: 2\r\nx-A: 3\r\n\r\n")
                .requests.first?.head)
        let fields = head.fields
        #expect(fields.values("X-A") == ["1", "3"])
        #expect(fields["x-a"] == "1, 3")
        #expect(fields["y"] == nil)
        #expect(fields.first("b") == "2")
        #expect(fields.contains("HOST") && !fields.contains("Hos"))
        #expect(fields.map { "\($0.name)=\($0.value)" } == ["Host=hub", "X-a=1", "B=2", "x-A=3"])
        #expect(fields.count == 4 && !fields.isEmpty)
        #expect(fields == ["host": "hub", "x-a": "1", "b": "2", "X-A": "3"])
        #expect(fields != ["host": "hub", "x-a": "3", "b": "2", "X-A": "1"])
    }

    @Test(
        "RFC 9110 §5.6.1 lists",
        arguments: [
            ("a", ["a"]), ("a,b", ["a", "b"]), (" a , b ", ["a", "b"]), (",a,,b,", ["a", "b"]),
            ("", []), (", ,", []), ("\"a,b\",c", ["\"a,b\"", "c"]),
            ("\"a\\\",b\",c", ["\"a\\\",b\"", "c"]), ("\"a,b", ["\"a,b"]), ("\"\\", ["\"\\"]),
        ])
    func lists(_ value: String, _ members: [String]) {
        #expect(Fields(dictionaryLiteral: ("X", value)).members(of: "x") == members)
    }

    @Test("a member may stand on any line, in any case")
    func hasMember() {
        let fields: Fields = ["Connection": "keep-alive", "Connection": "foo, Upgrade"]
        #expect(fields.hasMember("upgrade", in: "connection"))
        #expect(!fields.hasMember("upgr", in: "connection"))
        #expect(fields.members(of: "Connection") == ["keep-alive", "foo", "Upgrade"])
    }

    @Test("RFC 9110 §5.5 a value of ours cannot add a line")
    func injection() {
        var fields = Fields()
        fields.append("Location", "/a\r\nSet-Cookie: b\0")
        #expect(fields.first("location") == "/a  Set-Cookie: b ")
        #expect(Fields.isName("X-A") && !Fields.isName("") && !Fields.isName("X A"))
    }
}
