import HTTP1
import JSON
import Testing

@testable import Hub

/// A query of the list, and what it gives of five tasks, of which the 2nd and 4th are done.
struct ListCase: Sendable, CustomTestStringConvertible {
    var query: String
    var ids: [String]
    var next: String

    init(_ query: String, _ ids: String..., next: String = "null") {
        self.query = query
        self.ids = ids
        self.next = next
    }

    var testDescription: String { "/tasks\(query)" }
}

@Suite("WIRE §5 /tasks: the list, its pages and its filter")
struct Section05_TaskList {
    private func scene() throws -> Scene {
        let (open, done) = (#"{"title":"t"}"#, #"{"title":"t","completed":true}"#)
        return try Scene.withTask(open, done, open, done, open)
    }

    @Test(
        "?limit=&after=&completed=, in the order in which they were made",
        arguments: [
            ListCase("", "id1", "id2", "id3", "id4", "id5"),
            ListCase("?limit=2", "id1", "id2", next: #""id2""#),
            ListCase("?limit=2&after=id2", "id3", "id4", next: #""id4""#),
            ListCase("?limit=2&after=id4", "id5"),
            ListCase("?limit=1&after=id4", "id5"),
            ListCase("?limit=5", "id1", "id2", "id3", "id4", "id5"),
            ListCase("?limit=4", "id1", "id2", "id3", "id4", next: #""id4""#),
            ListCase("?after=id5"),
            ListCase("?after=", "id1", "id2", "id3", "id4", "id5"),
            ListCase("?after=id11", "id2", "id3", "id4", "id5"),
            ListCase("?completed=true", "id2", "id4"),
            ListCase("?completed=1", "id2", "id4"),
            ListCase("?completed=false", "id1", "id3", "id5"),
            ListCase("?completed=0&limit=2", "id1", "id3", next: #""id3""#),
            ListCase("?completed=0&limit=3", "id1", "id3", "id5"),
            ListCase("?completed=true&limit=1", "id2", next: #""id2""#),
            ListCase("?completed=true&limit=2", "id2", "id4", next: #""id4""#),
            ListCase("?completed=true&limit=2&after=id4"),
        ])
    func pages(_ row: ListCase) throws {
        let json = try scene().send(.get, "/tasks\(row.query)").json()
        #expect(json["tasks"]?.elements.compactMap { $0["id"]?.string } == row.ids)
        #expect(json["next"]?.text == row.next)
    }

    @Test("next leads through all of them, none twice, whatever the page's size", arguments: 1...6)
    func walk(_ limit: Int) throws {
        let scene = try scene()
        var ids: [String] = []
        var after = ""
        while true {
            let page = try scene.send(.get, "/tasks?limit=\(limit)&after=\(after)").json()
            ids += page["tasks"]?.elements.compactMap { $0["id"]?.string } ?? []
            guard let next = page["next"]?.string else { break }
            after = next
        }
        #expect(ids == ["id1", "id2", "id3", "id4", "id5"])
    }

    @Test("no tasks are an empty list, not 404")
    func empty() throws {
        #expect(try Scene().send(.get, "/tasks").text == #"{"tasks":[],"next":null}"#)
    }

    @Test(
        "a parameter that cannot be read is 400, and named",
        arguments: [
            ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=-1", "limit"),
            ("limit=", "limit"), ("limit=ten", "limit"), ("limit=1.0", "limit"),
            ("limit=99999999999999999999", "limit"), ("completed=maybe", "completed"),
            ("completed=", "completed"), ("completed=TRUE", "completed"),
        ])
    func badParameter(_ query: String, _ name: String) throws {
        let response = try Scene().send(.get, "/tasks?\(query)")
        #expect(response.status == .badRequest)
        #expect(try response.code() == "invalid_parameter")
        #expect(try response.json()["detail"]?.string?.hasPrefix("\(name): ") == true)
    }

    @Test("the largest page is taken", arguments: [1, 1000])
    func bounds(_ limit: Int) throws {
        #expect(try Scene().send(.get, "/tasks?limit=\(limit)").status == .ok)
    }
}
