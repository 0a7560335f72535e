import Testing

@testable import HubServer

@Suite("The memory of writes that wait")
struct WriteBudgetTests {
    @Test("what is at the bound is taken, one byte past it is not", arguments: [-1, 0, 1])
    func bound(_ excess: Int) {
        let budget = WriteBudget(limitBytes: 10_000)
        #expect(budget.admit(10_000 - WriteBudget.overheadBytes + excess) == (excess <= 0))
    }

    @Test("what was refused weighs nothing, and what was answered makes room")
    func room() {
        let budget = WriteBudget(limitBytes: 2 * (WriteBudget.overheadBytes + 100))
        #expect(budget.admit(100))
        #expect(!budget.admit(101))
        #expect(budget.admit(100))
        #expect(!budget.admit(0))
        budget.release(100)
        #expect(budget.admit(100))
    }

    @Test("the number of writes is bounded as well, and an answer to many makes room for as many")
    func number() {
        let budget = WriteBudget(limitWrites: 2)
        #expect(budget.admit(0))
        #expect(budget.admit(0))
        #expect(!budget.admit(0))
        budget.release(0, writes: 2)
        #expect(budget.admit(0))
    }
}
