import JSON
import Testing

@testable import Hub

@Suite("WIRE §4: the groups that a message names")
struct Section04_GroupsOfOneMessage {
    @Test("are bounded", arguments: [999, 1000, 1001, 50_000])
    func bound(count: Int) throws {
        var json = Writer()
        json.object { json in
            json.member("groups") { json in
                json.array { json in
                    for number in 0..<count { json.string("g\(number)") }
                }
            }
            json.member("ref", 7)
            json.member("type", "subscribe")
        }
        do {
            guard case .subscribe(let request) = try read(json.bytes) else {
                Issue.record("a subscription")
                return
            }
            #expect(request.patterns.count == count)
            #expect(count <= 1000)
        } catch {
            #expect(count > 1000)
            #expect(error.failure == .tooManySubscriptions)
            #expect(error.ref == Array("7".utf8))
        }
    }

    @Test("count once each, in the order of their first place")
    func twice() throws {
        let text = #"{"type":"unsubscribe","groups":["b","a","b","*","a"]}"#
        guard case .unsubscribe(let patterns, nil) = try read(Array(text.utf8)) else {
            Issue.record("an end of subscriptions")
            return
        }
        #expect(patterns.map(\.text) == ["b", "a", "*"])
    }

    private func read(_ text: [UInt8]) throws(MessageFault) -> ClientMessage {
        try ClientMessage(text, limits: Limits(), maxEventBytes: 1000)
    }
}
