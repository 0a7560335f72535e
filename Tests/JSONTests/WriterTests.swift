import JSON
import Testing

@Suite("Writing")
struct WriterTests {
    @Test("commas and colons come by themselves")
    func structure() throws {
        var json = Writer()
        json.object { json in
            json.member("type", "welcome")
            json.member("clients", 3)
            json.member("load", 0.25)
            json.member("open", true)
            json.member("groups") { json in
                json.array { json in
                    json.string("a")
                    json.int(-1 as Int8)
                    json.array { _ in }
                    json.object { _ in }
                    json.null()
                    json.bool(false)
                }
            }
            json.member("data", raw: Array(#"{"x":1}"#.utf8))
            json.key("max")
            json.int(UInt64.max)
        }
        #expect(
            text(json.bytes)
                == #"{"type":"welcome","clients":3,"load":0.25,"open":true,"#
                + #""groups":["a",-1,[],{},null,false],"data":{"x":1},"max":18446744073709551615}"#)
        #expect(refusals(of: json.bytes) == [nil, nil, nil, nil])
    }

    @Test("a text is written at the end of a buffer, whatever it holds")
    func appending() {
        var buffer = Array("data: {".utf8)
        for number in 0..<2 {
            Writer.append(to: &buffer) { json in json.array { json in json.int(number) } }
            buffer.append(0x0A)
        }
        #expect(text(buffer) == "data: {[0]\n[1]\n")
    }

    @Test("a text that grows by many small pieces")
    func growing() throws {
        var json = Writer(capacity: 0)
        json.array { json in
            for number in 0..<20_000 { json.string("number \(number)") }
        }
        var reader = Reader(json.bytes)
        var count = 0
        try reader.readArray { reader throws(JSONError) in
            let isNext = try reader.readString() == "number \(count)"
            count += isNext ? 1 : 0
        }
        #expect(count == 20_000)
    }

    @Test(
        "RFC 8259 §7: what a string must escape",
        arguments: [
            ("", #""""#), ("plain", #""plain""#), ("a\"b", #""a\"b""#), ("\\", #""\\""#),
            ("/", #""/""#), ("\n\r\t", #""\n\r\t""#), ("\u{0}", #""\u0000""#),
            ("x\u{1F}", #""x\u001f""#), ("\u{8}\u{C}\u{B}", #""\b\f\u000b""#),
            ("\u{7F}\u{2028}é😀", "\"\u{7F}\u{2028}é😀\""), ("\"", #""\"""#),
            (
                "a long text, longer than a small one\n",
                #""a long text, longer than a small one\n""#
            ),
        ])
    func strings(_ string: String, _ expected: String) throws {
        var json = Writer()
        json.string(string)
        #expect(text(json.bytes) == expected)
        var reader = Reader(json.bytes)
        #expect(try reader.readString().utf8.elementsEqual(string.utf8))
    }

    @Test("a name is escaped like any string")
    func names() {
        var json = Writer()
        json.object { json in json.member("a\"\n", 0) }
        #expect(text(json.bytes) == #"{"a\"\n":0}"#)
    }

    @Test(
        "RFC 8259 §6: numbers",
        arguments: [
            (0, "0.0"), (-0.0, "-0.0"), (0.1, "0.1"), (1e21, "1e+21"), (-1.5e-7, "-1.5e-07"),
            (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (.nan, "null"),
            (.infinity, "null"), (-.infinity, "null"),
        ] as [(Double, String)])
    func doubles(_ number: Double, _ expected: String) throws {
        var json = Writer()
        json.double(number)
        #expect(text(json.bytes) == expected)
        var reader = Reader(json.bytes)
        if number.isFinite { #expect(try reader.readDouble().bitPattern == number.bitPattern) }
    }
}
