import Reactor
import Synchronization
import Testing

@Suite("The mailbox")
struct MailboxTests {
    @Test("it takes up to its capacity, and again once it was emptied")
    func capacity() throws {
        let mailbox = Mailbox<Int>(capacity: 2, loop: try LoopHandle())
        #expect([1, 2, 3].map { mailbox.send($0) } == [.delivered, .delivered, .full])
        var batch = [9]
        mailbox.takeAll(into: &batch)
        #expect(batch == [1, 2])
        #expect(mailbox.send(4) == .delivered)
        mailbox.takeAll(into: &batch)
        #expect(batch == [4])
        mailbox.takeAll(into: &batch)
        #expect(batch == [])
    }

    @Test("once closed it takes nothing, and what waited is gone")
    func close() throws {
        let mailbox = Mailbox<Int>(capacity: 2, loop: try LoopHandle())
        mailbox.send(1)
        mailbox.close()
        #expect(mailbox.send(2) == .closed)
        var batch: [Int] = []
        mailbox.takeAll(into: &batch)
        #expect(batch == [])
    }

    @Test("mail from four threads wakes a loop that sleeps, each sender's in its order")
    func threads() throws {
        let handle = try LoopHandle()
        let mailbox = Mailbox<[Int]>(capacity: 4000, loop: handle)
        let senders = try (0..<4).map { sender in
            try Thread.start(name: "sender") {
                for number in 0..<1000 { mailbox.send([sender, number]) }
            }
        }
        let loop = try EventLoop(handle: handle)
        var next = [0, 0, 0, 0]
        var isOrdered = true
        loop.attach(mailbox) { batch in
            for mail in batch {
                isOrdered = isOrdered && next[mail[0]] == mail[1]
                next[mail[0]] += 1
            }
            if next.allSatisfy({ $0 == 1000 }) { loop.stop() }
        }
        loop.run()
        for sender in senders { sender.join() }
        #expect(isOrdered)
    }

    @Test("two loops that wake each other a thousand times lose no wake-up")
    func pingPong() throws {
        let (here, there) = (try LoopHandle(), try LoopHandle())
        let toHere = Mailbox<Int>(capacity: 1, loop: here)
        let toThere = Mailbox<Int>(capacity: 1, loop: there)
        let failed = Atomic(false)
        let thread = try Thread.start(name: "there") {
            guard let loop = try? EventLoop(handle: there) else {
                return failed.store(true, ordering: .relaxed)
            }
            loop.attach(toThere) { batch in
                for number in batch { toHere.send(number) }
                if batch == [1000] { loop.stop() }
            }
            loop.run()
        }
        let loop = try EventLoop(handle: here)
        loop.attach(toHere) { batch in
            for number in batch where number < 1000 { toThere.send(number + 1) }
            if batch == [1000] { loop.stop() }
        }
        toThere.send(1)
        loop.run()
        thread.join()
        let hasFailed = failed.load(ordering: .relaxed)
        #expect(!hasFailed)
    }

    @Test("a request from another thread runs on the loop's")
    func execute() throws {
        let handle = try LoopHandle()
        let thread = try Thread.start(name: "asker") { handle.execute { $0.stop() } }
        let loop = try EventLoop(handle: handle)
        loop.run()
        thread.join()
    }
}

@Suite("Locks and queues between threads")
struct LockTests {
    @Test("a locked value loses no update")
    func locked() throws {
        final class Counter: Sendable { let value = Locked(0) }
        let counter = Counter()
        let threads = try (0..<4).map { _ in
            try Thread.start(name: "counter") {
                for _ in 0..<10_000 { counter.value.withLock { $0 += 1 } }
            }
        }
        for thread in threads { thread.join() }
        #expect(counter.value.withLock { $0 } == 40_000)
    }

    @Test("a work queue hands over all, in order, and ends once it is closed and empty")
    func queue() throws {
        let queue = WorkQueue<Int>(capacity: 100_000)
        let received = Received()
        let worker = try Thread.start(name: "worker") {
            while true {
                let batch = queue.receive()
                if batch.isEmpty { return }
                received.numbers.withLock { $0 += batch }
            }
        }
        for number in 0..<10_000 { queue.send(number) }
        queue.close()
        #expect(queue.send(0) == .closed)
        worker.join()
        worker.join()
        #expect(received.numbers.withLock { $0 } == Array(0..<10_000))
    }

    @Test("a work queue takes up to its capacity")
    func bound() {
        let queue = WorkQueue<Int>(capacity: 2)
        #expect([1, 2, 3].map { queue.send($0) } == [.delivered, .delivered, .full])
        #expect(queue.receive() == [1, 2])
        #expect(queue.send(3) == .delivered)
    }

    @Test("a queue that is waited for with a bound answers what is there, or nothing in time")
    func within() {
        let queue = WorkQueue<Int>(capacity: 2)
        #expect(queue.receive(within: .zero) == [])
        #expect(queue.receive(within: .milliseconds(1)) == [])
        queue.send(1)
        #expect(queue.count == 1)
        #expect(queue.receive(within: .seconds(60)) == [1])
        queue.send(2)
        queue.close()
        #expect(!queue.isAtEnd)
        #expect(queue.receive(within: .seconds(60)) == [2])
        #expect(queue.isAtEnd)
        #expect(queue.receive(within: .seconds(60)) == [])
    }

    private final class Received: Sendable { let numbers = Locked<[Int]>([]) }
}
