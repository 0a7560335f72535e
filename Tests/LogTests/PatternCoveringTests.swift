import Log
import Testing

@Suite("WIRE §6 A grant covers a subscription")
struct PatternCoveringTests {
    @Test(
        "a pattern covers another if it has all of its groups",
        arguments: [
            ("tasks", "tasks", true), ("tasks", "stock", false), ("tasks", "tasks:a", false),
            ("tasks", "*", false), ("tasks", "**", false), ("*", "tasks", true),
            ("*", "*", true), ("*", "**", false), ("*", "a:b", false), ("**", "**", true),
            ("**", "*", true), ("**", "a:b:c", true), ("**", "a:*:c", true),
            ("stock:**", "stock:norte", true), ("stock:**", "stock:*", true),
            ("stock:**", "stock:*:x", true), ("stock:**", "stock:**", true),
            ("stock:**", "stock", false), ("stock:**", "**", false), ("stock:*", "stock:**", false),
            ("stock:*", "stock:norte", true), ("stock:*", "stock:norte:a", false),
            ("*:a", "b:a", true), ("*:a", "*:a", true), ("*:a", "b:*", false),
            ("*:**", "a:b:c", true), ("*:**", "a", false), ("*:**", "**", false),
            ("**", "$sys:keys", false), ("*:keys", "$sys:keys", false),
            ("$sys:*", "$sys:keys", true), ("$sys:**", "$sys:*", true), ("$sys:**", "**", false),
        ])
    func covering(pattern: String, other: String, isCovered: Bool) throws {
        #expect(try GroupPattern(pattern).covers(GroupPattern(other)) == isCovered)
    }

    @Test("what covers a pattern matches all that the pattern matches")
    func agreesWithMatching() throws {
        let texts = [
            "a", "b", "*", "**", "a:b", "a:*", "*:b", "*:*", "a:**", "*:**", "$s:a", "$s:*",
        ]
        let names = ["a", "b", "a:a", "a:b", "b:b", "a:b:c", "b:a:c", "$s:a", "$s:b"]
        let patterns = try texts.map { text throws(GroupNameError) in try GroupPattern(text) }
        let groups = try names.map { name throws(GroupNameError) in try Group(name) }
        for one in patterns {
            for other in patterns where one.covers(other) {
                for group in groups where other.matches(group) {
                    #expect(one.matches(group), "\(one.text) covers \(other.text)")
                }
            }
        }
    }
}
