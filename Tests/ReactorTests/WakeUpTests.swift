import Testing
import Time

@testable import Reactor

/// Wants to be woken, and remembers when it was.
private final class Sleeper: EventHandler {
    var wokenAt: [EventLoop.Instant] = []
    var onWake: () -> Void = {}
    private let loop: EventLoop

    init(_ loop: EventLoop) { self.loop = loop }

    func ready(_ readiness: Readiness) {}

    func timePassed() {
        wokenAt.append(loop.now)
        onWake()
    }
}

@Suite("Handlers that are woken")
struct WakeUpTests {
    private let poller = ScriptedPoller()

    @Test("each in its time, and not before")
    func order() throws {
        let loop = try poller.loop()
        let sleeper = Sleeper(loop)
        let registration = try loop.register(5, .readable, sleeper)
        let start = poller.now
        loop.wake(registration, at: start + .seconds(2))
        loop.wake(registration, at: start + .seconds(1))
        for time in [Duration.milliseconds(999), .seconds(1), .milliseconds(1500), .seconds(3)] {
            poller.now = start + time
            loop.turn()
        }
        #expect(sleeper.wokenAt == [start + .seconds(1), start + .seconds(3)])
        loop.close()
    }

    @Test("one that wants to be woken at once again is, in the next turn")
    func again() throws {
        let loop = try poller.loop()
        let sleeper = Sleeper(loop)
        let registration = try loop.register(5, .readable, sleeper)
        sleeper.onWake = { loop.wake(registration, at: loop.now) }
        loop.wake(registration, at: loop.now)
        loop.turn()
        loop.turn()
        #expect(sleeper.wokenAt.count == 2)
        sleeper.onWake = {}
        loop.close()
    }

    @Test("who was deregistered is not woken, and who has its number now neither")
    func deregistered() throws {
        let loop = try poller.loop()
        let (old, new) = (Sleeper(loop), Sleeper(loop))
        let registration = try loop.register(5, .readable, old)
        loop.wake(registration, at: loop.now)
        loop.deregister(registration)
        _ = try loop.register(6, .readable, new)
        loop.turn()
        #expect(old.wokenAt.isEmpty && new.wokenAt.isEmpty)
        loop.close()
    }

    @Test("wake-ups of handlers that are gone do not pile up")
    func compaction() throws {
        let loop = try poller.loop()
        let kept = Sleeper(loop)
        let registration = try loop.register(5, .readable, kept)
        loop.wake(registration, at: loop.now + .seconds(9))
        for _ in 0..<10_000 {
            let gone = try loop.register(6, .readable, Sleeper(loop))
            loop.wake(gone, at: loop.now + .seconds(8))
            loop.deregister(gone)
        }
        #expect(loop.wakeUpCount <= 65)
        poller.now += .seconds(9)
        loop.turn()
        #expect(kept.wokenAt == [poller.now])
        loop.close()
    }
}
