import JSON
import Testing

@testable import Hub

/// A schema, a value, and where the value breaks it.
private struct SchemaCase: CustomTestStringConvertible, Sendable {
    var schema: String
    var value: String
    var pointers: [String]

    init(_ schema: String, _ value: String, at pointers: String...) {
        self.schema = schema
        self.value = value
        self.pointers = pointers
    }

    var testDescription: String { "\(schema) \(value)" }

    func faults() throws -> [Problem.Fault] {
        var faults = BodyFaults()
        let schema = Schema(try Value.parse(bytes(schema)), at: "", &faults)
        #expect(faults.faults.isEmpty)
        schema.check(try Value.parse(bytes(value)), at: "", &faults)
        return faults.faults
    }
}

@Suite("Rules of data: a part of JSON Schema")
struct SchemaTests {
    @Test(
        "each keyword means what it means there",
        arguments: [
            SchemaCase("{}", "[1]"),
            SchemaCase(#"{"type":"object"}"#, "{}"),
            SchemaCase(#"{"type":"object"}"#, "[]", at: ""),
            SchemaCase(#"{"type":"array"}"#, "[]"),
            SchemaCase(#"{"type":"array"}"#, "{}", at: ""),
            SchemaCase(#"{"type":"string"}"#, "\"\""),
            SchemaCase(#"{"type":"string"}"#, "null", at: ""),
            SchemaCase(#"{"type":["string","null"]}"#, "null"),
            SchemaCase(#"{"type":["string","null"]}"#, "1", at: ""),
            SchemaCase(#"{"type":"boolean"}"#, "true"),
            SchemaCase(#"{"type":"boolean"}"#, "1", at: ""),
            SchemaCase(#"{"type":"number"}"#, "1.5"),
            SchemaCase(#"{"type":"number"}"#, "\"1\"", at: ""),
            SchemaCase(#"{"type":"integer"}"#, "1.0"),
            SchemaCase(#"{"type":"integer"}"#, "1e3"),
            SchemaCase(#"{"type":"integer"}"#, "1.5", at: ""),
            SchemaCase(#"{"enum":["a",1,true,null]}"#, "\"a\""),
            SchemaCase(#"{"enum":["a",1,true,null]}"#, "1.0"),
            SchemaCase(#"{"enum":["a",1,true,null]}"#, "null"),
            SchemaCase(#"{"enum":["a",1,true,null]}"#, "false", at: ""),
            SchemaCase(#"{"enum":["a",1,true,null]}"#, "\"1\"", at: ""),
            SchemaCase(#"{"enum":["a"]}"#, "[\"a\"]", at: ""),
            SchemaCase(#"{"const":"a"}"#, "\"b\"", at: ""),
            SchemaCase(#"{"const":"a","enum":["a","b"]}"#, "\"b\"", at: ""),
            SchemaCase(#"{"required":["a","b"]}"#, #"{"a":null}"#, at: "/b"),
            SchemaCase(#"{"required":["a/b"]}"#, "{}", at: "/a~1b"),
            SchemaCase(#"{"required":["a"]}"#, "7"),
            SchemaCase(#"{"properties":{"a":{"type":"string"}}}"#, #"{"a":1,"b":1}"#, at: "/a"),
            SchemaCase(#"{"properties":{"a":{"type":"string"}}}"#, "{}"),
            SchemaCase(
                #"{"properties":{"a":{}},"additionalProperties":false}"#, #"{"a":1,"b~":2}"#,
                at: "/b~0"),
            SchemaCase(#"{"items":{"type":"integer"}}"#, "[1,\"2\",3,4.5]", at: "/1", "/3"),
            SchemaCase(#"{"minLength":2}"#, "\"é\"", at: ""),
            SchemaCase(#"{"minLength":2,"maxLength":2}"#, "\"éé\""),
            SchemaCase(#"{"maxLength":2}"#, "\"ééé\"", at: ""),
            SchemaCase(#"{"minItems":1}"#, "[]", at: ""),
            SchemaCase(#"{"minItems":1,"maxItems":1}"#, "[0]"),
            SchemaCase(#"{"maxItems":1}"#, "[0,0]", at: ""),
            SchemaCase(#"{"minimum":0}"#, "-0.5", at: ""),
            SchemaCase(#"{"minimum":0,"maximum":1.5}"#, "1.5"),
            SchemaCase(#"{"maximum":1.5}"#, "2", at: ""),
            SchemaCase(
                #"{"if":{"properties":{"s":{"const":1}},"required":["s"]},"then":{"required":["r"]},"else":{"required":["e"]}}"#,
                #"{"s":1}"#, at: "/r"),
            SchemaCase(
                #"{"if":{"properties":{"s":{"const":1}},"required":["s"]},"then":{"required":["r"]},"else":{"required":["e"]}}"#,
                #"{"s":2}"#, at: "/e"),
            SchemaCase(#"{"if":{"type":"string"},"then":{"minLength":1}}"#, "7"),
            SchemaCase(
                #"{"properties":{"a":{"properties":{"b":{"items":{"required":["c"]}}}}}}"#,
                #"{"a":{"b":[{"c":1},{}]}}"#, at: "/a/b/1/c"),
        ])
    fileprivate func keywords(_ row: SchemaCase) throws {
        #expect(try row.faults().map(\.pointer) == row.pointers)
        #expect(try row.faults().allSatisfy { !$0.detail.isEmpty })
    }

    @Test(
        "a schema that cannot be relied on is refused at its place",
        arguments: [
            ("7", [""]),
            (#"{"minimun":1}"#, ["/minimun"]),
            (#"{"pattern":"a"}"#, ["/pattern"]),
            (#"{"type":"text"}"#, ["/type"]),
            (#"{"type":["string",1]}"#, ["/type/1"]),
            (#"{"enum":"a"}"#, ["/enum"]),
            (#"{"enum":[]}"#, ["/enum"]),
            (#"{"enum":["a",[1]]}"#, ["/enum/1"]),
            (#"{"const":{}}"#, ["/const"]),
            (#"{"required":"a"}"#, ["/required"]),
            (#"{"required":["a",1]}"#, ["/required/1"]),
            (#"{"properties":[]}"#, ["/properties"]),
            (#"{"properties":{"a/b":{"typ":1}}}"#, ["/properties/a~1b/typ"]),
            (#"{"additionalProperties":{}}"#, ["/additionalProperties"]),
            (#"{"items":[{}]}"#, ["/items"]),
            (#"{"minLength":-1,"maxItems":1.5}"#, ["/minLength", "/maxItems"]),
            (#"{"minLength":2,"maxLength":1}"#, ["/maxLength"]),
            (#"{"minimum":"1"}"#, ["/minimum"]),
            (#"{"minimum":1,"maximum":0.5}"#, ["/maximum"]),
            (#"{"then":{}}"#, ["/if"]),
            (#"{"if":{"a":1},"then":7}"#, ["/if/a", "/then"]),
        ])
    func faults(_ schema: String, _ pointers: [String]) throws {
        var faults = BodyFaults()
        _ = Schema(try Value.parse(bytes(schema)), at: "", &faults)
        #expect(faults.faults.map(\.pointer) == pointers)
    }

    @Test(
        "a value is told of a bounded number of faults",
        arguments: [(99, 99), (100, 100), (101, 100)])
    func bound(_ count: Int, _ told: Int) throws {
        let value = "[" + [String](repeating: "1", count: count).joined(separator: ",") + "]"
        let row = SchemaCase(#"{"items":{"type":"string"}}"#, value)
        #expect(try row.faults().count == told)
    }

    @Test("a long text is not repeated whole")
    func shown() throws {
        let row = SchemaCase(#"{"const":1}"#, "\"\(String(repeating: "x", count: 50))\"")
        #expect(
            try row.faults().map(\.detail)
                == ["is \"\(String(repeating: "x", count: 40))…\", and none of 1"])
    }
}
