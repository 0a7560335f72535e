import PubSub
import Testing

@Suite("A list that nearly always has one element")
struct FewTests {
    @Test("does what an array does, whatever is put in and taken out", arguments: 0..<200)
    func asArray(_ seed: UInt64) {
        var state = seed
        func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        var few = Few<Int>()
        var array: [Int] = []
        for step in 0..<20 {
            switch next(4) {
            case 0, 1:
                few.append(step)
                array.append(step)
            case 2 where !array.isEmpty:
                let index = next(array.count)
                few[index] += 100
                array[index] += 100
                few.swapAt(0, index)
                array.swapAt(0, index)
            default:
                let dropped = next(3)
                few.removeAll { $0 % 3 == dropped }
                array.removeAll { $0 % 3 == dropped }
            }
            #expect(Array(few) == array)
            #expect(few.count == array.count && few.isEmpty == array.isEmpty)
            #expect(few.first == array.first && few.last == array.last)
        }
        #expect(Array(Few(array)) == array)
    }
}
