import Testing

@testable import JSON

/// RFC 8259 §9: an implementation may set limits; ours, at, below and above each.
@Suite("RFC 8259 §9: bounds")
struct BoundsTests {
    @Test("the text", arguments: [9, 10, 11])
    func text(_ length: Int) {
        let bytes = [UInt8](repeating: 0x31, count: length)
        let error = JSONError(.textTooLong(limit: 10), offset: 10, pointer: "")
        expect(bytes, Limits(maxBytes: 10), length <= 10 ? nil : error)
    }

    @Test("the depth, in arrays and objects", arguments: [3, 4, 5])
    func depth(_ depth: Int) {
        let arrays = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        expect(
            Array(arrays.utf8), Limits(maxDepth: 4),
            depth <= 4 ? nil : JSONError(.tooDeep(limit: 4), offset: 4, pointer: "/0/0/0/0"))
        let objects =
            String(repeating: #"{"a":"#, count: depth) + "0"
            + String(repeating: "}", count: depth)
        expect(
            Array(objects.utf8), Limits(maxDepth: 4),
            depth <= 4 ? nil : JSONError(.tooDeep(limit: 4), offset: 20, pointer: "/a/a/a/a"))
    }

    @Test("the depth counts what is open, not what was")
    func depthIsLeft() {
        expect(Array("[[],[],[[]],[[],[]],{},{}]".utf8), Limits(maxDepth: 3), nil)
    }

    @Test("the greatest depth that may be set fits the stack")
    func greatestDepth() {
        let open = [UInt8](repeating: 0x5B, count: 512)
        let close = [UInt8](repeating: 0x5D, count: 512)
        expect(open + close, Limits(maxDepth: 512), nil)
        expect(
            open + open, Limits(maxDepth: 512),
            JSONError(
                .tooDeep(limit: 512), offset: 512,
                pointer: String(repeating: "/0", count: 512)))
    }

    @Test(
        "a string, as it is written", arguments: ["abcd", "abcde", "abcdef", #"\u0061"#, #"\nabc"#])
    func string(_ content: String) {
        let error = JSONError(.stringTooLong(limit: 5), offset: 1, pointer: "/0")
        expect(
            Array("[\"\(content)\"]".utf8), Limits(maxStringBytes: 5),
            content.utf8.count <= 5 ? nil : error)
    }

    @Test("a string alone is bounded as the text is", arguments: [1 << 10, 2 << 20])
    func stringOfText(_ limit: Int) {
        let bytes = [0x22] + [UInt8](repeating: 0x61, count: limit - 2) + [0x22]
        expect(bytes, Limits(maxBytes: limit), nil)
    }

    @Test("a name, as it is written", arguments: ["abcd", "abcde", "abcdef"])
    func name(_ name: String) {
        let error = JSONError(.nameTooLong(limit: 5), offset: 1, pointer: "")
        expect(
            Array("{\"\(name)\":\"long enough\"}".utf8), Limits(maxNameBytes: 5),
            name.utf8.count <= 5 ? nil : error)
    }

    @Test("a number", arguments: ["1.5e1", "-1.5e1", "-1.5e12", "1234567"])
    func number(_ number: String) {
        let error = JSONError(.numberTooLong(limit: 6), offset: 1, pointer: "/0")
        expect(
            Array("[\(number)]".utf8), Limits(maxNumberBytes: 6),
            number.utf8.count <= 6 ? nil : error)
    }

    @Test("the members of one object", arguments: [0, 2, 3, 4, 40])
    func members(_ count: Int) {
        let error = JSONError(.tooManyMembers(limit: 3), offset: 28, pointer: "")
        expect(object(count), Limits(maxMembers: 3), count <= 3 ? nil : error)
    }

    @Test("members are counted for each object alone")
    func membersAlone() {
        let inner = object(3)
        let bytes = Array("[".utf8) + inner + Array(",".utf8) + inner + Array("]".utf8)
        expect(bytes, Limits(maxMembers: 3), nil)
    }

    @Test("a name is found twice among few and among many", arguments: [1, 15, 16, 17, 18, 300])
    func duplicateAmong(_ count: Int) throws {
        for twin in Set([0, count / 2, count - 1]) {
            var bytes = object(count)
            bytes.removeLast()
            let offset = bytes.count + 1
            bytes += Array(",\"\\u006e\(100 + twin)\":0}".utf8)
            expect(
                bytes, Limits(),
                JSONError(.duplicateName, offset: offset, pointer: "/n\(100 + twin)"))
        }
        expect(object(count), Limits(), nil)
    }

    @Test("objects with many members, one in another and one after another")
    func manyNested() {
        var bytes = object(40)
        for _ in 0..<3 {
            let inner = bytes
            bytes = Array("[".utf8) + object(20) + Array(",{\"n120\":".utf8) + inner
            bytes += Array(",\"n121\":".utf8) + object(18) + Array("}]".utf8)
        }
        expect(bytes, Limits(), nil)
    }

    @Test("names that Unicode takes for equal neither collide nor count as equal")
    func equivalentNames() throws {
        // Every way to write 13 letters as K or as the Kelvin sign: all are equal as String.
        let names = (0..<8192).map { choice in
            (0..<13).map { choice >> $0 & 1 == 0 ? "K" : "\u{212A}" }.joined()
        }
        #expect(Set(names).count == 1)
        #expect(Set(names.map { ExactName(bytes: Array($0.utf8)).hashValue }).count > 8000)
        var json = Writer()
        json.object { json in
            for name in names { json.member(name, 0) }
        }
        expect(json.bytes, Limits(), nil)
    }

    @Test("an exact name is equal by its bytes only", arguments: [0, 1, 7, 8, 9, 16, 17])
    func exactName(_ length: Int) {
        let bytes = [UInt8](repeating: 0, count: length)
        let longer = ExactName(bytes: bytes + [0])
        #expect(ExactName(bytes: bytes) == ExactName(bytes: bytes))
        #expect(ExactName(bytes: bytes).hashValue == ExactName(bytes: bytes).hashValue)
        #expect(ExactName(bytes: bytes) != longer)
        #expect(ExactName(bytes: bytes).hashValue != longer.hashValue)
    }

    /// An object with members `n100`, `n101` and so on.
    private func object(_ count: Int) -> [UInt8] {
        let members = (0..<count).map { "\"n\(100 + $0)\":1" }
        return Array("{\(members.joined(separator: ","))}".utf8)
    }

    private func expect(
        _ bytes: [UInt8], _ limits: Limits, _ error: JSONError?,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            refusals(of: bytes, limits: limits) == [error, error, error, error],
            sourceLocation: sourceLocation)
    }
}
