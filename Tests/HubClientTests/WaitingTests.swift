import HTTP1
import Testing

@testable import HubClient

@Suite("What a hub answers to who asks too much")
struct WaitingTests {
    private func answer(_ status: UInt16, _ retryAfter: String?) throws -> Answer {
        let fields: Fields = retryAfter.map { ["Retry-After": $0] } ?? [:]
        let head = try ResponseHead(
            status: Status(rawValue: status), fields: fields, answering: .get)
        return Answer(head: head, body: [])
    }

    @Test(
        "429 is asked again when the hub says, 503 only where it says so, and nothing else",
        arguments: [
            (429, "7", 7), (429, nil, 1), (429, "soon", 1), (429, "-1", 1), (429, "3600", 3600),
            (429, "86400", 3600), (429, "99999999999999999999", 1),
            (503, "7", 7), (503, "86400", 60), (503, nil, nil),
            (500, "7", nil), (401, "7", nil), (200, "7", nil),
        ] as [(UInt16, String?, Int?)])
    func invitation(_ status: UInt16, _ retryAfter: String?, _ seconds: Int?) throws {
        let answer = try answer(status, retryAfter)
        #expect(answer.invitation == seconds.map { .seconds($0) })
    }

    @Test("goodbye for a rate, then 4129: it returns at the slot, and says why in words")
    func rate() throws {
        var scene = try Scene.live()
        _ = try scene.receive(#"{"type":"goodbye","reason":"rate","reconnect_in_ms":20000}"#)
        let closed = scene.now
        let actions = scene.handle(.disconnected(.closed(code: 4129, reason: "")))
        #expect(scene.session.deadline == closed.advanced(by: .seconds(20)))
        #expect(actions.notices.map(\.message).joined().contains("too much was sent"))
        #expect(scene.passTime() == [.dial])
    }

    @Test("what a close with 4100 and 4129 says to a person")
    func words() {
        #expect(Notice.describe(.closed(code: 4129, reason: "")).contains("(4129): too much"))
        #expect(Notice.describe(.closed(code: 4100, reason: "")).contains("(4100): it has as many"))
    }
}
