import Reactor
import Testing

@testable import HubClient

@Suite("A tail whose key or token ends")
struct TailCredentialTests {
    private static let expiring =
        #"{"type":"auth_expiring","expires_at":"2026-01-15T10:01:00.000Z"}"#

    @Test("told that it ends, it looks for another, and shows that on the same connection")
    func renews() throws {
        var scene = try Scene.live()
        #expect(try scene.receive(Self.expiring) == [.readCredential])
        #expect(scene.handle(.credential(.another)) == [.authenticate(ref: 0)])
        let taken = try scene.receive(
            #"{"type":"authenticated","expires_at":"2026-01-15T11:00:00.000Z","ref":0}"#)
        #expect(taken == [.report(.credentialRenewed(until: "2026-01-15T11:00:00.000Z"))])
        #expect(scene.session.deadline == nil && scene.session.state == .live)
    }

    @Test("while there is no other it looks again every five seconds, and says so once")
    func looksAgain() throws {
        var scene = try Scene.live()
        _ = try scene.receive(Self.expiring)
        let told = scene.handle(.credential(.same))
        guard case .report(.credentialEnding("2026-01-15T10:01:00.000Z", _))? = told.first else {
            Issue.record("not told: \(told)")
            return
        }
        for _ in 1...3 {
            let before = scene.now
            #expect(scene.passTime() == [.readCredential])
            #expect(scene.now - before == .seconds(5))
            #expect(scene.handle(.credential(.unreadable("x"))) == [])
        }
        #expect(scene.passTime() == [.readCredential])
        #expect(scene.handle(.credential(.another)) == [.authenticate(ref: 0)])
    }

    @Test("what cannot change is looked at once")
    func fixed() throws {
        var scene = try Scene.live()
        _ = try scene.receive(Self.expiring)
        #expect(scene.handle(.credential(.fixed)).count == 1)
        #expect(scene.session.deadline == nil)
    }

    @Test("another that is refused leaves it looking")
    func refusedRenewal() throws {
        var scene = try Scene.live()
        _ = try scene.receive(Self.expiring)
        _ = scene.handle(.credential(.another))
        let refused = try scene.receive(
            #"{"type":"error","code":"unauthenticated","message":"no","ref":0}"#)
        #expect(refused.notices.count == 1 && refused.ending == nil)
        #expect(scene.passTime() == [.readCredential])
    }

    private static let losses: [ConnectionLoss] = [
        .closed(code: 4001, reason: ""), .closed(code: 4003, reason: ""),
        .refused(status: 401, detail: "", retryAfter: nil),
        .refused(status: 403, detail: "", retryAfter: nil),
    ]

    @Test("at the end it comes back with another", arguments: losses)
    func comesBack(_ loss: ConnectionLoss) throws {
        var scene = try Scene.live(at: 10)
        #expect(scene.handle(.disconnected(loss)) == [.readCredential])
        #expect(scene.session.deadline == nil)
        let found = scene.handle(.credential(.another))
        #expect(found.notices.first == .credentialChanged && found.ending == nil)
        #expect(scene.passTime() == [.dial])
        #expect(scene.connect().contains(#""since":"k3f9aa-10""#))
    }

    @Test("at the end it ends where there is no other", arguments: losses)
    func ends(_ loss: ConnectionLoss) throws {
        for reading in [.same, .fixed, .unreadable("no file")] as [Credential.Reading] {
            var scene = try Scene.live()
            _ = scene.handle(.disconnected(loss))
            guard case .unauthorized(let text)? = scene.handle(.credential(reading)).ending else {
                Issue.record("it goes on after \(reading)")
                return
            }
            #expect(text.contains("no file") == (reading == .unreadable("no file")))
        }
    }

    @Test("whom the operator sends away does not come back with another key")
    func sentAway() throws {
        var scene = try Scene.live()
        _ = try scene.receive(
            #"{"type":"goodbye","reason":"ended_by_operator","reconnect_in_ms":0}"#)
        let ended = scene.handle(.disconnected(.closed(code: 4003, reason: "")))
        guard case .refused? = ended.ending else {
            Issue.record("\(ended)")
            return
        }
    }

    @Test("a group that new credentials do not grant ends with a line, the last one ends it")
    func withdrawn() throws {
        var scene = try Scene.live(TailPlan(groups: ["a", "b"]))
        func gone(_ group: String) -> String {
            #"{"type":"error","code":"forbidden","message":"this needs subscribe:\#(group)"}"#
        }
        let first = try scene.receive(gone("a"))
        #expect(first.notices.count == 1 && first.ending == nil)
        let last = try scene.receive(gone("b"))
        #expect(last.ending == .unauthorized("this needs subscribe:b"))
    }

    @Test("asked too often, it waits as long as the hub says, and asks again where it was")
    func rateLimited() throws {
        var scene = try Scene.live(at: 10)
        _ = scene.handle(.disconnected(.failed("x")))
        _ = scene.passTime()
        _ = scene.connect()
        let told = try scene.receive(
            #"{"type":"error","code":"rate_limited","message":"slow","retry_after_ms":3000,"ref":2}"#
        )
        #expect(told == told.notices.map { .report($0) } && told.count == 1)
        #expect(scene.session.deadline == scene.now + .seconds(3))
        guard case .send(let text)? = scene.passTime().first else {
            Issue.record("it is not asked again")
            return
        }
        #expect(text.text.contains(#""since":"k3f9aa-10","ref":3"#))
        _ = try scene.receive(subscribed("complete", 10))
        #expect(try scene.receive(eventText(11, seq: 1)).delivered == [11])
    }

    @Test("a key that the hub had no time for is shown again")
    func rateLimitedRenewal() throws {
        var scene = try Scene.live()
        _ = try scene.receive(Self.expiring)
        _ = scene.handle(.credential(.another))
        _ = try scene.receive(
            #"{"type":"error","code":"rate_limited","message":"slow","retry_after_ms":1000,"ref":0}"#
        )
        #expect(scene.session.deadline == scene.now + .seconds(1))
        #expect(scene.passTime() == [.authenticate(ref: 0)])
        #expect(scene.passTime() == [.readCredential])
    }
}
