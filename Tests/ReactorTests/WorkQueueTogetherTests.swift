import Reactor
import Testing

@Suite("Work that is handed over together")
struct WorkQueueTogetherTests {
    @Test("the receiver gets all of it at once, though it waits already")
    func together() throws {
        let work = WorkQueue<Int>(capacity: 16)
        let batches = WorkQueue<[Int]>(capacity: 1)
        let receiver = try Thread.start(name: "receiver") {
            while !work.isAtEnd { batches.send(work.receive()) }
        }
        for _ in 0..<200 {  // woken by the first, it would soon be seen with one alone
            work.together { for number in 1...3 { work.send(number) } }
            #expect(batches.receive() == [[1, 2, 3]])
        }
        work.close()
        receiver.join()
    }

    @Test("two who send together at one time hold nothing back in the end")
    func twoSenders() throws {
        let work = WorkQueue<Int>(capacity: 4096)
        let senders = try (0..<2).map { sender in
            try Thread.start(name: "sender") {
                for number in 0..<500 { work.together { work.send(sender * 1000 + number) } }
            }
        }
        var received: [Int] = []
        while received.count < 1000 { received += work.receive() }
        for sender in senders { sender.join() }
        for sender in 0..<2 {
            #expect(received.filter { $0 / 1000 == sender } == (0..<500).map { sender * 1000 + $0 })
        }
    }

    @Test("nothing sent together wakes nobody, and closing ends the wait")
    func nothing() throws {
        let work = WorkQueue<Int>(capacity: 1)
        work.together {}
        #expect(work.receive(within: .zero).isEmpty)
        work.close()
        #expect(work.receive().isEmpty)
    }
}
