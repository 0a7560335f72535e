import HTTP1
import JSON
import Log
import Testing

@testable import Hub

@Suite("Seed 004: how long notifications are kept")
struct NotificationRetention {
    private func unread(_ scene: Scene) throws -> String? {
        try scene.send(.get, "/notifications/unread?consumer=1").json()["unread"]?.text
    }

    @Test("read or not, a notification is gone with all of its rows at the same moment")
    func age() throws {
        let scene = Scene(notificationsAge: .seconds(60))
        try scene.add("1")
        try scene.add("1")
        scene.store.now = tenOClock + .seconds(30)
        try scene.add("1")
        _ = try scene.send(.post, "/notifications/2/read")

        scene.store.now = tenOClock + .milliseconds(59_999)
        #expect(try scene.list("consumer=1").ids == ["3", "2", "1"])
        #expect(try unread(scene) == "2")

        scene.store.now = tenOClock + .seconds(60)
        #expect(try scene.list("consumer=1").ids == ["3"])
        #expect(try scene.list("consumer=1&unread=false").ids.isEmpty)
        #expect(try unread(scene) == "1")
        for id in 1...2 {
            #expect(try scene.send(.get, "/notifications/\(id)").status == .notFound)
            #expect(try scene.send(.post, "/notifications/\(id)/read").status == .notFound)
            #expect(try scene.send(.delete, "/notifications/\(id)").status == .notFound)
        }
        #expect(
            try scene.send(.post, "/notifications/read?consumer=1").text
                == #"{"consumer":"1","marked":1,"more":false}"#)
        for collection in [
            NotificationRecords.unread, NotificationRecords.read, NotificationRecords.consumers,
        ] {
            let keys = try scene.store.records(collection, limit: 10).map(\.key)
            #expect(keys.allSatisfy { $0.hasSuffix("3") })
        }
    }

    @Test("its first message to a consumer has none that is gone, and marking one is refused")
    func socket() throws {
        let scene = Scene(notificationsAge: .seconds(60))
        try scene.add("1")
        scene.store.now = tenOClock + .seconds(60)
        let consumer = try #require(ConsumerID("1"))
        let initial = try scene.rules.initialNotifications(of: consumer)(scene.store)
        #expect(text(initial.json) == "[]")
        let mark = try scene.rules.markRead(MarkReadRequest(notificationID: 1), on: consumer)
        guard case .unknown = try scene.store.run(mark.perform) else {
            Issue.record("it was marked")
            return
        }
        #expect(scene.store.events.count == 1)
    }

    @Test("a number is not used again, also where all are gone")
    func numbers() throws {
        let scene = Scene(notificationsAge: .seconds(60))
        try scene.add("1")
        scene.store.now = tenOClock + .seconds(60)
        #expect(try scene.add("1") == "2")
    }

    @Test("without an age they stay; reading one under another age moves all of its rows")
    func change() throws {
        let scene = Scene()
        try scene.add("1")
        scene.store.now = tenOClock + .seconds(1_000_000_000)
        #expect(try scene.list("consumer=1").ids == ["1"])
        scene.store.now = tenOClock + .seconds(10)
        let notification = try #require(try scene.store.notification(1))
        try scene.store.markRead(notification, keptFor: .seconds(60))
        scene.store.now = tenOClock + .seconds(60)
        #expect(try scene.list("consumer=1").ids.isEmpty)
        #expect(
            try scene.store.record(NotificationRecords.consumers, NotificationRecords.digits(1))
                == nil)
    }
}
