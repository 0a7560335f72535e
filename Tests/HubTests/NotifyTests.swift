import HTTP1
import JSON
import Log
import Testing

@testable import Hub

@Suite("Seed 000: POST /api/cascade/notify/")
struct NotifyRequests {
    let scene = Scene()

    @Test(arguments: ["/notify", "/api/cascade/notify/"])
    func `makes a notification for each recipient, with its channel`(path: String) throws {
        let response = try scene.send(
            .post, path,
            body: #"{"type":"alert","message":"Stock bajo en módulo A","#
                + #""recipients":["+593999999999","ana"],"channel":"whatsapp"}"#)
        #expect(response.status == .created)
        #expect(
            response.text == #"{"sent":2,"notifications":["#
                + #"{"id":1,"consumer":"593999999999","recipient":"+593999999999"},"#
                + #"{"id":2,"consumer":"ana","recipient":"ana"}]}"#)
        #expect(
            try scene.send(.get, "/notifications/1").text
                == #"{"id":1,"tipo":"alert","contenido":"Stock bajo en módulo A","#
                + #""fecha_envio":"2026-01-15T10:00:00.000Z","leida":false,"deseo_id":null,"#
                + #""consumer":"593999999999","channel":"whatsapp","recipient":"+593999999999"}"#)
        #expect(
            scene.store.drafts.map(\.group.name) == [
                "notifications:593999999999", "notifications:ana",
            ])
    }

    @Test func `tells who is named twice once`() throws {
        let response = try scene.send(
            .post, "/notify",
            body: #"{"type":"a","message":"b","recipients":["+593 99","59399",59399]}"#)
        #expect(try response.json()["sent"]?.text == "1")
    }

    @Test(arguments: [
        (#"{}"#, ["/type", "/message", "/recipients"]),
        (
            #"{"type":1,"message":"","recipients":"ana","channel":""}"#,
            ["/type", "/message", "/recipients", "/channel"]
        ),
        (#"{"type":"a","message":"b","recipients":[]}"#, ["/recipients"]),
        (
            #"{"type":"a","message":"b","recipients":["ana","",{},null]}"#,
            ["/recipients/1", "/recipients/2", "/recipients"]
        ),
        (#"{"type":"a","message":"b","recipients":null}"#, ["/recipients"]),
    ])
    func `lists every fault at its place, and keeps nothing`(body: String, pointers: [String])
        throws
    {
        let response = try scene.send(.post, "/notify", body: body)
        #expect(response.status == .unprocessableContent)
        #expect(try Set(response.pointers()) == Set(pointers))
        #expect(scene.store.events.isEmpty)
    }

    @Test(arguments: [
        (Scene.maxBatchEvents - 1, Status.created), (Scene.maxBatchEvents, .created),
        (Scene.maxBatchEvents + 1, .unprocessableContent),
    ])
    func `takes as many recipients as one transaction`(count: Int, status: Status) throws {
        let recipients = (0..<count).map { #""c\#($0)""# }.joined(separator: ",")
        let response = try scene.send(
            .post, "/notify", body: #"{"type":"a","message":"b","recipients":[\#(recipients)]}"#)
        #expect(response.status == status)
    }

    @Test func `is done once for its key, whichever path is taken`() throws {
        let body = #"{"type":"a","message":"b","recipients":["ana"]}"#
        let key: Fields = ["Idempotency-Key": "k1"]
        let first = try scene.send(.post, "/notify", key, body: body)
        #expect(try scene.send(.post, "/api/cascade/notify", key, body: body).text == first.text)
        #expect(scene.store.events.count == 1)
    }
}

@Suite("WIRE §2: recipients as consumers")
struct Recipients {
    @Test(arguments: [
        ("ana", "ana"), ("user_1", "user_1"), ("593999999999", "593999999999"),
        ("+593999999999", "593999999999"), ("+593 (99) 999-99.99", "593999999999"),
        ("ana@example.com", "ana_40example.com"), ("a_b@c", "a_5fb_40c"), ("ñ", "_c3_b1"),
        ("a:b", "a_3ab"), ("+", "_2b"), ("+12a", "_2b12a"), ("$x", "_24x"),
    ])
    func `have names that a group's segment can hold`(recipient: String, consumer: String) {
        #expect(ConsumerID(recipient: recipient)?.text == consumer)
        #expect(ConsumerID(recipient: recipient)?.group.name == "notifications:\(consumer)")
    }

    @Test func `are refused where they are empty or too long`() {
        #expect(ConsumerID(recipient: "") == nil)
        #expect(ConsumerID(recipient: String(repeating: "@", count: 62))?.text.utf8.count == 186)
        #expect(ConsumerID(recipient: String(repeating: "@", count: 63)) == nil)
    }
}
