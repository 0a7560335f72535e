import HTTP1
import Log
import Testing

@testable import Hub

@Suite("WIRE §5 /tasks: seed 002's resource")
struct Section05_Tasks {
    private static let first =
        #"{"id":"id1","title":"Nueva tarea","description":"","completed":false,"#
        + #""created_at":"2026-01-15T10:00:00.000Z","updated_at":"2026-01-15T10:00:00.000Z"}"#

    @Test("POST makes a task: 201 with Location and ETag, and task_created in one transaction")
    func create() throws {
        let scene = Scene()
        let response = try scene.send(.post, "/tasks", body: #"{"title":"Nueva tarea"}"#)
        #expect(response.status == .created)
        #expect(response.fields["Location"] == "/tasks/id1")
        #expect(response.fields["ETag"] == #""1""#)
        #expect(response.fields["Content-Type"] == "application/json")
        #expect(response.text == Self.first)
        #expect(scene.store.events == ["tasks task_created task=\(Self.first)"])
    }

    @Test("GET gives the task as it was announced, with its version")
    func read() throws {
        let scene = try Scene.withTask(#"{"title":"Nueva tarea"}"#)
        let response = try scene.send(.get, "/tasks/id1")
        #expect(response.status == .ok)
        #expect(response.text == Self.first)
        #expect(response.fields["ETag"] == #""1""#)
    }

    @Test("PUT replaces all that is a client's; what it leaves out goes back to its default")
    func replace() throws {
        let scene = try Scene.withTask(#"{"title":"a","description":"b","completed":true}"#)
        scene.store.now = tenOClock + .seconds(5)
        let response = try scene.send(.put, "/tasks/id1", body: #"{"title":"c"}"#)
        #expect(response.status == .ok)
        #expect(response.fields["ETag"] == #""2""#)
        let json = try response.json()
        #expect(json["title"]?.string == "c")
        #expect(json["description"]?.string == "")
        #expect(json["completed"]?.text == "false")
        #expect(json["created_at"]?.string == "2026-01-15T10:00:00.000Z")
        #expect(json["updated_at"]?.string == "2026-01-15T10:00:05.000Z")
        #expect(scene.store.events.last == "tasks task_updated task=\(response.text)")
    }

    @Test(
        "RFC 7396: PATCH changes what it names; null puts the default back",
        arguments: [
            (#"{"title":"c"}"#, "c", "b", "true"), (#"{"description":"c"}"#, "a", "c", "true"),
            (#"{"completed":false}"#, "a", "b", "false"), ("{}", "a", "b", "true"),
            (#"{"description":null}"#, "a", "", "true"),
            (#"{"completed":null}"#, "a", "b", "false"),
            (#"{"description":null,"completed":null}"#, "a", "", "false"),
        ])
    func patch(
        _ body: String, _ title: String, _ description: String, _ completed: String
    ) throws {
        for type in ["application/merge-patch+json", "application/json"] {
            let scene = try Scene.withTask(#"{"title":"a","description":"b","completed":true}"#)
            let json = try scene.send(
                .patch, "/tasks/id1", ["Content-Type": type], body: body
            ).json()
            #expect(json["title"]?.string == title)
            #expect(json["description"]?.string == description)
            #expect(json["completed"]?.text == completed)
        }
    }

    @Test("RFC 7396: the title cannot be removed, and the task stays as it is")
    func patchTitleAway() throws {
        let scene = try Scene.withTask(#"{"title":"a"}"#)
        let response = try scene.send(.patch, "/tasks/id1", body: #"{"title":null}"#)
        #expect(response.status == .unprocessableContent)
        #expect(try response.pointers() == ["/title"])
        #expect(scene.store.drafts.count == 1)
    }

    @Test("DELETE: 204, the task goes, and task_deleted carries it as it was")
    func delete() throws {
        let scene = try Scene.withTask(#"{"title":"Nueva tarea"}"#)
        let response = try scene.send(.delete, "/tasks/id1")
        #expect(response.status == .noContent)
        #expect(response.text.isEmpty)
        #expect(scene.store.events.last == "tasks task_deleted task=\(Self.first)")
        #expect(try scene.send(.get, "/tasks/id1").status == .notFound)
        #expect(try scene.send(.delete, "/tasks/id1").status == .notFound)
        #expect(scene.store.drafts.count == 2)
    }

    @Test(
        "what is not there is 404, and announces nothing",
        arguments: [Method.get, .put, .patch, .delete])
    func notThere(_ method: Method) throws {
        let scene = Scene()
        let response = try scene.send(method, "/tasks/none", body: TaskBody.title(1))
        #expect(response.status == .notFound)
        #expect(try response.json()["detail"]?.string == "there is no task \"none\"")
        #expect(scene.store.drafts.isEmpty)
    }

    @Test("a record that the hub did not write is a damaged store, not an empty answer")
    func damaged() throws {
        let scene = Scene()
        try scene.store.put(Task.collection, "id1", bytes("nonsense"))
        #expect(throws: EngineError.self) { try scene.send(.get, "/tasks/id1") }
        #expect(throws: EngineError.self) { try scene.send(.get, "/tasks") }
    }
}

extension Scene {
    /// A scene in which a task was made of each body: `id1`, `id2` and so on.
    static func withTask(_ bodies: String...) throws -> Scene {
        let scene = Scene()
        for body in bodies { _ = try scene.send(.post, "/tasks", body: body) }
        return scene
    }
}

/// A request with a condition, and its answer; the task is at version "2".
struct ConditionCase: Sendable, CustomTestStringConvertible {
    var fields: Fields
    var read: UInt16
    var write: UInt16

    init(_ name: String, _ value: String, read: UInt16, write: UInt16) {
        fields = [name: value]
        self.read = read
        self.write = write
    }

    var testDescription: String { fields.map { "\($0.name): \($0.value)" }.joined() }
}

@Suite("RFC 9110 §13 Conditional requests of a task")
struct RFC9110_Section13_Conditions {
    @Test(
        "§13.1 If-Match and If-None-Match",
        arguments: [
            ConditionCase("If-Match", #""2""#, read: 200, write: 200),
            ConditionCase("If-Match", #""1", "2""#, read: 200, write: 200),
            ConditionCase("If-Match", "*", read: 200, write: 200),
            ConditionCase("If-Match", #""1""#, read: 412, write: 412),
            ConditionCase("If-Match", #"W/"2""#, read: 412, write: 412),
            ConditionCase("If-Match", "2", read: 412, write: 412),
            ConditionCase("If-None-Match", #""2""#, read: 304, write: 412),
            ConditionCase("If-None-Match", #"W/"2""#, read: 304, write: 412),
            ConditionCase("If-None-Match", "*", read: 304, write: 412),
            ConditionCase("If-None-Match", #""1""#, read: 200, write: 200),
        ])
    func conditions(_ row: ConditionCase) throws {
        for method in [Method.get, .head, .put, .patch, .delete] {
            let scene = try Scene.withTask(#"{"title":"a"}"#)
            _ = try scene.send(.patch, "/tasks/id1", body: #"{"completed":true}"#)
            let response = try scene.send(method, "/tasks/id1", row.fields, body: TaskBody.title(1))
            let isRead = method == .get || method == .head
            let expected = isRead ? row.read : row.write
            let isGone = method == .delete && expected == 200
            #expect(response.status.rawValue == (isGone ? 204 : expected), "\(method.rawValue)")
            #expect(scene.store.drafts.count == (isRead || expected == 412 ? 2 : 3))
            if expected == 412 { #expect(response.fields["ETag"] == #""2""#) }
        }
    }

    @Test("§15.4.5 a 304 has the ETag and no content")
    func notModified() throws {
        let scene = try Scene.withTask(#"{"title":"a"}"#)
        let response = try scene.send(.get, "/tasks/id1", ["If-None-Match": #""1""#])
        #expect(response.fields == ["ETag": #""1""#])
        #expect(response.text.isEmpty)
    }

    @Test("two writers of one version: the second learns of the first")
    func lostUpdate() throws {
        let scene = try Scene.withTask(#"{"title":"a"}"#)
        let fields: Fields = ["If-Match": #""1""#]
        let first = try scene.send(.patch, "/tasks/id1", fields, body: #"{"title":"b"}"#)
        let second = try scene.send(.patch, "/tasks/id1", fields, body: #"{"title":"c"}"#)
        #expect(first.status == .ok)
        #expect(second.status == .preconditionFailed)
        #expect(try scene.send(.get, "/tasks/id1").json()["title"]?.string == "b")
    }
}
