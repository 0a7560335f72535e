import Log
import Reactor
import Testing

@testable import HubClient

@Suite("A tail: subscribing")
struct TailSubscribingTests {
    @Test("it dials, subscribes, and begins where the hub says that now is")
    func begins() throws {
        var scene = Scene()
        #expect(scene.handle(.start) == [.dial])
        #expect(
            scene.connect() == #"{"type":"subscribe","groups":["tasks"],"since":"now","ref":1}"#)
        let welcome = try scene.receive(#"{"type":"welcome","clients":1,"cursor":"k3f9aa-8"}"#)
        #expect(welcome.notices == [.connected(.init(clients: 1, version: nil))])
        let answered = try scene.receive(subscribed("live", 10))
        #expect(answered.marked == [10])
        #expect(scene.session.state == .live)
    }

    @Test(
        "where it begins",
        arguments: [
            (.earliest, "earliest"), (.ago(.seconds(600)), "600s"),
            (.time(Timestamp(milliseconds: 1_768_471_200_000)), "2026-01-15T10:00:00.000Z"),
        ] as [(Since, String)])
    func starts(_ start: Since, _ since: String) {
        var scene = Scene(TailPlan(groups: ["tasks"], start: start))
        _ = scene.handle(.start)
        let text = scene.connect()
        #expect(text.contains(#""since":"\#(since)""#))
    }

    @Test("a span back is counted from the start of the tail, not of the attempt")
    func aging() {
        var scene = Scene(TailPlan(groups: ["tasks"], start: .ago(.seconds(600))))
        _ = scene.handle(.start)
        _ = scene.handle(.disconnected(.unreachable("no")))
        scene.now += .seconds(5)
        _ = scene.passTime()
        #expect(scene.connect().contains(#""since":"605s""#))
    }

    @Test("what comes before the answer is not delivered: the replay brings it again")
    func early() throws {
        var scene = Scene(TailPlan(groups: ["tasks"], start: .earliest))
        _ = scene.handle(.start)
        _ = scene.connect()
        #expect(try scene.receive(eventText(9, seq: 9)).delivered == [])
        _ = try scene.receive(subscribed("complete", 0))
        #expect(try scene.receive(eventText(1, seq: 1)).delivered == [1])
    }

    @Test("a hub that does not answer is given up after 10 s")
    func silence() {
        var scene = Scene()
        _ = scene.handle(.start)
        _ = scene.connect()
        scene.now += .milliseconds(9_999)
        #expect(scene.handle(.timePassed) == [])
        scene.now += .milliseconds(1)
        let actions = scene.handle(.timePassed)
        #expect(actions.first == .hangUp)
        #expect(scene.passTime() == [.dial])
    }

    @Test("one refused group of two goes on, the last one ends it")
    func refusals() throws {
        let refusal = #"{"type":"error","code":"forbidden","message":"no","group":"b","ref":1}"#
        var scene = Scene(TailPlan(groups: ["a", "b"]))
        _ = scene.handle(.start)
        _ = scene.connect()
        #expect(try scene.receive(refusal).ending == nil)
        #expect(try scene.receive(refusal).ending == .unauthorized("no"))
    }

    @Test("a refusal that names no group ends it once the hub has said no more for 10 s")
    func refusedWhole() throws {
        var scene = Scene(TailPlan(groups: ["a", "b"]))
        _ = scene.handle(.start)
        _ = scene.connect()
        _ = try scene.receive(#"{"type":"error","code":"x","message":"no","ref":1}"#)
        #expect(scene.passTime().ending == .refused("no"))
    }

    @Test("an error of something else is told and changes nothing")
    func otherError() throws {
        var scene = try Scene.live()
        let actions = try scene.receive(#"{"type":"error","code":"x","message":"y"}"#)
        #expect(actions.count == 1 && scene.session.state == .live)
    }
}

@Suite("A tail: delivering")
struct TailDeliveringTests {
    @Test("events are delivered once, in order; one at or before the cursor is dropped")
    func once() throws {
        var scene = try Scene.live(at: 10)
        var delivered: [UInt64] = []
        for position in [10, 11, 11, 9, 13] as [UInt64] {
            delivered += try scene.receive(eventText(position, seq: position)).delivered
        }
        #expect(delivered == [11, 13])
        #expect(scene.session.cursor == cursor(13))
    }

    @Test("a hole in seq is told, and the event is delivered all the same")
    func hole() throws {
        var scene = try Scene.live(at: 10)
        _ = try scene.receive(eventText(11, seq: 4))
        let actions = try scene.receive(eventText(12, seq: 6))
        #expect(actions.notices == [.sequenceGap(group: "tasks", expected: 5, found: 6)])
        #expect(actions.delivered == [12])
    }

    @Test("a hole is found over a restart of campana")
    func holeOverRestart() throws {
        let start = Since.cursor(try #require(cursor(10)))
        var scene = Scene(TailPlan(groups: ["tasks"], start: start, lastSeqs: ["tasks": 10]))
        _ = scene.handle(.start)
        _ = scene.connect()
        _ = try scene.receive(subscribed("complete", 10))
        let actions = try scene.receive(eventText(12, seq: 12))
        #expect(actions.notices == [.sequenceGap(group: "tasks", expected: 11, found: 12)])
    }

    @Test("a gap that the hub tells is no hole")
    func gap() throws {
        var scene = try Scene.live(at: 10)
        _ = try scene.receive(eventText(11, seq: 4))
        let told = try scene.receive(#"{"type":"gap","group":"tasks","lost_at_most":5}"#)
        #expect(told.notices == [.gap(.init(group: "tasks", lostAtMost: 5))])
        let actions = try scene.receive(eventText(20, seq: 10))
        #expect(actions.notices == [])
    }

    @Test("a bookmark and caught_up move the cursor, and never back")
    func marks() throws {
        var scene = Scene(TailPlan(groups: ["tasks"], start: .earliest))
        _ = scene.handle(.start)
        _ = scene.connect()
        var marked = try scene.receive(subscribed("complete", 0)).marked
        for text in [
            #"{"type":"bookmark","cursor":"k3f9aa-100"}"#,
            #"{"type":"bookmark","cursor":"k3f9aa-90"}"#,
            #"{"type":"caught_up","cursor":"k3f9aa-120"}"#,
        ] { marked += try scene.receive(text).marked }
        #expect(marked == [0, 100, 120])
        #expect(scene.session.state == .live)
    }

    @Test("the count ends it with the last event")
    func count() throws {
        var scene = try Scene.live(TailPlan(groups: ["tasks"], count: 2))
        #expect(try scene.receive(eventText(11, seq: 1)).ending == nil)
        let last = try scene.receive(eventText(12, seq: 2))
        #expect(last.delivered == [12] && last.ending == .counted)
        #expect(try scene.receive(eventText(13, seq: 3)) == [])
        #expect(scene.session.deadline == nil)
    }

    @Test("caught_up ends what only reads the log")
    func verify() throws {
        var scene = Scene(TailPlan(groups: ["**"], start: .earliest, endsCaughtUp: true))
        _ = scene.handle(.start)
        _ = scene.connect()
        _ = try scene.receive(subscribed("complete", 0))
        #expect(try scene.receive(#"{"type":"caught_up","cursor":"k3f9aa-5"}"#).ending == .caughtUp)
    }

    @Test("the time ends it, wherever it stands")
    func timeout() throws {
        let plan = TailPlan(groups: ["tasks"], timeout: .seconds(60))
        var scene = try Scene.live(plan)
        scene.now += .seconds(59)
        #expect(scene.handle(.timePassed) == [])
        #expect(scene.passTime().ending == .timedOut)

        var waiting = Scene(plan)
        _ = waiting.handle(.start)
        _ = waiting.handle(
            .disconnected(.refused(status: 503, detail: "", retryAfter: .seconds(90))))
        #expect(waiting.passTime().ending == .timedOut)
    }
}
