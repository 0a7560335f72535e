import HTTP1
import JSON
import Log
import Testing

@testable import Hub

private let hook =
    #"{"nombre":"Compras","url":"https://compras.example/webhook","evento":"stock_bajo"}"#

@Suite("WIRE §5 /webhooks: seed 001's model")
struct Section05_Webhooks {
    @Test("POST makes one: 201 with Location, the secret once, and the hub's own event without it")
    func create() throws {
        let scene = Scene()
        let response = try scene.send(.post, "/webhooks", body: hook)
        #expect(response.status == .created)
        #expect(response.fields["Location"] == "/webhooks/id1")
        #expect(response.fields["Cache-Control"] == "no-store")
        let json = try response.json()
        #expect(json["id"]?.string == "id1")
        #expect(json["nombre"]?.string == "Compras")
        #expect(json["url"]?.string == "https://compras.example/webhook")
        #expect(json["evento"]?.string == "stock_bajo")
        #expect(json["activo"]?.text == "true")
        #expect(json["order"]?.string == "fifo")
        #expect(json["fecha_creacion"]?.string == "2026-01-15T10:00:00.000Z")
        #expect(json["secret"]?.string == "whsec_1")
        #expect(json["progress"]?["cursor"]?.string == "k3f9aa-0")
        #expect(
            scene.store.events == [
                #"$sys:webhooks webhook_created webhook={"id":"id1","nombre":"Compras","activo":true}"#
            ])
    }

    @Test("no other answer has the secret, or the value of a header")
    func hidden() throws {
        let scene = Scene()
        let body =
            #"{"nombre":"a","url":"http://a.example","groups":["g"],"headers":{"Authorization":"Bearer geheim"}}"#
        _ = try scene.send(.post, "/webhooks", body: body)
        for response in [
            try scene.send(.get, "/webhooks"), try scene.send(.get, "/webhooks/id1"),
            try scene.send(.patch, "/webhooks/id1", body: #"{"nombre":"b"}"#),
            try scene.send(.post, "/webhooks/id1/pause"),
        ] {
            #expect(response.status == .ok)
            #expect(!response.text.contains("whsec_") && !response.text.contains("geheim"))
            #expect(response.text.contains(#""headers":{"Authorization":"***"}"#))
        }
    }

    @Test(
        "every fault is said at its place, and nothing is made",
        arguments: [
            ("{}", ["/nombre", "/url", "/groups"]),
            (
                #"{"nombre":"","url":"x","evento":"y","order":"z","headers":{"Host":"a"},"activo":1,"since":"w"}"#,
                [
                    "/nombre", "/url", "/evento", "/order", "/headers/Host", "/activo", "/since",
                    "/groups",
                ]
            ),
            (
                #"{"nombre":"a","url":"http://a.example","evento":"stock_bajo","groups":["g"]}"#,
                ["/evento"]
            ),
            (#"{"nombre":"a","url":"http://a.example","types":["t"]}"#, ["/types", "/groups"]),
            (#"{"nombre":"a","url":"http://a.example","groups":[]}"#, ["/groups"]),
            (
                #"{"nombre":"a","url":"http://a.example","groups":["$sys:keys","a:","**"]}"#,
                ["/groups/0", "/groups/1"]
            ),
            (
                #"{"nombre":"a","url":"http://a.example","groups":["g"],"types":["T"]}"#,
                ["/types/0"]
            ),
            (#"{"nombre":"a","url":"http://a.example:25","groups":["g"]}"#, ["/url"]),
            (#"{"nombre":"a","url":"http://127.0.0.1","groups":["g"]}"#, ["/url"]),
            (#"{"nombre":"a","url":"http://[::ffff:10.0.0.1]","groups":["g"]}"#, ["/url"]),
            (#"{"nombre":"a","url":"http://a:b@a.example","groups":["g"]}"#, ["/url"]),
            (
                #"{"nombre":"a","url":"http://a.example","groups":["g"],"order":"parallel:65"}"#,
                ["/order"]
            ),
            (
                #"{"nombre":"a","url":"http://a.example","groups":["g"],"order":"parallel:0"}"#,
                ["/order"]
            ),
            (
                #"{"nombre":"a","url":"http://a.example","groups":["g"],"headers":{"a b":"c"}}"#,
                ["/headers/a b"]
            ),
            (
                #"{"nombre":"a","url":"http://a.example","groups":["g"],"headers":{"webhook-id":"c"}}"#,
                ["/headers/webhook-id"]
            ),
            (
                #"{"nombre":"a","url":"http://a.example","groups":["g"],"headers":{"X":"a\r\nb"}}"#,
                ["/headers/X"]
            ),
            (
                #"{"nombre":"a","url":"http://a.example","groups":["g"],"since":"zzzzzz-4"}"#,
                ["/since"]
            ),
            (
                #"{"nombre":"a","url":"http://a.example","groups":["g"],"since":"k3f9aa-1"}"#,
                ["/since"]
            ),
        ])
    func faults(_ body: String, _ pointers: [String]) throws {
        let scene = Scene()
        let response = try scene.send(.post, "/webhooks", body: body)
        #expect(response.status == .unprocessableContent)
        #expect(Set(try response.pointers()) == Set(pointers))
        #expect(scene.store.drafts.isEmpty)
    }

    @Test("as many as max-webhooks allows, and 409 past that")
    func bound() throws {
        let scene = Scene()
        for _ in 1...3 {
            #expect(try scene.send(.post, "/webhooks", body: hook).status == .created)
        }
        #expect(try scene.send(.post, "/webhooks", body: hook).status == .conflict)
        _ = try scene.send(.delete, "/webhooks/id1")
        #expect(try scene.send(.post, "/webhooks", body: hook).status == .created)
    }

    @Test("a key makes one webhook, and gives the same secret again")
    func idempotent() throws {
        let scene = Scene()
        let first = try scene.send(.post, "/webhooks", ["Idempotency-Key": "k"], body: hook)
        let second = try scene.send(.post, "/webhooks", ["Idempotency-Key": "k"], body: hook)
        #expect(second.fields["Idempotency-Replayed"] == "true")
        #expect(second.text == first.text)
        #expect(scene.store.drafts.count == 1)
    }

    @Test("since: where its first delivery is looked for")
    func since() throws {
        for (since, cursor) in [
            ("now", "k3f9aa-1"), ("earliest", "earliest"), ("k3f9aa-0", "k3f9aa-0"),
            ("10m", "2026-01-15T09:50:00.000Z"),
        ] {
            let scene = Scene()
            _ = try scene.send(.post, "/publish", body: #"{"group":"g"}"#)
            let body =
                #"{"nombre":"a","url":"http://a.example","groups":["g"],"since":"\#(since)"}"#
            let json = try scene.send(.post, "/webhooks", body: body).json()
            #expect(json["progress"]?["cursor"]?.string == cursor)
        }
    }

    @Test("PATCH changes what it names; an evento takes the place of groups, and the reverse")
    func patch() throws {
        let scene = Scene()
        _ = try scene.send(.post, "/webhooks", body: hook)
        scene.store.now = tenOClock + .seconds(5)
        let json = try scene.send(
            .patch, "/webhooks/id1", body: #"{"groups":["a:*"],"types":["t"],"order":"parallel:8"}"#
        ).json()
        #expect(json["evento"]?.text == "null")
        #expect(json["groups"]?.text == #"["a:*"]"#)
        #expect(json["types"]?.text == #"["t"]"#)
        #expect(json["order"]?.string == "parallel:8")
        #expect(json["nombre"]?.string == "Compras")
        #expect(json["fecha_modificacion"]?.string == "2026-01-15T10:00:05.000Z")
        let back = try scene.send(
            .patch, "/webhooks/id1", body: #"{"evento":"movimiento_creado"}"#
        ).json()
        #expect(back["evento"]?.string == "movimiento_creado")
        #expect(back["groups"]?.text == #"["stock"]"#)
        #expect(
            try scene.send(.patch, "/webhooks/id1", body: #"{"url":"no"}"#).pointers() == ["/url"])
    }

    @Test("pause and resume; the place in the log stays")
    func pause() throws {
        let scene = Scene()
        _ = try scene.send(.post, "/webhooks", body: hook)
        _ = try scene.send(.post, "/publish", body: #"{"group":"g"}"#)
        let paused = try scene.send(.post, "/webhooks/id1/pause").json()
        #expect(paused["activo"]?.text == "false")
        let resumed = try scene.send(.post, "/webhooks/id1/resume").json()
        #expect(resumed["activo"]?.text == "true")
        #expect(resumed["progress"]?["cursor"]?.string == "k3f9aa-0")
    }

    @Test("nobody lets an endpoint hear what they may not hear themselves")
    func heard() throws {
        let scene = Scene()
        let principal = Principal(
            name: "key:a",
            grants: [Grant(.admin, pattern("$sys:*")), Grant(.subscribe, pattern("a:**"))])
        func send(_ method: HTTP1.Method, _ path: String, _ members: String) throws -> Response {
            try scene.send(
                method, path, body: #"{"nombre":"n","url":"https://example.com/",\#(members)}"#,
                as: principal)
        }
        #expect(try send(.post, "/webhooks", #""groups":["a:b","a:**"]"#).status == .created)
        for (members, pointers) in [
            (#""groups":["a:b","b","**"]"#, ["/groups/1", "/groups/2"]),
            (#""evento":"stock_bajo""#, ["/evento"]),
        ] {
            for (method, path) in [(HTTP1.Method.post, "/webhooks"), (.patch, "/webhooks/id1")] {
                let refused = try send(method, path, members)
                #expect(refused.status == .forbidden)
                #expect(try refused.pointers() == pointers)
            }
        }
        #expect(try scene.send(.patch, "/webhooks/id1", body: "{}", as: principal).status == .ok)
    }

    @Test("with one key a pause is done once, and told once", arguments: ["pause", "resume"])
    func pausedOnce(_ verb: String) throws {
        let scene = Scene()
        _ = try scene.send(.post, "/webhooks", body: hook)
        let fields: Fields = ["Idempotency-Key": "k"]
        let first = try scene.send(.post, "/webhooks/id1/\(verb)", fields)
        let before = scene.store.contents
        let second = try scene.send(.post, "/webhooks/id1/\(verb)", fields)
        #expect(second.fields["Idempotency-Replayed"] == "true")
        #expect(second.text == first.text)
        #expect(scene.store.contents == before)
    }

    @Test("rotate: both secrets sign until the old one ends; then only the new one does")
    func rotate() throws {
        let scene = Scene()
        _ = try scene.send(.post, "/webhooks", body: hook)
        let json = try scene.send(
            .post, "/webhooks/id1/rotate", body: #"{"overlap_seconds":60}"#
        ).json()
        #expect(json["secret"]?.string == "whsec_2")
        let webhook = try #require(try scene.store.webhook("id1"))
        #expect(webhook.signingSecrets(now: tenOClock) == ["whsec_2", "whsec_1"])
        #expect(webhook.signingSecrets(now: tenOClock + .seconds(59)) == ["whsec_2", "whsec_1"])
        #expect(webhook.signingSecrets(now: tenOClock + .seconds(60)) == ["whsec_2"])
    }

    @Test("rotated often, there are four secrets at most; without overlap, one")
    func rotateOften() throws {
        let scene = Scene()
        _ = try scene.send(.post, "/webhooks", body: hook)
        for _ in 1...5 { _ = try scene.send(.post, "/webhooks/id1/rotate") }
        #expect(
            try scene.store.webhook("id1")?.signingSecrets(now: tenOClock)
                == ["whsec_6", "whsec_5", "whsec_4", "whsec_3"])
        _ = try scene.send(.post, "/webhooks/id1/rotate", body: #"{"overlap_seconds":0}"#)
        #expect(try scene.store.webhook("id1")?.secrets.map(\.text) == ["whsec_7"])
    }

    @Test(
        "an overlap past a week, or none of a number, is refused",
        arguments: [(604_800, true), (604_801, false), (-1, false)])
    func overlap(_ seconds: Int, _ isTaken: Bool) throws {
        let scene = Scene()
        _ = try scene.send(.post, "/webhooks", body: hook)
        let response = try scene.send(
            .post, "/webhooks/id1/rotate", body: #"{"overlap_seconds":\#(seconds)}"#)
        #expect((response.status == .ok) == isTaken)
    }

    @Test("DELETE takes it and what is kept of it away")
    func delete() throws {
        let scene = Scene()
        _ = try scene.send(.post, "/webhooks", body: hook)
        #expect(try scene.send(.delete, "/webhooks/id1").status == .noContent)
        #expect(try scene.send(.get, "/webhooks/id1").status == .notFound)
        #expect(try scene.store.storedWebhook("id1") == nil)
        #expect(scene.store.events.last?.contains("webhook_deleted") == true)
    }

    @Test(
        "what is not there is 404",
        arguments: [
            (HTTP1.Method.get, ""), (.patch, ""), (.delete, ""), (.post, "/rotate"),
            (.post, "/pause"),
            (.post, "/resume"), (.get, "/deliveries"), (.post, "/replay"),
        ])
    func missing(_ method: HTTP1.Method, _ path: String) throws {
        let body = path == "/replay" ? #"{"since":"earliest"}"# : method == .patch ? "{}" : ""
        let response = try Scene().send(method, "/webhooks/none" + path, body: body)
        #expect(response.status == .notFound)
    }

    @Test(
        "without the grant to administer $sys:webhooks all of it is 403",
        arguments: [
            (HTTP1.Method.get, "/webhooks"), (.post, "/webhooks"), (.get, "/webhooks/id1"),
            (.patch, "/webhooks/id1"), (.delete, "/webhooks/id1"), (.post, "/webhooks/id1/rotate"),
            (.post, "/webhooks/id1/pause"), (.post, "/webhooks/id1/resume"),
            (.post, "/webhooks/id1/test"), (.get, "/webhooks/id1/deliveries"),
            (.post, "/webhooks/id1/replay"),
        ])
    func forbidden(_ method: HTTP1.Method, _ path: String) throws {
        let scene = Scene()
        let head = try RequestHead(
            method: method, target: RequestTarget(path, method: method),
            fields: ["Host": "localhost"])
        let somebody = Principal(name: "somebody", grants: [Grant(.admin, pattern("**"))])
        let reaction = scene.rules.react(
            to: Request(head: head, body: bytes(hook), now: tenOClock, principal: somebody))
        guard case .respond(let response) = reaction else {
            Issue.record("it was not refused")
            return
        }
        #expect(response.status == .forbidden)
    }

    @Test("pages of the list")
    func list() throws {
        let scene = Scene()
        for _ in 1...3 { _ = try scene.send(.post, "/webhooks", body: hook) }
        let first = try scene.send(.get, "/webhooks?limit=2").json()
        #expect(first["webhooks"]?.elements.compactMap { $0["id"]?.string } == ["id1", "id2"])
        #expect(first["next"]?.string == "id2")
        let second = try scene.send(.get, "/webhooks?limit=2&after=id2").json()
        #expect(second["webhooks"]?.elements.compactMap { $0["id"]?.string } == ["id3"])
        #expect(second["next"]?.text == "null")
    }
}
