import HubClient
import Testing

@Suite("WIRE §3: seq is contiguous within its group")
struct SequenceCheckTests {
    @Test("the first is believed, its successors are expected, groups do not mix")
    func contiguous() {
        var check = SequenceCheck()
        for (group, seq) in [("a", 7), ("b", 1), ("a", 8), ("b", 2), ("a", 9)] as [(String, UInt64)]
        {
            let finding = check.observe(seq, of: group)
            #expect(finding == .contiguous)
        }
        #expect(check.last == ["a": 9, "b": 2])
        #expect(check.first == ["a": 7, "b": 1])
    }

    @Test("a hole is found once")
    func missing() {
        var check = SequenceCheck(last: ["a": 3])
        let findings = [5, 6].map { check.observe($0, of: "a") }
        #expect(findings == [.missing(expected: 4, found: 5), .contiguous])
    }

    @Test("a number that was seen is found, and does not move the check back")
    func repeated() {
        var check = SequenceCheck(last: ["a": 3])
        let findings = [3, 4].map { check.observe($0, of: "a") }
        #expect(findings == [.repeated(expected: 4, found: 3), .contiguous])
    }

    @Test("what the hub said is gone is not missed")
    func forget() {
        var check = SequenceCheck(last: ["a": 3, "b": 3])
        check.forget("a")
        let announced = check.observe(9, of: "a")
        #expect(announced == .contiguous)
        check.forgetAll()
        let anew = check.observe(1, of: "b")
        #expect(anew == .contiguous)
    }
}
