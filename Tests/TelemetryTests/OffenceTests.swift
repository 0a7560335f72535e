import Telemetry
import Testing

@Suite("Offences in the log")
struct OffenceTests {
    @Test("the first is told, the others together at the end of the interval")
    func flood() {
        var ledger = OffenceLedger()
        let told = ["a", "b", "c"].map { ledger.note(.slowHead, by: $0) }
        #expect(told == [true, false, false])
        let sum = ledger.intervalEnded(.slowHead)
        #expect(sum == .init(count: 2, last: "c"))
    }

    @Test("after an interval with something to tell comes another, whose first is not told at once")
    func steadyFlood() {
        var ledger = OffenceLedger()
        _ = [ledger.note(.noPong, by: "a"), ledger.note(.noPong, by: "b")]
        let sums = [ledger.intervalEnded(.noPong)]
        let isTold = ledger.note(.noPong, by: "c")
        #expect(!isTold)
        let next = ledger.intervalEnded(.noPong)
        #expect(sums + [next] == [.init(count: 1, last: "b"), .init(count: 1, last: "c")])
    }

    @Test("after a quiet interval the next one is a first one again")
    func quiet() {
        var ledger = OffenceLedger()
        _ = ledger.note(.silence, by: "a")
        let sum = ledger.intervalEnded(.silence)
        #expect(sum == nil)
        let isTold = ledger.note(.silence, by: "b")
        #expect(isTold)
    }

    @Test("kinds do not hide one another")
    func kinds() {
        var ledger = OffenceLedger()
        let told = Offence.allCases.map { ledger.note($0, by: "a") }
        #expect(told.allSatisfy { $0 })
        #expect(Set(Offence.allCases.map { "\($0.text)" }).count == Offence.allCases.count)
    }
}
