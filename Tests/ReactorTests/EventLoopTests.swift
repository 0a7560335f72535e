import Reactor
import Testing

@Suite("A turn of the event loop")
struct EventLoopTests {
    private let poller = ScriptedPoller()

    @Test("timers, descriptors, requests, mail and the end come in this order")
    func order() throws {
        let loop = try poller.loop()
        var order: [String] = []
        let mailbox = Mailbox<String>(capacity: 8, loop: loop.handle)
        loop.attach(mailbox) { order += $0 }
        loop.endOfTurn = { order.append("end") }
        let reader = Probe { order.append("descriptor") }
        _ = try loop.register(5, .readable, reader)
        loop.schedule(at: poller.now, Probe { order.append("timer") })
        mailbox.send("mail")
        loop.handle.execute { $0.schedule(at: $0.now, Probe {}) }
        poller.makeReady(5)
        loop.turn()
        #expect(order == ["timer", "descriptor", "mail", "end"])
        #expect(loop.timerCount == 1, "the request has run too")
    }

    @Test("it waits as long as nothing is due, and not at all while there is mail")
    func timeouts() throws {
        let loop = try poller.loop()
        loop.turn()
        let timer = loop.schedule(at: poller.now + .milliseconds(1500), Probe {})
        loop.turn()
        poller.now += .seconds(1)
        loop.turn()
        loop.handle.wake()
        loop.turn()
        poller.now += .seconds(9)
        loop.turn()
        loop.cancel(timer)
        loop.turn()
        #expect(
            poller.timeouts == [nil, .milliseconds(1500), .milliseconds(500), .zero, .zero, nil])
    }

    @Test("what this turn sends to itself is taken in the next, without waiting")
    func mailFromWithin() throws {
        let loop = try poller.loop()
        let mailbox = Mailbox<Int>(capacity: 8, loop: loop.handle)
        var taken: [Int] = []
        loop.attach(mailbox) { batch in
            taken += batch
            if batch == [1] { mailbox.send(2) }
        }
        mailbox.send(1)
        loop.turn()
        #expect(taken == [1])
        loop.turn()
        #expect(taken == [1, 2])
        #expect(poller.timeouts == [.zero, .zero])
    }

    @Test("an event of a registration that is gone reaches nobody")
    func stale() throws {
        let loop = try poller.loop()
        var heard: [String] = []
        let second = Probe { heard.append("second") }
        let registration = try loop.register(6, .readable, second)
        poller.makeReady(6)
        let stale = poller.next
        loop.deregister(registration)
        _ = try loop.register(6, .readable, Probe { heard.append("newcomer") })
        poller.next = stale
        loop.turn()
        #expect(heard == [])
        poller.makeReady(6)
        loop.turn()
        #expect(heard == ["newcomer"])
    }

    @Test("a handler that was deregistered hears nothing, and lives until the turn ends")
    func removalWithinTurn() throws {
        let loop = try poller.loop()
        var heard: [String] = []
        var victim: Registration?
        _ = try loop.register(
            5, .readable,
            Probe {
                heard.append("first")
                if let victim { loop.deregister(victim) }
                heard.append("first ends")
            })
        victim = try loop.register(
            6, .readable, Probe(died: { heard.append("second dies") }) { heard.append("second") })
        loop.endOfTurn = { heard.append("end") }
        poller.makeReady(5)
        poller.makeReady(6)
        loop.turn()
        #expect(heard == ["first", "first ends", "end", "second dies"])
        #expect(loop.registrationCount == 1)
        loop.close()
    }

    @Test("a handler that deregisters another as it dies does no harm")
    func chain() throws {
        let loop = try poller.loop()
        let inner = try loop.register(6, .readable, Probe {})
        let outer = try loop.register(5, .readable, Probe(died: { loop.deregister(inner) }) {})
        loop.deregister(outer)
        loop.turn()
        #expect(loop.registrationCount == 0)
    }

    @Test("a timer's handler that cancels another as it dies does no harm")
    func timerChain() throws {
        let loop = try poller.loop()
        let inner = loop.schedule(at: poller.now + .seconds(1), Probe {})
        let outer = loop.schedule(
            at: poller.now + .seconds(1), Probe(died: { loop.cancel(inner) }) {})
        loop.cancel(outer)
        #expect(loop.timerCount == 0)
    }

    @Test("the interest changes as asked, and not once it is deregistered")
    func modify() throws {
        let loop = try poller.loop()
        let registration = try loop.register(5, .readable, Probe {})
        loop.modify(registration, [.readable, .writable])
        #expect(poller.interests[5] == [.readable, .writable])
        loop.deregister(registration)
        loop.modify(registration, .readable)
        loop.deregister(registration)
        #expect(poller.interests[5] == nil)
    }

    @Test("a registration finds its handler as long as it lasts")
    func handlers() throws {
        let loop = try poller.loop()
        let probe = Probe {}
        let registration = try loop.register(5, .readable, probe)
        #expect(loop.handler(of: registration) === probe)
        #expect(loop.handler(of: .none) == nil)
        #expect(loop.allHandlers.count == 1)
        loop.deregister(registration)
        #expect(loop.handler(of: registration) == nil)
        #expect(loop.allHandlers.isEmpty)
    }

    @Test("what the poller refuses is not registered")
    func refused() throws {
        let loop = try poller.loop()
        #expect(throws: SystemError("epoll_ctl", code: 28)) {
            try loop.register(1000, .readable, Probe {})
        }
        #expect(loop.registrationCount == 0)
    }

    @Test("run goes on until stop, and then lets go of everything")
    func run() throws {
        let loop = try poller.loop()
        var turns = 0
        var deaths = 0
        let mailbox = Mailbox<Int>(capacity: 8, loop: loop.handle)
        loop.attach(mailbox) { _ in }
        _ = try loop.register(5, .readable, Probe(died: { deaths += 1 }) {})
        loop.schedule(at: poller.now + .seconds(60), Probe(died: { deaths += 1 }) {})
        loop.endOfTurn = {
            turns += 1
            if turns == 3 { loop.stop() }
        }
        loop.run()
        #expect(turns == 3)
        #expect(deaths == 2)
        #expect(loop.registrationCount == 0)
        #expect(mailbox.send(1) == .closed)
        #expect(loop.handle.execute { _ in } == .closed)
    }

    @Test("a thousand requests wait, and no more")
    func requests() throws {
        let loop = try poller.loop()
        for _ in 0..<1024 { #expect(loop.handle.execute { _ in } == .delivered) }
        #expect(loop.handle.execute { _ in } == .full)
        loop.turn()
        #expect(loop.handle.execute { _ in } == .delivered)
    }
}
