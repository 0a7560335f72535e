import JSON
import Testing

/// What a caller of the pull reader may rely on.
@Suite("Reading value by value")
struct ReaderTests {
    struct Item: Equatable {
        var title = ""
        var count: Int64 = 0
        var price = 0.0
        var isDone = false
        var note: String?
        var tags: [String] = []
    }

    @Test("members come in the order of the text, each into its place")
    func intoStruct() throws {
        var item = Item(note: "x")
        var names: [String] = []
        var reader = Reader(
            Array(
                """
                { "title": "caf\\u00e9 \\ud83d\\ude00", "price": 2.50, "unknown": {"a":[1,{"b":2}]},
                  "tags": ["a", "b"], "done": true, "note": null, "count": -42 }
                """.utf8))
        try reader.readObject { name, reader throws(JSONError) in
            names.append(name)
            switch name {
            case "title": item.title = try reader.readString()
            case "count": item.count = try reader.readInt()
            case "price": item.price = try reader.readDouble()
            case "done": item.isDone = try reader.readBool()
            case "note": item.note = try reader.readNullIfNext() ? nil : reader.readString()
            case "tags":
                try reader.readArray { reader throws(JSONError) in
                    item.tags.append(try reader.readString())
                }
            default: break
            }
        }
        try reader.finish()
        #expect(names == ["title", "price", "unknown", "tags", "done", "note", "count"])
        #expect(
            item
                == Item(
                    title: "café 😀", count: -42, price: 2.5, isDone: true, note: nil,
                    tags: ["a", "b"]))
    }

    @Test("what is skipped is given as it was written, and what follows can be read")
    func skipped() throws {
        let bytes = Array(#"[ {"a": [1, 2]} , "x" ]"#.utf8)
        var reader = Reader(bytes)
        var slices: [String] = []
        try reader.readArray { reader throws(JSONError) in
            slices.append(text(Array(bytes[try reader.skipValue()])))
        }
        #expect(slices == [#"{"a": [1, 2]}"#, #""x""#])
    }

    @Test("a value can be copied on one line, numbers and escapes as they were written")
    func compactValue() throws {
        var reader = Reader(
            Array("{\"data\" :\n {\"n\": 1.50, \"s\": \"a \\\" \\u00e9\\\\\"} }".utf8))
        var data: [UInt8] = []
        try reader.readObject { _, reader throws(JSONError) in data = try reader.readCompact() }
        #expect(text(data) == #"{"n":1.50,"s":"a \" \u00e9\\"}"#)
    }

    @Test("a part of the bytes is read alone; offsets count from the start of the bytes")
    func range() throws {
        let lines = Array("[1]\n[2,x]\n[3]".utf8)
        var second = Reader(lines, in: 4..<9)
        let error = refusal { () throws(JSONError) in _ = try second.skipValue() }
        #expect(error == JSONError(.unexpectedByte(0x78), offset: 7, pointer: "/1"))
        var third = Reader(lines, in: 10..<13)
        #expect(try third.skipValue() == 10..<13)
        try third.finish()
    }

    @Test("several faults of kind can be listed in one pass, each with its pointer")
    func listing() throws {
        let body =
            #"{"title":1,"count":1.0,"big":9223372036854775808,"tags":["a",{"x":0},"b"],"ok":true}"#
        var reader = Reader(Array(body.utf8))
        var faults: [JSONError] = []
        var isOK = false
        func listed<Value>(_ read: () throws(JSONError) -> Value) -> Value? {
            do throws(JSONError) { return try read() } catch { faults.append(error) }
            return nil
        }
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "title": _ = listed { () throws(JSONError) in try reader.readString() }
            case "count", "big": _ = listed { () throws(JSONError) in try reader.readInt() }
            case "tags":
                try reader.readArray { reader throws(JSONError) in
                    _ = listed { () throws(JSONError) in try reader.readString() }
                }
            default: isOK = try reader.readBool()
            }
        }
        try reader.finish()
        #expect(isOK)
        #expect(
            faults == [
                JSONError(
                    .mismatch(expected: .string, found: .number), offset: 9, pointer: "/title"),
                JSONError(.notAnInteger, offset: 19, pointer: "/count"),
                JSONError(.numberOutOfRange, offset: 29, pointer: "/big"),
                JSONError(
                    .mismatch(expected: .string, found: .object), offset: 61, pointer: "/tags/1"),
            ])
    }

    @Test("each kind is told by its first byte, and asked for as another is a mismatch")
    func kinds() {
        let rows: [(String, ValueKind)] = [
            ("{}", .object), ("[]", .array), (#""""#, .string), ("-1", .number), ("0", .number),
            ("true", .bool), ("false", .bool), ("null", .null),
        ]
        for (text, found) in rows {
            for expected: ValueKind in [.object, .array, .string, .number, .bool, .null] {
                var reader = Reader(Array(" \(text)".utf8))
                let error = refusal { () throws(JSONError) in try read(expected, from: &reader) }
                let mismatch = JSONError(
                    .mismatch(expected: expected, found: found), offset: 1, pointer: "")
                #expect(error == (expected == found ? nil : mismatch))
                // A mismatch leaves the reader before the value.
                let rest = refusal { () throws(JSONError) in
                    if error != nil { try reader.skipValue() }
                    try reader.finish()
                }
                #expect(rest == nil)
            }
        }
    }

    @Test(
        "whole numbers of 64 bits",
        arguments: [
            ("0", 0), ("-0", 0), ("7", 7), ("9223372036854775807", Int64.max),
            ("-9223372036854775808", Int64.min), ("9223372036854775808", nil),
            ("-9223372036854775809", nil), ("99999999999999999999", nil), ("1.0", nil),
            ("1e2", nil),
        ] as [(String, Int64?)])
    func integers(_ text: String, _ value: Int64?) {
        var reader = Reader(Array(text.utf8))
        #expect((try? reader.readInt()) == value)
    }

    @Test(
        "numbers as the nearest Double",
        arguments: [
            "0", "-0", "-0.0", "1", "0.1", "-2.5", "123456789012345", "999999999999999.9",
            "0.30000000000000004", "1.7976931348623157e308", "4.9e-324", "1e22", "1e23", "-1E+2",
            "9007199254740993", "0.00000000000001", "123456.789012345",
            "179769313486231580793728971405301e276", "1e400", "-1e400", "1e-400",
        ])
    func doubles(_ text: String) throws {
        var reader = Reader(Array(text.utf8))
        let expected = Double(text).flatMap { $0.isFinite ? $0 : nil }
        let value = try? reader.readDouble()
        #expect(value?.bitPattern == expected?.bitPattern)
        #expect((value == nil) == text.hasSuffix("1e400"))
    }

    @Test("a number can be had as it was written")
    func numberText() throws {
        var reader = Reader(Array("[1.50,-0]".utf8))
        var texts: [String] = []
        try reader.readArray { reader throws(JSONError) in
            texts.append(try reader.readNumberText())
        }
        #expect(texts == ["1.50", "-0"])
    }

    @Test("the pointer names the value that is next, or the container between values")
    func pointers() throws {
        var reader = Reader(Array(#"{"a":[0,{"b":0}],"c":0}"#.utf8))
        var seen = [reader.pointer]
        try reader.readObject { name, reader throws(JSONError) in
            seen.append(reader.pointer)
            guard name == "a" else { return }
            try reader.readArray { reader throws(JSONError) in
                seen.append(reader.pointer)
                guard try reader.peekKind() == .object else { return }
                try reader.readObject { _, reader throws(JSONError) in seen.append(reader.pointer) }
            }
        }
        #expect(seen == ["", "/a", "/a/0", "/a/1", "/a/1/b", "/c"])
        #expect(reader.pointer == "")
    }

    @Test("a final fault is thrown again by every later call, whatever was caught before")
    func finalFault() {
        var reader = Reader(Array(#"{"a":[1,x],"b":2}"#.utf8))
        let first = refusal { () throws(JSONError) in
            try reader.readObject { _, reader throws(JSONError) in
                _ = try? reader.skipValue()
                _ = try? reader.readInt()
            }
        }
        #expect(first == JSONError(.unexpectedByte(0x78), offset: 8, pointer: "/a/1"))
        for _ in 0..<2 {
            #expect(refusal { () throws(JSONError) in _ = try reader.peekKind() } == first)
            #expect(refusal { () throws(JSONError) in try reader.readNull() } == first)
            #expect(refusal { () throws(JSONError) in try reader.finish() } == first)
        }
    }

    @Test("a mismatch that has left its closure is final: the place is lost")
    func escapedMismatch() {
        var reader = Reader(Array(#"[["x"],2]"#.utf8))
        let outer = refusal { () throws(JSONError) in
            try reader.readArray { reader throws(JSONError) in
                let inner = refusal { () throws(JSONError) in
                    try reader.readArray { reader throws(JSONError) in _ = try reader.readInt() }
                }
                #expect(inner?.pointer == "/0/0")
            }
        }
        #expect(outer?.kind == .mismatch(expected: .number, found: .string))
        #expect(refusal { () throws(JSONError) in try reader.finish() } == outer)
    }

    @Test("a caller's own fault ends the reading and is passed on")
    func ownFault() {
        let own = JSONError(.numberOutOfRange, offset: 5, pointer: "/a")
        var reader = Reader(Array(#"{"a":1,"b":2}"#.utf8))
        let thrown = refusal { () throws(JSONError) in
            try reader.readObject { _, _ throws(JSONError) in throw own }
        }
        #expect(thrown == own)
        #expect(refusal { () throws(JSONError) in try reader.finish() } == own)
    }

    @Test("what is left unread is checked all the same")
    func unread() {
        var reader = Reader(Array(#"{"a":{"b":01}}"#.utf8))
        let error = refusal { () throws(JSONError) in
            try reader.readObject { _, _ throws(JSONError) in }
        }
        #expect(error == JSONError(.invalidNumber, offset: 10, pointer: "/a/b"))
    }

    @Test(
        "a message says what is wrong in words",
        arguments: [
            ("[1,}", "\"}\" is not allowed here (offset 3, pointer \"/1\")"),
            ("\"\n\"", "byte 0x0A must be escaped in a string (offset 1, pointer \"\")"),
            ("[ ", "the text ends before the value does (offset 2, pointer \"\")"),
            (#"{"a":0,"a":0}"#, "the name stands twice in one object (offset 7, pointer \"/a\")"),
        ])
    func messages(_ text: String, _ message: String) {
        let errors = refusals(of: Array(text.utf8))
        #expect(errors.allSatisfy { $0?.description == message })
    }

    @Test("a mismatch says what must be there instead")
    func mismatchMessage() {
        let error = JSONError(.mismatch(expected: .bool, found: .null), offset: 0, pointer: "")
        #expect(error.message == "must be true or false, not null")
    }

    private func read(_ kind: ValueKind, from reader: inout Reader) throws(JSONError) {
        switch kind {
        case .object: try reader.readObject { _, _ throws(JSONError) in }
        case .array: try reader.readArray { _ throws(JSONError) in }
        case .string: _ = try reader.readString()
        case .number: _ = try reader.readDouble()
        case .bool: _ = try reader.readBool()
        case .null: try reader.readNull()
        }
    }
}
