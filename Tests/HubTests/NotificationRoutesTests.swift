import HTTP1
import JSON
import Log
import Testing

@testable import Hub

extension Scene {
    /// Makes a notification; its identifier.
    @discardableResult
    func add(_ consumer: String, _ contenido: String = "hola") throws -> String {
        let body = #"{"consumer":"\#(consumer)","tipo":"aviso","contenido":"\#(contenido)"}"#
        return try #require(try send(.post, "/notifications", body: body).json()["id"]).text
    }

    /// The identifiers of a list, in its order, and where the next page begins.
    func list(_ query: String) throws -> (ids: [String], next: String?) {
        let page = try send(.get, "/notifications?\(query)").json()
        return (
            page["notifications"]?.elements.compactMap { $0["id"]?.text } ?? [], page["next"]?.text
        )
    }
}

@Suite("WIRE §5: POST /notifications")
struct NotificationCreation {
    let scene = Scene()

    @Test func `answers with the object of seed 004, whose event is in the same transaction`()
        throws
    {
        let response = try scene.send(
            .post, "/notifications",
            body: #"{"consumer":"1","tipo":"alerta","contenido":"Alta probabilidad","deseo_id":5}"#)
        let object =
            #"{"id":1,"tipo":"alerta","contenido":"Alta probabilidad","#
            + #""fecha_envio":"2026-01-15T10:00:00.000Z","leida":false,"deseo_id":5,"#
            + #""consumer":"1","channel":null,"recipient":null}"#
        #expect(response.status == .created)
        #expect(response.fields.first("location") == "/notifications/1")
        #expect(response.text == object)
        #expect(scene.store.events == ["notifications:1 new_notification notification=\(object)"])
    }

    @Test func `counts identifiers over the whole hub, and uses none twice`() throws {
        #expect(try scene.add("1") == "1")
        #expect(try scene.add("2") == "2")
        #expect(try scene.send(.delete, "/notifications/2").status == .noContent)
        #expect(try scene.add("1") == "3")
    }

    @Test func `takes a consumer and a channel as other systems write them`() throws {
        let response = try scene.send(
            .post, "/notifications",
            body: #"{"consumer":7,"tipo":"a","contenido":"b","deseo_id":null,"channel":"whatsapp"}"#
        )
        let object = try response.json()
        #expect(object["consumer"]?.text == #""7""#)
        #expect(object["channel"]?.text == #""whatsapp""#)
        #expect(object["deseo_id"]?.text == "null")
    }

    @Test(arguments: [
        (#"{}"#, ["/consumer", "/tipo", "/contenido"]),
        (
            #"{"consumer":"a:b","tipo":"","contenido":7,"deseo_id":"x","channel":1}"#,
            ["/consumer", "/tipo", "/contenido", "/deseo_id", "/channel"]
        ),
        (#"{"consumer":null,"tipo":null,"contenido":"b"}"#, ["/consumer", "/tipo"]),
        (#"{"consumer":"$a","tipo":"a","contenido":" \n"}"#, ["/consumer", "/contenido"]),
        (#"{"consumer":"1","tipo":"a","contenido":"b","deseo_id":1.5}"#, ["/deseo_id"]),
        (#"{"consumer":"","tipo":"a","contenido":"b"}"#, ["/consumer"]),
    ])
    func `lists every fault at its place, and keeps nothing`(body: String, pointers: [String])
        throws
    {
        let response = try scene.send(.post, "/notifications", body: body)
        #expect(response.status == .unprocessableContent)
        #expect(try Set(response.pointers()) == Set(pointers))
        #expect(try response.pointers().count == pointers.count)
        #expect(scene.store.events.isEmpty)
    }

    @Test(arguments: [
        ("tipo", NotificationDraft.maxTipoCharacters),
        ("contenido", NotificationDraft.maxContenidoCharacters),
        ("channel", NotificationDraft.maxChannelCharacters),
        ("consumer", ConsumerID.maxBytes),
    ])
    func `takes texts up to their bound`(member: String, bound: Int) throws {
        var members = ["consumer": "1", "tipo": "a", "contenido": "b", "channel": "c"]
        for (length, status) in [
            (bound - 1, Status.created), (bound, .created), (bound + 1, .unprocessableContent),
        ] {
            members[member] = String(repeating: "x", count: length)
            let body = members.map { #""\#($0)":"\#($1)""# }.joined(separator: ",")
            #expect(try scene.send(.post, "/notifications", body: "{\(body)}").status == status)
        }
    }

    @Test func `lists no more than a page may be, and goes on behind it`() throws {
        let text = String(repeating: "😀", count: NotificationDraft.maxContenidoCharacters)
        let draft = try NotificationDraft(
            bytes(#"{"consumer":"1","tipo":"a","contenido":"\#(text)"}"#), limits: .init())
        let count = RecordPage.maxBytes / text.utf8.count + 10
        let made = try scene.store.run { transaction throws(EngineError) in
            .commit(
                try transaction.add(Array(repeating: draft, count: count), keptFor: nil).count)
        }
        #expect(made == count)
        let first = try scene.send(.get, "/notifications?consumer=1&limit=1000").text
        let shown = first.split(separator: #""leida""#).count - 1
        #expect(shown < count)
        let next = count - shown + 1
        #expect(first.hasSuffix(#""next":\#(next)}"#))
        let second = try scene.list("consumer=1&limit=1000&after=\(next)")
        #expect(second.ids == (1..<next).reversed().map(String.init))
        #expect(second.next == "null")
    }

    @Test func `is done once for its key`() throws {
        let body = #"{"consumer":"1","tipo":"a","contenido":"b"}"#
        let key: Fields = ["Idempotency-Key": "k1"]
        let first = try scene.send(.post, "/notifications", key, body: body)
        let again = try scene.send(.post, "/notifications", key, body: body)
        #expect(again.text == first.text)
        #expect(again.fields.first("idempotency-replayed") == "true")
        #expect(scene.store.events.count == 1)
    }
}

@Suite("WIRE §5: GET /notifications")
struct NotificationList {
    let scene = Scene()

    @Test func `shows one consumer's, newest first, in pages`() throws {
        for consumer in ["1", "2", "1", "11", "1", "1"] { try scene.add(consumer) }
        _ = try scene.send(.post, "/notifications/3/read")
        #expect(try scene.list("consumer=1") == (["6", "5", "3", "1"], "null"))
        #expect(try scene.list("consumer=1&limit=3") == (["6", "5", "3"], "3"))
        #expect(try scene.list("consumer=1&limit=3&after=3") == (["1"], "null"))
        #expect(try scene.list("consumer=1&limit=4") == (["6", "5", "3", "1"], "null"))
        #expect(try scene.list("consumer=1&unread=true") == (["6", "5", "1"], "null"))
        #expect(try scene.list("consumer=1&unread=true&limit=1&after=6") == (["5"], "5"))
        #expect(try scene.list("consumer=1&unread=false") == (["3"], "null"))
        #expect(try scene.list("consumer=3") == ([], "null"))
    }

    @Test func `has no double at ten, where identifiers grow by a digit`() throws {
        for _ in 1...11 { try scene.add("1") }
        #expect(try scene.list("consumer=1&limit=3") == (["11", "10", "9"], "9"))
    }

    @Test func `counts what is not read`() throws {
        for consumer in ["1", "1", "2"] { try scene.add(consumer) }
        _ = try scene.send(.post, "/notifications/1/read")
        #expect(
            try scene.send(.get, "/notifications/unread?consumer=1").text
                == #"{"consumer":"1","unread":1}"#)
    }

    @Test(arguments: [
        "", "?consumer=a:b", "?consumer=", "?consumer=1&limit=0", "?consumer=1&limit=1001",
        "?consumer=1&unread=ja", "?consumer=1&after=0", "?consumer=1&after=10000000000000000",
    ])
    func `refuses a query that it cannot read`(query: String) throws {
        #expect(try scene.send(.get, "/notifications\(query)").code() == "invalid_parameter")
    }
}

@Suite("WIRE §5: one notification, and all of a consumer")
struct NotificationChanges {
    let scene = Scene()

    @Test func `marks as read once, with one event`() throws {
        try scene.add("1")
        let first = try scene.send(.post, "/notifications/1/read")
        let again = try scene.send(.post, "/notifications/1/read")
        #expect(first.status == .ok)
        #expect(try first.json()["leida"]?.text == "true")
        #expect(again.text == first.text)
        #expect(try scene.send(.get, "/notifications/1").text == first.text)
        #expect(scene.store.events.dropFirst() == ["notifications:1 marked_read notification_id=1"])
    }

    @Test(arguments: [false, true])
    func `deletes with an event`(isRead: Bool) throws {
        try scene.add("1")
        if isRead { _ = try scene.send(.post, "/notifications/1/read") }
        #expect(try scene.send(.delete, "/notifications/1").status == .noContent)
        #expect(try scene.send(.get, "/notifications/1").status == .notFound)
        #expect(try scene.list("consumer=1").ids.isEmpty)
        #expect(scene.store.events.last == "notifications:1 notification_deleted notification_id=1")
    }

    @Test func `marks all of a consumer as read, as many as one transaction takes`() throws {
        for _ in 0...Scene.maxBatchEvents { try scene.add("1") }
        try scene.add("2")
        let answers = try (1...3).map { _ in
            try scene.send(.post, "/notifications/read?consumer=1").text
        }
        #expect(
            answers == [
                #"{"consumer":"1","marked":3,"more":true}"#,
                #"{"consumer":"1","marked":1,"more":false}"#,
                #"{"consumer":"1","marked":0,"more":false}"#,
            ])
        #expect(try scene.list("consumer=1&unread=true").ids.isEmpty)
        #expect(try scene.list("consumer=2&unread=true").ids == ["5"])
        #expect(scene.store.events.count { $0.contains("marked_read") } == 4)
    }

    @Test(arguments: ["9", "x", "-1", "0", "10000000000000000", "99999999999999999999999"])
    func `knows no such notification`(id: String) throws {
        try scene.add("1")
        #expect(try scene.send(.get, "/notifications/\(id)").code() == "not_found")
        #expect(try scene.send(.delete, "/notifications/\(id)").code() == "not_found")
        #expect(try scene.send(.post, "/notifications/\(id)/read").code() == "not_found")
        #expect(scene.store.events.count == 1)
    }

    @Test func `an engine that fails keeps nothing of it`() throws {
        try scene.add("1")
        scene.store.failure = .full
        #expect(throws: EngineError.full) { try scene.send(.post, "/notifications/1/read") }
        #expect(try scene.list("consumer=1&unread=true").ids == ["1"])
        #expect(scene.store.events.count == 1)
    }
}
