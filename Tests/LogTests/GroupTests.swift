import Log
import Testing

@Suite("WIRE §2 groups and patterns")
struct GroupTests {
    @Test(
        "names", arguments: ["tasks", "stock:norte", "a:b:c", "A-z_0.9", "$sys:webhooks", "1", "-"])
    func names(_ name: String) throws {
        let group = try Group(name)
        #expect(group.name == name)
        #expect(group.isReserved == name.hasPrefix("$"))
        #expect(group.segments.joined(separator: ":") == name)
        #expect(try GroupPattern(name).matches(group))
    }

    @Test(
        "what is no name",
        arguments: [
            ("", GroupNameError.empty),
            (":", .emptySegment(offset: 0)),
            ("a:", .emptySegment(offset: 2)),
            ("a::b", .emptySegment(offset: 2)),
            ("a b", .unexpectedByte(0x20, offset: 1)),
            ("a$", .unexpectedByte(0x24, offset: 1)),
            ("a:$b", .unexpectedByte(0x24, offset: 2)),
            ("a*", .unexpectedByte(0x2A, offset: 1)),
            ("ñ", .unexpectedByte(0xC3, offset: 0)),
            ("a\u{0}", .unexpectedByte(0, offset: 1)),
            (#"a""#, .unexpectedByte(0x22, offset: 1)),
        ])
    func noName(_ name: String, _ error: GroupNameError) {
        #expect(throws: error) { try Group(name) }
        #expect(!error.message.isEmpty)
    }

    @Test("200 bytes are a name, 201 are none")
    func bound() throws {
        _ = try Group(String(repeating: "a", count: 200))
        #expect(throws: GroupNameError.tooLong(limitBytes: 200)) {
            try Group(String(repeating: "a", count: 201))
        }
    }

    @Test(
        "what is no pattern",
        arguments: [
            ("a*", 0), ("*a", 0), ("b:a*c", 2), ("***", 0), ("**:a", 0), ("a:**:b", 2), ("a:*b", 2),
        ])
    func noPattern(_ text: String, _ offset: Int) {
        #expect(throws: GroupNameError.misplacedWildcard(offset: offset)) { try GroupPattern(text) }
    }

    @Test("16 segments are a pattern, 17 are none; a name may have more")
    func boundOfSegments() throws {
        let name = Array(repeating: "a", count: 16).joined(separator: ":")
        _ = try GroupPattern(String(name.dropLast()) + "*")
        #expect(throws: GroupNameError.tooManySegments(limit: 16)) { try GroupPattern(name + ":*") }
        _ = try GroupPattern(name + ":a")
        _ = try Group(name + ":a")
    }

    @Test(
        "what a pattern stands for",
        arguments: [
            ("stock:*", ["stock:norte"], ["stock", "stock:a:b", "stocks:a", "tasks"]),
            ("stock:**", ["stock:norte", "stock:a:b"], ["stock", "stocks:a"]),
            ("*", ["tasks", "a"], ["stock:norte", "$sys"]),
            ("**", ["tasks", "a:b:c"], ["$sys:webhooks"]),
            ("*:x", ["a:x", "bc:x"], ["x", "a:y", "a:b:x", "a:xx", "$a:x"]),
            ("a:*:c", ["a:b:c"], ["a:c", "a:b:d", "a:b:c:d"]),
            ("*:*", ["a:b"], ["a", "a:b:c"]),
            ("a:*:**", ["a:b:c", "a:b:c:d"], ["a:b", "a"]),
            ("$sys:*", ["$sys:webhooks"], ["sys:webhooks", "$sys"]),
            ("tasks", ["tasks"], ["task", "taskss", "tasks:a"]),
        ])
    func matches(_ pattern: String, _ yes: [String], _ no: [String]) throws {
        let pattern = try GroupPattern(pattern)
        for name in yes { #expect(pattern.matches(try Group(name)), "\(name)") }
        for name in no { #expect(!pattern.matches(try Group(name)), "\(name)") }
        for name in yes { #expect(name.hasPrefix(pattern.literalPrefix)) }
    }

    @Test("a pattern's parts")
    func segments() throws {
        let pattern = try GroupPattern("a:*:**")
        #expect(pattern.segments == [.literal("a"), .one, .rest])
        #expect(!pattern.isExact)
        #expect(pattern.literalPrefix == "a:")
        #expect(try GroupPattern("a:b").isExact)
        #expect(try GroupPattern(Group("a:b")) == GroupPattern("a:b"))
    }
}
