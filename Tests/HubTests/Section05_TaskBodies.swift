import HTTP1
import Testing

@testable import Hub

/// A body of a task, and the pointers of its faults.
struct TaskBody: Sendable, CustomTestStringConvertible {
    var name: String
    var json: String
    var pointers: [String]

    init(_ name: String, _ json: String, at pointers: String...) {
        self.name = name
        self.json = json
        self.pointers = pointers
    }

    var testDescription: String { name }

    static func title(_ count: Int, of character: String = "x") -> String {
        #"{"title":"\#(String(repeating: character, count: count))"}"#
    }

    static func description(_ count: Int) -> String {
        #"{"title":"t","description":"\#(String(repeating: "é", count: count))"}"#
    }
}

@Suite("WIRE §5 /tasks: what a body may say")
struct Section05_TaskBodies {
    @Test(
        "every fault of a new task is listed at its place (RFC 6901)",
        arguments: [
            TaskBody("no title", "{}", at: "/title"),
            TaskBody("an empty title", #"{"title":""}"#, at: "/title"),
            TaskBody("a blank title", #"{"title":" \t\n"}"#, at: "/title"),
            TaskBody("a title that is null", #"{"title":null}"#, at: "/title"),
            TaskBody("a title that is a number", #"{"title":1}"#, at: "/title"),
            TaskBody("a title too long by one", TaskBody.title(201), at: "/title"),
            TaskBody(
                "a description too long by one", TaskBody.description(10_001), at: "/description"),
            TaskBody(
                "a description that is null", #"{"title":"t","description":null}"#,
                at: "/description"),
            TaskBody("completed as a text", #"{"title":"t","completed":"yes"}"#, at: "/completed"),
            TaskBody("completed as a number", #"{"title":"t","completed":1}"#, at: "/completed"),
            TaskBody(
                "all three", #"{"completed":0,"title":[],"description":{"a":1}}"#,
                at: "/completed", "/title", "/description"),
            TaskBody(
                "two, and no title", #"{"completed":0,"description":1}"#,
                at: "/completed", "/description", "/title"),
            TaskBody("no object", "[]", at: ""),
        ])
    func faults(_ row: TaskBody) throws {
        for (method, target) in [(Method.post, "/tasks"), (.put, "/tasks/id1")] {
            let scene = Scene()
            let response = try scene.send(method, target, body: row.json)
            #expect(response.status == .unprocessableContent)
            #expect(try response.code() == "invalid_body")
            #expect(try response.pointers() == row.pointers)
            #expect(scene.store.drafts.isEmpty)
        }
    }

    @Test(
        "what is at its bound is taken",
        arguments: [
            TaskBody("200 characters", TaskBody.title(200)),
            TaskBody("200 characters of four bytes", TaskBody.title(200, of: "🔔")),
            TaskBody("10 000 characters", TaskBody.description(10_000)),
            TaskBody("one character", TaskBody.title(1)),
        ])
    func atBound(_ row: TaskBody) throws {
        #expect(try Scene().send(.post, "/tasks", body: row.json).status == .created)
    }

    @Test("characters are code points, so that no title is longer than what can be read again")
    func codePoints() throws {
        let scene = Scene(maxMessageBytes: 4 << 20)
        let accents = String(repeating: "\u{301}", count: 600_000)
        let response = try scene.send(.post, "/tasks", body: #"{"title":"e\#(accents)"}"#)
        #expect(response.status == .unprocessableContent)
        #expect(try response.pointers() == ["/title"])
        #expect(try scene.send(.get, "/tasks").status == .ok)
    }

    @Test(
        "RFC 8259: what is no JSON is 400, with the place",
        arguments: ["", "{", "Nueva tarea", #"{"title":"a","title":"b"}"#, #"{"title":"a"} x"#])
    func malformed(_ body: String) throws {
        let response = try Scene().send(.post, "/tasks", body: body)
        #expect(response.status == .badRequest)
        #expect(try response.code() == "malformed_json")
        #expect(try response.json()["detail"]?.string?.contains("at byte") == true)
    }

    @Test("a fault of the grammar outweighs the faults before it")
    func malformedLater() throws {
        let response = try Scene().send(.post, "/tasks", body: #"{"title":1,"completed":tru}"#)
        #expect(try response.code() == "malformed_json")
    }

    @Test("members that are not a client's to set are passed over")
    func passedOver() throws {
        let scene = Scene()
        let body = #"{"id":"mine","title":"t","created_at":1,"other":{"x":[null]}}"#
        let json = try scene.send(.post, "/tasks", body: body).json()
        #expect(json["id"]?.string == "id1")
        #expect(json["created_at"]?.string == "2026-01-15T10:00:00.000Z")
        #expect(json["other"] == nil)
    }

    @Test(
        "RFC 9110 §15.5.16 a body of another media type or coding is 415, with what is taken",
        arguments: [
            (Method.post, "/tasks", "text/plain", "application/json"),
            (.post, "/tasks", "application/merge-patch+json", "application/json"),
            (.put, "/tasks/id1", "application/x-www-form-urlencoded", "application/json"),
            (.patch, "/tasks/id1", "text/json", "application/merge-patch+json, application/json"),
            (.post, "/tasks", "nonsense", "application/json"),
        ])
    func mediaType(
        _ method: Method, _ target: String, _ type: String, _ accept: String
    ) throws {
        let scene = Scene()
        let body = TaskBody.title(1)
        let response = try scene.send(method, target, ["Content-Type": type], body: body)
        #expect(response.status == .unsupportedMediaType)
        #expect(response.fields["Accept"] == accept)

        let coded = try scene.send(method, target, ["Content-Encoding": "gzip"], body: body)
        #expect(coded.status == .unsupportedMediaType)
        #expect(coded.fields["Accept-Encoding"] == "identity")
    }

    @Test(
        "a media type is compared without case and parameters; none at all is taken for JSON",
        arguments: ["application/json", "Application/JSON; charset=utf-8", nil])
    func jsonType(_ type: String?) throws {
        var fields: Fields = ["Content-Encoding": "identity"]
        if let type { fields.append("Content-Type", type) }
        let response = try Scene().send(.post, "/tasks", fields, body: TaskBody.title(1))
        #expect(response.status == .created)
    }
}
