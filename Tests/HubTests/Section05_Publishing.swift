import HTTP1
import Log
import Testing

@testable import Hub

/// A request to publish, and what it is refused with.
struct RefusedPublish: Sendable, CustomTestStringConvertible {
    var target: String
    var type: String?
    var body: String
    var status: UInt16
    var code: String
    var pointers: [String]

    init(
        _ target: String, _ body: String, as type: String? = "application/json", _ status: UInt16,
        _ code: String, at pointers: String...
    ) {
        self.target = target
        self.type = type
        self.body = body
        self.status = status
        self.code = code
        self.pointers = pointers
    }

    var fields: Fields { type.map { ["Content-Type": $0] } ?? [:] }

    var testDescription: String { "\(target) \(body.prefix(40)) → \(status) \(code)" }
}

@Suite("WIRE §5 /publish: one event")
struct Section05_Publishing {
    @Test("POST /publish: 201 once it is durable, with its place")
    func envelope() throws {
        let scene = Scene()
        let body = #"{"group":"g:1","type":"t.x","data":{"a":[1, 2]},"other":1}"#
        let response = try scene.send(.post, "/publish", body: body)
        #expect(response.status == .created)
        #expect(
            response.text
                == #"{"group":"g:1","type":"t.x","seq":1,"cursor":"k3f9aa-1","#
                + #""timestamp":"2026-01-15T10:00:00.000Z"}"#)
        #expect(scene.store.events == [#"g:1 t.x data={"a":[1,2]}"#])
    }

    @Test(
        "POST /publish/{group} takes any body: JSON as it is, all else as a text",
        arguments: [
            ("application/json", #"{"a": 1}"#, #"{"a":1}"#),
            ("application/json; charset=utf-8", " 1 ", "1"),
            ("application/vnd.x+json", "[null]", "[null]"),
            ("application/x-www-form-urlencoded", "hola", #""hola""#),
            ("text/plain", #"{"a": 1}"#, #""{\"a\": 1}""#),
            ("text/plain", "", #""""#),
            ("text/plain", "dos\nlíneas", #""dos\nlíneas""#),
            ("nonsense", "x", #""x""#),
            (nil, "hola", #""hola""#),
        ])
    func anyBody(_ type: String?, _ body: String, _ data: String) throws {
        let scene = Scene()
        let fields: Fields = type.map { ["Content-Type": $0] } ?? [:]
        let response = try scene.send(.post, "/publish/g", fields, body: body)
        #expect(response.status == .created)
        #expect(scene.store.events == ["g message data=\(data)"])
    }

    @Test("the query names the type of what is no envelope; no data are null")
    func defaults() throws {
        let scene = Scene()
        _ = try scene.send(.post, "/publish/g?type=alarm", body: "x")
        _ = try scene.send(.post, "/publish", body: #"{"group":"g"}"#)
        #expect(scene.store.events == [#"g alarm data="x""#, "g message data=null"])
    }

    @Test(
        "WIRE §5 what cannot be published says where and why, and is not published",
        arguments: [
            RefusedPublish("/publish", "{}", 422, "invalid_body", at: "/group"),
            RefusedPublish("/publish", "[]", 422, "invalid_body", at: ""),
            RefusedPublish("/publish", #"{"group":1}"#, 422, "invalid_body", at: "/group"),
            RefusedPublish(
                "/publish", #"{"group":"g","type":null}"#, 422, "invalid_body", at: "/type"),
            RefusedPublish("/publish", "{", 400, "malformed_json", at: ""),
            RefusedPublish(
                "/publish", #"{"group":"g","data":01}"#, 400, "malformed_json", at: "/data"),
            RefusedPublish("/publish", #"{"group":""}"#, 422, "invalid_group", at: "/group"),
            RefusedPublish("/publish", #"{"group":"a*"}"#, 422, "invalid_group", at: "/group"),
            RefusedPublish("/publish", #"{"group":"*"}"#, 422, "invalid_group", at: "/group"),
            RefusedPublish("/publish/a::b", "1", 422, "invalid_group", at: "/group"),
            RefusedPublish("/publish/$sys", "1", 403, "group_reserved", at: "/group"),
            RefusedPublish(
                "/publish", #"{"group":"$sys:webhooks"}"#, 403, "group_reserved",
                at: "/group"),
            RefusedPublish(
                "/publish", #"{"group":"g","type":"Big"}"#, 422, "invalid_event_type", at: "/type"),
            RefusedPublish("/publish/g?type=1", "1", 422, "invalid_event_type", at: "/type"),
            RefusedPublish("/publish/g?type=", "1", 422, "invalid_event_type", at: "/type"),
            RefusedPublish(
                "/publish", #"{"group":"*","type":"T"}"#, 422, "invalid_body", at: "/group", "/type"
            ),
            RefusedPublish("/publish/g", "{", 400, "malformed_json", at: ""),
            RefusedPublish("/publish/g", "", 400, "malformed_json", at: ""),
            RefusedPublish("/publish", "hola", as: "text/plain", 415, "unsupported_media_type"),
            RefusedPublish("/publish", "hola", as: nil, 400, "malformed_json", at: ""),
        ])
    func refused(_ row: RefusedPublish) throws {
        let scene = Scene()
        let response = try scene.send(.post, row.target, row.fields, body: row.body)
        #expect(response.status.rawValue == row.status)
        #expect(try response.code() == row.code)
        #expect(try response.pointers() == row.pointers)
        #expect(scene.store.drafts.isEmpty)
    }

    @Test("a text that is not UTF-8 is refused")
    func notUTF8() throws {
        let scene = Scene()
        let head = try RequestHead(
            method: .post, target: RequestTarget("/publish/g"), fields: ["Host": "h"])
        let reaction = scene.rules.react(to: Request(head: head, body: [0xFF], now: tenOClock))
        guard case .respond(let response) = reaction else {
            Issue.record("not refused: \(reaction)")
            return
        }
        #expect(try response.code() == "invalid_body")
    }

    @Test(
        "max-event-bytes bounds the data as they are kept",
        arguments: [
            (Scene.maxEventBytes - 1, 201), (Scene.maxEventBytes, 201),
            (Scene.maxEventBytes + 1, 413),
        ])
    func eventBytes(_ count: Int, _ status: Int) throws {
        let text = String(repeating: "x", count: count - 2)
        let bodies = [
            ("/publish/g", "text/plain", text),
            ("/publish/g", "application/json", "  \"\(text)\"  "),
            ("/publish", "application/json", #"{"group":"g","data": "\#(text)"}"#),
        ]
        for (target, type, body) in bodies {
            let response = try Scene().send(.post, target, ["Content-Type": type], body: body)
            #expect(Int(response.status.rawValue) == status)
            if status == 413 { #expect(try response.code() == "event_too_large") }
        }
    }

    @Test("what the engine cannot do is thrown on, and nothing stays")
    func engineError() throws {
        let scene = Scene()
        scene.store.failure = .full
        #expect(throws: EngineError.full) { try scene.send(.post, "/publish/g", body: "x") }
        #expect(scene.store.drafts.isEmpty)
    }
}
