import Glibc
import Reactor
import Testing
import Transport

@Suite("Accepting")
struct ListenerTests {
    @Test("newcomers wait in the kernel while it is paused")
    func pause() throws {
        let rig = try Rig()
        let port = try rig.listen("127.0.0.1:0")
        rig.listeners[0].pause()
        rig.dial("127.0.0.1", port)
        rig.turn { rig.dialed.count == 1 }
        rig.loop.handle.wake()
        rig.loop.turn()
        #expect(rig.accepted.isEmpty)
        rig.listeners[0].resume()
        rig.turn { rig.accepted.count == 1 }
    }

    @Test("it takes 64 in a turn, so that those that are there are served too")
    func bound() throws {
        let rig = try Rig()
        let port = try rig.listen("127.0.0.1:0")
        rig.listeners[0].pause()
        for _ in 0..<100 { rig.dial("127.0.0.1", port) }
        rig.turn { rig.dialed.count == 100 }
        rig.listeners[0].resume()
        rig.loop.turn()
        #expect(rig.accepted.count == 64)
        rig.loop.turn()
        #expect(rig.accepted.count == 100)
    }

    @Test("without descriptors newcomers are turned away at once, and served again later")
    func exhaustion() async {
        await #expect(processExitsWith: .success) {
            let clock = StandingClock()
            let rig = try Rig(clock: { clock.now })
            let port = try rig.listen("127.0.0.1:0")
            rig.dial("127.0.0.1", port)
            rig.turn { rig.accepted.count == 1 && rig.dialed.count == 1 }

            rig.listeners[0].pause()
            for _ in 0..<5 { rig.dial("127.0.0.1", port) }
            rig.turn { rig.dialed.count == 6 }
            try Descriptors.exhaust()
            rig.listeners[0].resume()
            rig.loop.turn()
            #expect(rig.accepted.count == 1)
            for client in rig.dialed[1...] {
                #expect(try rig.receive(1, client) == [], "it is closed")
            }
            // Once at once, with what was known then; the rest a second later, in one.
            #expect(rig.shortages.map(\.shed) == [1])
            #expect(rig.shortages[0].error == SystemError("accept4", code: EMFILE))
            clock.now += .seconds(1)
            rig.loop.turn()
            #expect(rig.shortages.map(\.shed) == [1, 4])
            clock.now += .seconds(1)
            rig.loop.turn()
            #expect(rig.shortages.count == 2, "nothing new, nothing said")

            rig.dialed.removeLast(5)
            rig.dial("127.0.0.1", port)
            rig.turn { rig.accepted.count == 2 && rig.dialed.count == 2 }
        }
    }

    @Test("where the reserve is lost too it rests instead of spinning")
    func lostReserve() async {
        await #expect(processExitsWith: .success) {
            let clock = StandingClock()
            let rig = try Rig(clock: { clock.now })
            let port = try rig.listen("127.0.0.1:0")
            rig.listeners[0].pause()
            for _ in 0..<2 { rig.dial("127.0.0.1", port) }
            rig.turn { rig.dialed.count == 2 }
            try Descriptors.forbid()
            rig.listeners[0].resume()
            rig.loop.turn()
            #expect(rig.shortages.count == 1)
            #expect(rig.loop.registrationCount == 0, "it waits for a time, not for the queue")
            try Process.raiseDescriptorLimit()
            clock.now += .milliseconds(100)
            rig.turn { rig.accepted.count == 2 }
        }
    }
}

/// A clock that stands until it is moved.
final class StandingClock {
    var now = EventLoop.Instant.now
}

/// Takes descriptors away from this process; for exit tests only.
enum Descriptors {
    private static func limit(_ count: rlim_t) throws {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(resource, &limit) == 0 else {
            throw SystemError("getrlimit", code: errno)
        }
        limit.rlim_cur = count
        guard unsafe setrlimit(resource, &limit) == 0 else {
            throw SystemError("setrlimit", code: errno)
        }
    }

    /// Leaves not one.
    static func exhaust() throws {
        try limit(256)
        while dup(2) >= 0 {}
    }

    /// Leaves none, though some be closed.
    static func forbid() throws { try limit(0) }
}
