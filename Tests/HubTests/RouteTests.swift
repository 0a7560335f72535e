import HTTP1
import Testing

@testable import Hub

@Suite("The table of routes")
struct RouteTests {
    private static let table = RouteTable(
        ["/", "/a", "/a/{x}", "/a/b", "/a/{x}/c", "/{x}"].map { path in
            Route(path, Rules.on(.get) { _, _, _ in .respond(Response(.ok)) })
        })

    @Test(
        "a path leads to its route, with its final slash and without; braces give way to a name",
        arguments: [
            ("/", "/", []), ("/a", "/a", []), ("/a/", "/a", []), ("/a//", "/a", []),
            ("/a/1", "/a/{x}", ["1"]), ("/a/b", "/a/b", []), ("/a/b%20c/c/", "/a/{x}/c", ["b c"]),
            ("/a/b/c/d", nil, []), ("/b/c", nil, []),
        ])
    func find(_ target: String, _ path: String?, _ parameters: [String]) throws {
        let found = Self.table.find(try RequestTarget(target))
        #expect(found?.route.path == path)
        #expect((found?.parameters ?? []) == parameters)
    }
}
