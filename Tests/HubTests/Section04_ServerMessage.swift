import JSON
import Log
import PubSub
import Testing

@testable import Hub

/// A message, and the line that it is.
struct ServerMessageCase: Sendable, CustomTestStringConvertible {
    var message: ServerMessage
    var json: String
    /// The position that a reader of it may resume from.
    var resumesAt: UInt64?

    init(_ message: ServerMessage, _ json: String, resumesAt: UInt64? = nil) {
        self.message = message
        self.json = json
        self.resumesAt = resumesAt
    }

    var testDescription: String { json }

    static let publishAnswer =
        #"{"group":"g","type":"t","seq":7,"cursor":"k3f9aa-9","timestamp":"2026-01-15T10:00:00.000Z"}"#
}

@Suite("WIRE §4 WebSocket: what the server says")
struct Section04_ServerMessage {
    @Test(
        "each is one JSON object on one line, its type first",
        arguments: [
            ServerMessageCase(
                Scene().rules.welcome(clients: 3, head: 8),
                #"{"type":"welcome","clients":3,"cursor":"k3f9aa-8","version":"1.2.3","#
                    + #""limits":{"message_bytes":65536,"event_bytes":64,"subscriptions":4,"#
                    + #""queue_bytes":262144}}"#),
            ServerMessageCase(
                .subscribed(
                    [pattern("tasks"), pattern("stock:*")], .complete, cursor: cursor(18300),
                    ref: bytes("1")),
                #"{"type":"subscribed","groups":["tasks","stock:*"],"resume":"complete","#
                    + #""cursor":"k3f9aa-18300","ref":1}"#, resumesAt: 18300),
            ServerMessageCase(
                .subscribed([pattern("a")], .live, cursor: cursor(0), ref: nil),
                #"{"type":"subscribed","groups":["a"],"resume":"live","cursor":"k3f9aa-0"}"#,
                resumesAt: 0),
            ServerMessageCase(
                .subscribed([pattern("a")], .gap, cursor: cursor(2), ref: bytes("null")),
                #"{"type":"subscribed","groups":["a"],"resume":"gap","cursor":"k3f9aa-2","ref":null}"#,
                resumesAt: 2),
            ServerMessageCase(
                .subscribed([pattern("a")], .reset, cursor: cursor(1), ref: nil),
                #"{"type":"subscribed","groups":["a"],"resume":"reset","cursor":"k3f9aa-1"}"#,
                resumesAt: 1),
            ServerMessageCase(
                .unsubscribed([pattern("tasks")], ref: bytes(#""r""#)),
                #"{"type":"unsubscribed","groups":["tasks"],"ref":"r"}"#),
            ServerMessageCase(
                .caughtUp(cursor(9)), #"{"type":"caught_up","cursor":"k3f9aa-9"}"#, resumesAt: 9),
            ServerMessageCase(
                .bookmark(cursor(9)), #"{"type":"bookmark","cursor":"k3f9aa-9"}"#, resumesAt: 9),
            ServerMessageCase(
                .gap(Gap(group: pattern("g"), from: 3, to: 8, lostAtMost: 5), epoch: epoch),
                #"{"type":"gap","group":"g","from":"k3f9aa-3","to":"k3f9aa-8","lost_at_most":5}"#),
            ServerMessageCase(
                .lag(cursor(4), behind: 600),
                #"{"type":"lag","cursor":"k3f9aa-4","behind":600}"#, resumesAt: 4),
            ServerMessageCase(
                .published(answer: bytes(ServerMessageCase.publishAnswer), ref: bytes("3")),
                #"{"type":"published","group":"g","event":"t","seq":7,"cursor":"k3f9aa-9","#
                    + #""timestamp":"2026-01-15T10:00:00.000Z","ref":3}"#),
            ServerMessageCase(.pong(ref: nil), #"{"type":"pong"}"#),
            ServerMessageCase(.pong(ref: bytes("[1]")), #"{"type":"pong","ref":[1]}"#),
            ServerMessageCase(
                .goodbye(reason: "restart", reconnectInMilliseconds: 1500),
                #"{"type":"goodbye","reason":"restart","reconnect_in_ms":1500}"#),
            ServerMessageCase(
                .error(.invalidGroup, "a \"b\"\nc", ref: bytes("1")),
                #"{"type":"error","code":"invalid_group","message":"a \"b\"\nc","ref":1}"#),
        ])
    func shapes(_ row: ServerMessageCase) throws {
        let json = row.message.json
        #expect(text(json) == row.json)
        #expect(!json.contains(0x0A))
        #expect(try Value.parse(json)["type"]?.string == row.message.type)
        #expect(row.message.cursor == row.resumesAt.map(cursor))
    }

    @Test("published repeats what POST /publish answers, the event's type as `event`")
    func published() throws {
        let scene = Scene()
        let message = try scene.rules.read(
            bytes(#"{"type":"publish","group":"g","event":"t","data":1,"ref":9}"#))
        guard case .publish(let publish, let ref) = message else {
            Issue.record("read as another message")
            return
        }
        let answer = try scene.store.run(scene.rules.write(publish)).get()
        let json = try Value.parse(
            ServerMessage.published(answer: bytes(answer.text), ref: ref).json)
        #expect(json.names == ["type", "group", "event", "seq", "cursor", "timestamp", "ref"])
        #expect(json["type"]?.string == "published")
        #expect(json["event"]?.string == "t")
        #expect(json["seq"]?.text == "1")
        #expect(json["cursor"]?.string == "k3f9aa-1")
    }
}
