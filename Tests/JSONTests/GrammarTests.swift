import JSON
import Testing

/// RFC 8259, in the order of the RFC; a case is named for the clause it holds us to.
@Suite("RFC 8259 §2 to §8: what is JSON")
struct GrammarTests {
    @Test(
        "is taken, and rewritten on one line",
        arguments: [
            Acceptance("§2 white space around everything", " \t\r\n[ 1\n,\t2 ]\r\n", "[1,2]"),
            Acceptance("§2 a number alone", "0"),
            Acceptance("§2 a string alone", #""""#),
            Acceptance("§3 true", "true"),
            Acceptance("§3 false", " false ", "false"),
            Acceptance("§3 null", "null"),
            Acceptance("§4 empty object", "{ }", "{}"),
            Acceptance("§4 members", #"{ "a" : 1 , "b" : { } }"#, #"{"a":1,"b":{}}"#),
            Acceptance("§4 the empty name", #"{"":0}"#),
            Acceptance("§4 one name in two objects", #"{"a":{"a":{"a":0}},"b":[{"a":1}]}"#),
            Acceptance("§4 names that differ in case", #"{"a":0,"A":1}"#),
            Acceptance("§4 a name in other escapes", #"{"\u0061\/\n":0}"#),
            Acceptance("§5 empty array", "[\n]", "[]"),
            Acceptance("§5 values of all kinds", #"[null,true,-1.5e+3,"x",[],{}]"#),
            Acceptance("§6 zeros", "[0,-0,0.0,0e0,0E+00,-0.0e-1]"),
            Acceptance("§6 integers", "[1,-1,10,1234567890123456789012345678901234567890]"),
            Acceptance("§6 fractions", "[0.1,-10.001,1.10]"),
            Acceptance("§6 exponents", "[1e1,1E1,1e+1,1e-1,1.5E400]"),
            Acceptance("§7 every short escape", #""\"\\\/\b\f\n\r\t""#),
            Acceptance("§7 \\u in both cases", #""\u00e9\u00E9\u0000\uFFFF""#),
            Acceptance("§7 a pair of surrogates", #""\uD834\uDD1E\udbff\udfff""#),
            Acceptance("§7 DEL needs no escape", "\"\u{7F}\""),
            Acceptance("§7 spaces within a string stay", #""  a  \" : , [ ] { }  ""#),
            Acceptance("§7 line separators need no escape", "\"\u{2028}\u{2029}\""),
            Acceptance("§8.1 UTF-8 of every length", "\"\u{80}\u{7FF}\u{800}\u{FFFD}\u{10FFFF}\""),
            Acceptance("§8.1 a BOM within a string", "\"\u{FEFF}\""),
            Acceptance("§8.3 names alike but for normalisation", "{\"\u{E9}\":0,\"e\u{301}\":1}"),
            Acceptance("§8.3 the Kelvin sign is not K", "{\"K\":0,\"\u{212A}\":1}"),
        ])
    func accepted(_ row: Acceptance) throws {
        let bytes = Array(row.text.utf8)
        #expect(refusals(of: bytes) == [nil, nil, nil, nil])
        #expect(text(try compact(bytes)) == row.compact)
        #expect(try compact(bytes).allSatisfy { $0 >= 0x20 })
        // Rewritten from the tree it reads the same again.
        let tree = try Value.parse(bytes).bytes
        #expect(try Value.parse(tree).bytes == tree)
    }

    @Test("is refused where it goes wrong", arguments: structure + numbers + strings + encoding)
    func refused(_ row: Refusal) {
        #expect(refusals(of: row.bytes) == [row.error, row.error, row.error, row.error])
    }

    static let structure = [
        Refusal("§2 nothing", "", .unexpectedEnd, at: 0),
        Refusal("§2 white space alone", " \n", .unexpectedEnd, at: 2),
        Refusal("§2 form feed is no white space", "\u{0C}1", .unexpectedByte(0x0C), at: 0),
        Refusal("§2 no-break space is none", "[1,\u{A0}2]", .unexpectedByte(0xC2), at: 3, "/1"),
        Refusal("§2 NUL is none", "[1]\u{0}", .trailingBytes, at: 3),
        Refusal("§2 two values", "1 2", .trailingBytes, at: 2),
        Refusal("§2 a comma after the value", "{},", .trailingBytes, at: 2),
        Refusal("§2 a bracket too many", "[]]", .trailingBytes, at: 2),
        Refusal("§2 a comment", "[1,/* 2 */3]", .unexpectedByte(0x2F), at: 3, "/1"),
        Refusal("§3 upper case", "True", .unexpectedByte(0x54), at: 0),
        Refusal("§3 a literal cut short", "[tru]", .unexpectedByte(0x5D), at: 4, "/0"),
        Refusal("§3 a literal at the end", "nul", .unexpectedEnd, at: 3),
        Refusal("§3 a literal too long", "nulll", .trailingBytes, at: 4),
        Refusal("§3 undefined", #"{"a":undefined}"#, .unexpectedByte(0x75), at: 5, "/a"),
        Refusal("§4 no brace at the end", #"{"a":1"#, .unexpectedEnd, at: 6),
        Refusal("§4 only a brace", "{", .unexpectedEnd, at: 1),
        Refusal("§4 a comma and the end", #"{"a":1,"#, .unexpectedEnd, at: 7),
        Refusal("§4 a name and the end", #"{"a""#, .unexpectedEnd, at: 4),
        Refusal("§4 a colon and the end", #"{"a":"#, .unexpectedEnd, at: 5, "/a"),
        Refusal("§4 a trailing comma", #"{"a":1,}"#, .unexpectedByte(0x7D), at: 7),
        Refusal("§4 a leading comma", #"{,"a":1}"#, .unexpectedByte(0x2C), at: 1),
        Refusal("§4 two commas", #"{"a":1,,"b":2}"#, .unexpectedByte(0x2C), at: 7),
        Refusal("§4 no comma", #"{"a":1 "b":2}"#, .unexpectedByte(0x22), at: 7),
        Refusal("§4 no colon", #"{"a" 1}"#, .unexpectedByte(0x31), at: 5),
        Refusal("§4 a comma for a colon", #"{"a",1}"#, .unexpectedByte(0x2C), at: 4),
        Refusal("§4 two colons", #"{"a"::1}"#, .unexpectedByte(0x3A), at: 5, "/a"),
        Refusal("§4 no value", #"{"a":}"#, .unexpectedByte(0x7D), at: 5, "/a"),
        Refusal("§4 a name without quotes", "{a:1}", .unexpectedByte(0x61), at: 1),
        Refusal("§4 a name in other quotes", "{'a':1}", .unexpectedByte(0x27), at: 1),
        Refusal("§4 a number as a name", "{1:1}", .unexpectedByte(0x31), at: 1),
        Refusal("§4 closed by a bracket", #"{"a":1]"#, .unexpectedByte(0x5D), at: 6),
        Refusal("§4 a name twice", #"{"a":1,"b":2,"a":1}"#, .duplicateName, at: 13, "/a"),
        Refusal("§4 twice, by escapes", #"{"a":1,"\u0061":2}"#, .duplicateName, at: 7, "/a"),
        Refusal("§4 twice, escaped first", #"{"\u0061":1,"a":2}"#, .duplicateName, at: 12, "/a"),
        Refusal("§4 twice, both escaped", #"{"\/":1,"\u002F":2}"#, .duplicateName, at: 8, "/~1"),
        Refusal("§4 the empty name twice", #"{"":1,"":2}"#, .duplicateName, at: 6, "/"),
        Refusal("§5 no bracket at the end", "[1", .unexpectedEnd, at: 2),
        Refusal("§5 only a bracket", "[", .unexpectedEnd, at: 1),
        Refusal("§5 a comma and the end", "[1,", .unexpectedEnd, at: 3),
        Refusal("§5 a trailing comma", "[1,]", .unexpectedByte(0x5D), at: 3, "/1"),
        Refusal("§5 a comma alone", "[,]", .unexpectedByte(0x2C), at: 1, "/0"),
        Refusal("§5 two commas", "[1,,2]", .unexpectedByte(0x2C), at: 3, "/1"),
        Refusal("§5 no comma", "[1 2]", .unexpectedByte(0x32), at: 3),
        Refusal("§5 a member in an array", #"["a":1]"#, .unexpectedByte(0x3A), at: 4),
        Refusal("§5 closed by a brace", "[1}", .unexpectedByte(0x7D), at: 2),
    ]

    static let numbers = [
        Refusal("§6 a plus sign", "+1", .unexpectedByte(0x2B), at: 0),
        Refusal("§6 a leading zero", "[01]", .invalidNumber, at: 1, "/0"),
        Refusal("§6 a leading zero, negative", "-01", .invalidNumber, at: 0),
        Refusal("§6 two zeros", "00", .invalidNumber, at: 0),
        Refusal("§6 a minus alone", "-", .unexpectedEnd, at: 1),
        Refusal("§6 a minus and no digit", "[-]", .invalidNumber, at: 2, "/0"),
        Refusal("§6 two minus signs", "--1", .invalidNumber, at: 1),
        Refusal("§6 no digit before the point", "[.5]", .unexpectedByte(0x2E), at: 1, "/0"),
        Refusal("§6 no digit before it, negative", "-.5", .invalidNumber, at: 1),
        Refusal("§6 no digit after the point", "[1.]", .invalidNumber, at: 3, "/0"),
        Refusal("§6 the end after the point", "1.", .unexpectedEnd, at: 2),
        Refusal("§6 two points", "1.2.3", .trailingBytes, at: 3),
        Refusal("§6 no digit in the exponent", "[1e]", .invalidNumber, at: 3, "/0"),
        Refusal("§6 only a sign in the exponent", "[1e+]", .invalidNumber, at: 4, "/0"),
        Refusal("§6 the end in the exponent", "1E-", .unexpectedEnd, at: 3),
        Refusal("§6 a fraction in the exponent", "[1e2.5]", .unexpectedByte(0x2E), at: 4),
        Refusal("§6 hexadecimal", "[0x1F]", .unexpectedByte(0x78), at: 2),
        Refusal("§6 NaN", "[NaN]", .unexpectedByte(0x4E), at: 1, "/0"),
        Refusal("§6 Infinity", "[Infinity]", .unexpectedByte(0x49), at: 1, "/0"),
        Refusal("§6 -Infinity", "[-Infinity]", .invalidNumber, at: 2, "/0"),
        Refusal("§6 a thousands separator", "[1_000]", .unexpectedByte(0x5F), at: 2),
        Refusal("§6 digits of another script", "[\u{0661}]", .unexpectedByte(0xD9), at: 1, "/0"),
    ]

    static let strings = [
        Refusal("§7 no quote at the end", #"["a"#, .unexpectedEnd, at: 3, "/0"),
        Refusal("§7 an escaped quote at the end", #""a\""#, .unexpectedEnd, at: 4),
        Refusal("§7 a backslash at the end", #""a\"#, .unexpectedEnd, at: 3),
        Refusal("§7 other quotes", "'a'", .unexpectedByte(0x27), at: 0),
        Refusal("§7 a line feed", "[\"a\n\"]", .controlCharacter(0x0A), at: 3, "/0"),
        Refusal("§7 a tab", "\"\t\"", .controlCharacter(0x09), at: 1),
        Refusal("§7 a NUL", "\"a\u{0}\"", .controlCharacter(0), at: 2),
        Refusal("§7 0x1F, the last", "\"\u{1F}\"", .controlCharacter(0x1F), at: 1),
        Refusal("§7 a line feed in a name", "{\"a\n\":1}", .controlCharacter(0x0A), at: 3),
        Refusal("§7 an unknown escape", #""\a""#, .invalidEscape, at: 1),
        Refusal("§7 \\x", #"{"a":"\x41"}"#, .invalidEscape, at: 6, "/a"),
        Refusal("§7 an escaped line feed", "\"\\\n\"", .invalidEscape, at: 1),
        Refusal("§7 \\u in upper case", #""\U0041""#, .invalidEscape, at: 1),
        Refusal("§7 three digits", #""\u004""#, .invalidEscape, at: 1),
        Refusal("§7 no hexadecimal digit", #""\u00G0""#, .invalidEscape, at: 1),
        Refusal("§7 digits and the end", #""\u00"#, .unexpectedEnd, at: 5),
        Refusal("§7 a bad escape in a name", #"{"\q":1}"#, .invalidEscape, at: 2),
        Refusal("§8.2 a high half alone", #""\uD834""#, .loneSurrogate, at: 1),
        Refusal("§8.2 a low half alone", #"["x\uDD1E"]"#, .loneSurrogate, at: 3, "/0"),
        Refusal("§8.2 halves in the wrong order", #""\uDD1E\uD834""#, .loneSurrogate, at: 1),
        Refusal("§8.2 two high halves", #""\uD834\uD834""#, .loneSurrogate, at: 1),
        Refusal("§8.2 a half, then a letter", #""\uD834\u0041""#, .loneSurrogate, at: 1),
        Refusal("§8.2 a half, then another escape", #""\uD834\n""#, .loneSurrogate, at: 1),
        Refusal("§8.2 a half, then a bad digit", #""\uD834\uDDxx""#, .invalidEscape, at: 7),
        Refusal("§8.2 a half in a name", #"{"\uD834":1}"#, .loneSurrogate, at: 2),
    ]

    static let encoding = [
        Refusal("§8.1 a BOM", "\u{FEFF}{}", .byteOrderMark, at: 0),
        Refusal("§8.1 a BOM within", "[\u{FEFF}1]", .byteOrderMark, at: 1, "/0"),
        Refusal("§8.1 UTF-16", [0x5B, 0, 0x5D, 0], .unexpectedByte(0), at: 1, "/0"),
        Refusal("§8.1 UTF-16 with a BOM", [0xFF, 0xFE, 0x5B, 0], .unexpectedByte(0xFF), at: 0),
        Refusal("§8.1 a byte of no character", quoted([0x61, 0xFF]), .invalidUTF8, at: 2),
        Refusal("§8.1 Latin-1", quoted([0xE9]), .invalidUTF8, at: 1),
        Refusal("§8.1 a continuation alone", quoted([0x80]), .invalidUTF8, at: 1),
        Refusal("§8.1 a character cut short", quoted([0x61, 0xE2, 0x82]), .invalidUTF8, at: 2),
        Refusal("§8.1 overlong", quoted([0xC0, 0xAF]), .invalidUTF8, at: 1),
        Refusal("§8.1 overlong, three bytes", quoted([0xE0, 0x80, 0xAF]), .invalidUTF8, at: 1),
        Refusal("§8.1 an encoded surrogate", quoted([0xED, 0xA0, 0x80]), .invalidUTF8, at: 1),
        Refusal("§8.1 past U+10FFFF", quoted([0xF4, 0x90, 0x80, 0x80]), .invalidUTF8, at: 1),
        Refusal(
            "§8.1 in a name", [0x7B] + quoted([0xFF]) + [0x3A, 0x31, 0x7D], .invalidUTF8, at: 2),
        Refusal("§8.1 outside a string", [0x5B, 0x80], .unexpectedByte(0x80), at: 1, "/0"),
    ]

    private static func quoted(_ bytes: [UInt8]) -> [UInt8] { [0x22] + bytes + [0x22] }
}

@Suite("RFC 6901: where a fault is")
struct PointerTests {
    @Test(
        "the pointer leads to the value that is wrong",
        arguments: [
            Refusal("the whole text", "x", .unexpectedByte(0x78), at: 0),
            Refusal(
                "nested", #"{"a":[{},{"b":[0,1,x]}]}"#, .unexpectedByte(0x78), at: 19, "/a/1/b/2"),
            Refusal(
                "after what was left", #"{"a":[{"b":0}],"c":x}"#, .unexpectedByte(0x78), at: 19,
                "/c"),
            Refusal(
                "§3 ~ and /", #"{"a/b":{"m~n":x}}"#, .unexpectedByte(0x78), at: 14, "/a~1b/m~0n"),
            Refusal("§4 ~1 is not taken twice", #"{"~1":x}"#, .unexpectedByte(0x78), at: 6, "/~01"),
            Refusal(
                "escapes are replaced", #"{"\u00e9\n":x}"#, .unexpectedByte(0x78), at: 12, "/é\n"),
            Refusal(
                "a double in depth", #"[{"k":[{"x":1,"x":2}]}]"#, .duplicateName, at: 14, "/0/k/0/x"
            ),
            Refusal(
                "between members: the object", #"[{"k":[{"x":1 2}]}]"#, .unexpectedByte(0x32),
                at: 14, "/0/k/0"),
        ])
    func pointer(_ row: Refusal) {
        #expect(refusals(of: row.bytes) == [row.error, row.error, row.error, row.error])
    }
}
