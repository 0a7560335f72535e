import Log
import Reactor
import Testing

@testable import HubClient

/// A session, a clock that only tests move, and what the session asked for.
struct Scene {
    var session: TailSession
    var now = EventLoop.Instant.now
    var random = SeededRandom()

    init(_ plan: TailPlan = TailPlan(groups: ["tasks"])) {
        session = TailSession(plan)
    }

    mutating func handle(_ event: TailSession.Event) -> [TailSession.Action] {
        var actions: [TailSession.Action] = []
        session.handle(event, now: now, random: &random, into: &actions)
        return actions
    }

    mutating func receive(_ text: String) throws -> [TailSession.Action] {
        handle(.received(try ServerMessage.decode(Array(text.utf8))))
    }

    /// Goes to the session's deadline.
    mutating func passTime() -> [TailSession.Action] {
        if let deadline = session.deadline { now = max(now, deadline) }
        return handle(.timePassed)
    }

    /// Connects; the text of the subscription that is sent.
    mutating func connect() -> String {
        for case .send(let text) in handle(.connected) { return text.text }
        return ""
    }

    /// A session that is subscribed and live behind `position`.
    static func live(
        _ plan: TailPlan = TailPlan(groups: ["tasks"]), at position: UInt64 = 10
    ) throws -> Scene {
        var scene = Scene(plan)
        _ = scene.handle(.start)
        _ = scene.connect()
        _ = try scene.receive(subscribed("live", position))
        return scene
    }
}

func subscribed(_ verdict: String, _ position: UInt64, epoch: String = "k3f9aa") -> String {
    #"{"type":"subscribed","groups":["tasks"],"resume":"\#(verdict)","cursor":"\#(epoch)-\#(position)"}"#
}

extension [TailSession.Action] {
    var delivered: [UInt64] {
        compactMap { if case .deliver(let event) = $0 { event.cursor.position } else { nil } }
    }
    var marked: [UInt64] {
        compactMap { if case .mark(let cursor) = $0 { cursor.position } else { nil } }
    }
    var notices: [Notice] {
        compactMap { if case .report(let notice) = $0 { notice } else { nil } }
    }
    var ending: TailEnding? {
        for case .end(let ending) in self { return ending }
        return nil
    }
}
