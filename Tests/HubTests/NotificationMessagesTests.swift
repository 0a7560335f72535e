import HTTP1
import JSON
import Log
import Testing

@testable import Hub

private func consumer(_ text: String) throws -> ConsumerID { try #require(ConsumerID(text)) }

@Suite("Seed 004: /ws/notificaciones/{consumidor_id}/")
struct InitialNotificationsTests {
    let scene = Scene()

    private func initial(_ id: String) throws -> InitialNotifications {
        try scene.rules.initialNotifications(of: consumer(id))(scene.store)
    }

    private func ids(_ message: ServerMessage) throws -> [String] {
        try Value.parse(message.json)["notifications"]?.elements.compactMap { $0["id"]?.text } ?? []
    }

    @Test(arguments: ["/ws/notificaciones/1/", "/ws/notificaciones/1"])
    func `is a WebSocket of that consumer`(path: String) throws {
        let reaction = try scene.react(.get, path, ["Upgrade": "websocket"])
        guard case .openWebSocket(.notifications(let id)) = reaction else {
            Issue.record("not a WebSocket of notifications: \(reaction)")
            return
        }
        #expect(id.text == "1")
    }

    @Test func `asks others to upgrade, and refuses what is no consumer`() throws {
        #expect(try scene.send(.get, "/ws/notificaciones/1/").status == .upgradeRequired)
        #expect(
            try scene.send(.get, "/ws/notificaciones/a:b/", ["Upgrade": "websocket"]).code()
                == "invalid_parameter")
    }

    @Test func `begins with what is not read, newest first, at a point of the log`() throws {
        for id in ["1", "2", "1"] { try scene.add(id) }
        _ = try scene.send(.post, "/notifications/2/read")
        let list = try scene.send(.get, "/notifications/3").text
        let message = ServerMessage.initialNotifications(try initial("1"))
        #expect(
            text(message.json).hasPrefix(
                #"{"type":"initial_notifications","notifications":[\#(list),{"id":1,"#))
        #expect(text(message.json).hasSuffix(#"],"more":false,"cursor":"k3f9aa-4"}"#))
        #expect(
            text(ServerMessage.initialNotifications(try initial("9")).json)
                == #"{"type":"initial_notifications","notifications":[],"more":false,"cursor":"k3f9aa-4"}"#
        )
    }

    @Test func `goes on from that point with events alone`() throws {
        try scene.add("1")
        let subscription = scene.rules.subscription(of: try consumer("1"), after: try initial("1"))
        #expect(subscription.patterns == [pattern("notifications:1")])
        #expect(subscription.since == .cursor(cursor(1)))
        #expect(subscription.isQuiet)
    }

    @Test func `is bounded in number`() throws {
        for _ in 0..<InitialNotifications.maxCount { try scene.add("1") }
        #expect(try !initial("1").hasMore)
        try scene.add("1")
        let initial = try initial("1")
        let ids = try ids(.initialNotifications(initial))
        #expect(initial.hasMore)
        #expect(ids.count == InitialNotifications.maxCount)
        #expect(ids.first == "101" && ids.last == "2")
    }

    @Test func `is bounded in bytes`() throws {
        let contenido = String(repeating: "x", count: NotificationDraft.maxContenidoCharacters)
        for _ in 0..<40 { try scene.add("1", contenido) }
        let initial = try initial("1")
        #expect(initial.hasMore)
        #expect(initial.json.count <= InitialNotifications.maxBytes)
        let each = try scene.send(.get, "/notifications/40").text.utf8.count
        #expect(
            try ids(.initialNotifications(initial)).count == InitialNotifications.maxBytes / each)
    }
}

@Suite("WIRE §4: mark_read")
struct MarkReadTests {
    let scene = Scene()

    private func markRead(_ message: String, on own: String? = nil) throws -> MarkRead {
        guard case .markRead(let request) = try scene.rules.read(bytes(message)) else {
            throw Scene.NoResponse()
        }
        return try scene.rules.markRead(request, on: try own.map(consumer))
    }

    /// What the connection that asked is answered, by the message that asks.
    private func answer(_ message: String, on own: String? = nil) throws -> String? {
        let markRead = try markRead(message, on: own)
        return markRead.answer(to: try scene.store.run(markRead.perform)).map { text($0.json) }
    }

    @Test func `is answered by its event on the consumer's own connection`() throws {
        try scene.add("1")
        #expect(try answer(#"{"type":"mark_read","notification_id":1}"#, on: "1") == nil)
        #expect(scene.store.events.last == "notifications:1 marked_read notification_id=1")
        #expect(try scene.send(.get, "/notifications/1").json()["leida"]?.text == "true")
    }

    @Test func `is answered again without a second event`() throws {
        try scene.add("1")
        _ = try answer(#"{"type":"mark_read","notification_id":1}"#, on: "1")
        #expect(
            try answer(#"{"type":"mark_read","notification_id":1}"#, on: "1")
                == #"{"type":"marked_read","notification_id":1}"#)
        #expect(scene.store.events.count == 2)
    }

    @Test func `echoes a ref`() throws {
        try scene.add("1")
        #expect(
            try answer(#"{"type":"mark_read","notification_id":1,"ref":7}"#, on: "1")
                == #"{"type":"marked_read","notification_id":1,"ref":7}"#)
    }

    @Test(arguments: [#""1""#, "1"])
    func `names its consumer on other connections`(id: String) throws {
        try scene.add("1")
        #expect(
            try answer(#"{"type":"mark_read","notification_id":1,"consumer":\#(id)}"#)
                == #"{"type":"marked_read","notification_id":1}"#)
    }

    @Test(arguments: [("2", "1"), ("1", "2"), ("1", "-1"), ("1", "10000000000000000")])
    func `says that there is no such notification of the consumer`(own: String, id: String) throws {
        try scene.add("1")
        let answer = try answer(
            #"{"type":"mark_read","notification_id":\#(id),"ref":"r"}"#, on: own)
        #expect(
            answer == #"{"type":"error","code":"not_found","message":"#
                + #""\#(own) has no notification \#(id)","ref":"r"}"#)
        #expect(scene.store.events.count == 1)
    }

    @Test(
        arguments: [
            (#"{"type":"mark_read","notification_id":1,"ref":1}"#, nil),
            (#"{"type":"mark_read","notification_id":1,"consumer":"2","ref":1}"#, "1"),
            (#"{"type":"mark_read","notification_id":1,"consumer":"a:b","ref":1}"#, nil),
            (#"{"type":"mark_read","notification_id":"1","consumer":"1","ref":1}"#, nil),
            (#"{"type":"mark_read","consumer":"1","ref":1}"#, nil),
        ] as [(String, String?)])
    func `is refused where it does not say which`(message: String, own: String?) throws {
        let fault = try #require(throws: MessageFault.self) { try markRead(message, on: own) }
        #expect(fault.failure == .invalidMessage)
        #expect(fault.ref == bytes("1"))
    }

    @Test func `says what the engine could not do`() throws {
        let markRead = try markRead(#"{"type":"mark_read","notification_id":1,"ref":1}"#, on: "1")
        #expect(
            text(markRead.answer(to: .full).json)
                == #"{"type":"error","code":"store_full","message":"the disk is full","ref":1}"#)
    }
}
