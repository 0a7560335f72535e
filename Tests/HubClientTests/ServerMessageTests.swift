import JSON
import Log
import Testing

@testable import HubClient

@Suite("WIRE §4: what the hub says")
struct ServerMessageTests {
    @Test(
        "every kind of message",
        arguments: [
            (
                #"{"type":"welcome","clients":3,"cursor":"k3f9aa-1","version":"0.1","limits":{"a":1}}"#,
                .welcome(.init(clients: 3, version: "0.1"))
            ),
            (
                #"{"type":"subscribed","groups":["tasks","a:*"],"resume":"gap","cursor":"k3f9aa-9","ref":1}"#,
                .subscribed(
                    .init(groups: ["tasks", "a:*"], verdict: .gap, cursor: cursor(9), ref: 1))
            ),
            (#"{"type":"caught_up","cursor":"k3f9aa-9"}"#, .caughtUp(cursor(9))),
            (
                #"{"type":"gap","group":"a","from":"k3f9aa-1","to":"k3f9aa-5","lost_at_most":4}"#,
                .gap(.init(group: "a", lostAtMost: 4))
            ),
            (#"{"type":"lag","cursor":"k3f9aa-9"}"#, .lag),
            (
                #"{"type":"goodbye","reason":"restart","reconnect_in_ms":1500}"#,
                .goodbye(reason: "restart", reconnectIn: .milliseconds(1500))
            ),
            (
                #"{"type":"error","code":"bad_group","message":"no","group":"x y","ref":2}"#,
                .error(.init(code: "bad_group", message: "no", group: "x y", ref: 2))
            ),
            (#"{"type":"pong","ref":5}"#, .pong(ref: 5)),
            (#"{"type":"pong","ref":-1}"#, .pong(ref: nil)),
            (#"{"type":"pong","ref":66666666666666666666666}"#, .pong(ref: nil)),
            (#"{"type":"pong"}"#, .pong(ref: nil)),
            (
                #"{"type":"published","cursor":"k3f9aa-9","seq":4}"#,
                .published(cursor: "k3f9aa-9", seq: 4)
            ),
            (#"{"type":"brand_new","a":[1,{"b":null}]}"#, .other(type: "brand_new")),
            (#"{}"#, .other(type: "")),
        ] as [(String, ServerMessage)])
    func kinds(_ text: String, _ message: ServerMessage) throws {
        #expect(try ServerMessage.decode(Array(text.utf8)) == message)
    }

    @Test("a bookmark is a place")
    func bookmark() throws {
        let place = try #require(cursor(12))
        let text = #"{"type":"bookmark","cursor":"k3f9aa-12"}"#
        #expect(try ServerMessage.decode(Array(text.utf8)) == .bookmark(place))
    }

    @Test(
        "an event is one by its members, whatever its type",
        arguments: ["task_created", "error", "gap", "pong", "welcome"])
    func event(_ type: String) throws {
        let text = eventText(18_342, seq: 77, type: type)
        guard case .event(let event) = try ServerMessage.decode(Array(text.utf8)) else {
            Issue.record("no event")
            return
        }
        #expect(event.json.text == text)
        #expect(event.type == type)
        #expect(event.group == "tasks")
        #expect(event.seq == 77)
        #expect(event.cursor == cursor(18_342))
        #expect(Array(event.json[event.timestamp]).text == #""2026-01-15T10:00:00.123Z""#)
        #expect(Array(event.json[event.payload]).text == #"{"id":"1"}"#)
    }

    @Test("an event whose data are as deep as a hub takes them")
    func deepData() throws {
        let data = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        let text =
            #"{"type":"t","group":"g","seq":1,"cursor":"k3f9aa-1","#
            + #""timestamp":"2026-01-15T10:00:00.123Z","data":\#(data)}"#
        guard case .event = try ServerMessage.decode(Array(text.utf8)) else {
            Issue.record("an event")
            return
        }
    }

    @Test("an event on several lines is put on one")
    func oneLine() throws {
        let text = eventText(1, seq: 1).replacing(",", with: ",\r\n")
        guard case .event(let event) = try ServerMessage.decode(Array(text.utf8)) else {
            Issue.record("no event")
            return
        }
        #expect(!event.json.contains(10) && !event.json.contains(13))
        #expect(Array(event.json[event.payload]).text == #"{"id":"1"}"#)
    }

    @Test("a payload may have the name of a member of ours")
    func payloadNames() throws {
        for name in ["message", "reason", "clients", "groups", "ref"] {
            let text = eventText(1, seq: 1, payload: #""\#(name)":{"a":1}"#)
            guard case .event = try ServerMessage.decode(Array(text.utf8)) else {
                Issue.record("no event with \(name)")
                continue
            }
        }
    }

    @Test(
        "what is no message", arguments: ["", "hello", "[]", #"{"type":"pong"} x"#, #"{"type":"#])
    func refused(_ text: String) {
        #expect(throws: JSONError.self) { try ServerMessage.decode(Array(text.utf8)) }
    }
}

@Suite("WIRE §4: what a consumer says")
struct ClientMessageTests {
    @Test("subscribe and ping")
    func messages() {
        let subscribe = ClientMessage.subscribe(groups: ["tasks", "stock:*"], since: "now", ref: 3)
        #expect(
            subscribe.text
                == #"{"type":"subscribe","groups":["tasks","stock:*"],"since":"now","ref":3}"#)
        #expect(ClientMessage.ping(ref: 1).text == #"{"type":"ping","ref":1}"#)
    }
}
