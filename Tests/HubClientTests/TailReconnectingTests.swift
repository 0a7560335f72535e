import Log
import Reactor
import Testing

@testable import HubClient

@Suite("A tail: coming back")
struct TailReconnectingTests {
    @Test("it asks again from its cursor, and says how long it was away")
    func resumes() throws {
        var scene = try Scene.live(at: 10)
        _ = try scene.receive(eventText(11, seq: 1))
        let lost = scene.handle(.disconnected(.closed(code: nil, reason: "")))
        #expect(lost.notices.count == 1)
        #expect(scene.passTime() == [.dial])
        #expect(scene.connect().contains(#""since":"k3f9aa-11","ref":2"#))
        scene.now += .seconds(2)
        let back = try scene.receive(subscribed("complete", 11))
        guard case .resumed(.complete, let away) = back.notices.first else {
            Issue.record("not told")
            return
        }
        #expect(away >= .seconds(2))
        #expect(try scene.receive(eventText(11, seq: 1)).delivered == [])
        #expect(try scene.receive(eventText(12, seq: 2)).delivered == [12])
    }

    @Test("a hub that tells where its head is does not move a cursor forward over a replay")
    func headIsNoPlace() throws {
        var scene = try Scene.live(at: 10)
        _ = scene.handle(.disconnected(.failed("x")))
        _ = scene.passTime()
        _ = scene.connect()
        _ = try scene.receive(subscribed("complete", 50))
        #expect(try scene.receive(eventText(11, seq: 1)).delivered == [11])
    }

    @Test("the same fault is told once, however many attempts it takes")
    func tellsOnce() {
        var scene = Scene()
        _ = scene.handle(.start)
        let first = scene.handle(.disconnected(.unreachable("no")))
        _ = scene.passTime()
        let second = scene.handle(.disconnected(.unreachable("no")))
        #expect(first.notices.count == 1 && second.notices.isEmpty)
    }

    @Test("a connection that is turned away again and again is told of once")
    func turnedAway() throws {
        var scene = Scene()
        _ = scene.handle(.start)
        var told: [Int] = []
        for _ in 1...3 {
            _ = scene.connect()
            var notices = try scene.receive(
                #"{"type":"error","code":"too_many_connections","message":"x","retry_after_ms":9}"#
            ).notices
            notices += try scene.receive(
                #"{"type":"goodbye","reason":"too_many_connections","reconnect_in_ms":9}"#
            ).notices
            notices += scene.handle(.disconnected(.closed(code: 4100, reason: ""))).notices
            told.append(notices.count)
            #expect(scene.passTime() == [.dial])
        }
        #expect(told == [3, 0, 0])
    }

    @Test("the slot in goodbye is kept to the millisecond, and once")
    func goodbye() throws {
        var scene = try Scene.live()
        let told = try scene.receive(
            #"{"type":"goodbye","reason":"restart","reconnect_in_ms":4321}"#)
        #expect(told.notices == [.goodbye(reason: "restart")])
        let closed = scene.now
        _ = scene.handle(.disconnected(.closed(code: 1012, reason: "")))
        #expect(scene.session.deadline == closed + .milliseconds(4321))
        #expect(scene.passTime() == [.dial])
        _ = scene.handle(.disconnected(.unreachable("no")))
        #expect(scene.session.deadline.map { $0 - scene.now <= .milliseconds(250) } == true)
    }

    @Test(
        "what ends it, and what does not",
        arguments: [
            (.closed(code: 1000, reason: ""), false), (.closed(code: 1001, reason: ""), false),
            (.closed(code: 4201, reason: ""), false),
            (.failed("x"), false), (.unreachable("x"), false),
            (.refused(status: 404, detail: "", retryAfter: nil), true),
            (.refused(status: 429, detail: "", retryAfter: nil), false),
            (.refused(status: 503, detail: "", retryAfter: nil), false),
        ] as [(ConnectionLoss, Bool)])
    func finals(_ loss: ConnectionLoss, _ ends: Bool) throws {
        var scene = try Scene.live()
        let actions = scene.handle(.disconnected(loss))
        #expect((actions.ending != nil) == ends)
    }

    @Test("a redirect, or nobody to be trusted, ends the first attempt, and no later one")
    func wrongAddress() throws {
        for loss in [
            .refused(status: 308, detail: "", retryAfter: nil), .untrusted("x"),
        ] as [ConnectionLoss] {
            var first = Scene()
            _ = first.handle(.start)
            #expect(first.handle(.disconnected(loss)).ending != nil)
            var later = try Scene.live()
            #expect(later.handle(.disconnected(loss)).ending == nil)
        }
    }

    @Test("Retry-After is obeyed")
    func retryAfter() {
        var scene = Scene()
        _ = scene.handle(.start)
        let now = scene.now
        _ = scene.handle(.disconnected(.refused(status: 503, detail: "", retryAfter: .seconds(7))))
        #expect(scene.session.deadline == now + .seconds(7))
    }

    @Test("a hub with too much to do is left alone for longer", arguments: [1013, 4100, 4129])
    func overload(_ code: UInt16) {
        var longest = Duration.zero
        for seed in 0..<20 as Range<UInt64> {
            var scene = Scene()
            scene.random.state = seed
            _ = scene.handle(.start)
            _ = scene.handle(.disconnected(.closed(code: code, reason: "")))
            if let deadline = scene.session.deadline {
                longest = max(longest, deadline - scene.now)
            }
        }
        #expect(longest > .seconds(10) && longest <= .seconds(30))
    }

    @Test("a new epoch: the cursor is given up, all that is kept is read, seq begins anew")
    func reset() throws {
        var scene = try Scene.live(at: 10)
        _ = try scene.receive(eventText(11, seq: 8))
        _ = scene.handle(.disconnected(.failed("x")))
        _ = scene.passTime()
        _ = scene.connect()
        let answer = try scene.receive(subscribed("reset", 0, epoch: "zzzzzz"))
        #expect(answer.notices.contains(.reset))
        let first = try scene.receive(eventText(1, seq: 1, epoch: "zzzzzz"))
        #expect(first.delivered == [1] && first.notices == [])
        #expect(scene.session.cursor == cursor(1, epoch: "zzzzzz"))
    }

    @Test("lag and caught_up come and go")
    func lag() throws {
        var scene = try Scene.live()
        #expect(try scene.receive(#"{"type":"lag"}"#).notices == [.lagging])
        #expect(scene.session.state == .replaying)
        let caughtUp = try scene.receive(#"{"type":"caught_up","cursor":"k3f9aa-10"}"#)
        #expect(caughtUp.notices == [.caughtUp] && scene.session.state == .live)
    }

    @Test("stopped, it says so once and asks for nothing more")
    func stopped() throws {
        var scene = try Scene.live()
        #expect(scene.handle(.stop(.interrupted)) == [.end(.interrupted)])
        #expect(scene.handle(.stop(.interrupted)) == [])
        #expect(scene.handle(.disconnected(.failed("x"))) == [])
    }
}
