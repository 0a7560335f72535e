import JSON
import Testing

@testable import HubClient

@Suite("What commands send and show")
struct CommandDataTests {
    @Test(
        "campana publish: JSON is data, anything else is text",
        arguments: [
            (#"{"a": [1, 2]}"#, #"{"a":[1,2]}"#), ("7", "7"), ("\"x\"\n", "\"x\""),
            ("hola", #""hola""#), ("dos\nlíneas\n", #""dos\nlíneas""#), ("", #""""#),
            (#"{"a":"#, #""{\"a\":""#),
        ])
    func publishing(_ data: String, _ json: String) {
        let body = Publishing.body(Array(data.utf8), group: "g", type: nil)
        #expect(body?.text == #"{"group":"g","data":\#(json)}"#)
    }

    @Test("campana publish: a type where one is given; bytes that are no text are refused")
    func publishingEdges() {
        let body = Publishing.body(Array("1".utf8), group: "g", type: "t")
        #expect(body?.text == #"{"group":"g","type":"t","data":1}"#)
        #expect(Publishing.body([0xFF, 0xFE], group: "g", type: nil) == nil)
    }

    @Test("campana tasks list: a page, and the next one")
    func page() throws {
        let text = #"{"tasks":[{"id":"1"},{"id":"2"}],"next":"2"}"#
        let page = try RecordPage(Array(text.utf8), of: "tasks")
        #expect(page.records.map(\.text) == [#"{"id":"1"}"#, #"{"id":"2"}"#])
        #expect(page.next == "2" && page.total == nil)
        let last = try RecordPage(Array(#"{"tasks":[],"next":null}"#.utf8), of: "tasks")
        #expect(last.next == nil)
        #expect(throws: JSONError.self) { try RecordPage(Array("[]".utf8), of: "tasks") }
    }

    @Test(
        "campana tasks list: a line for people",
        arguments: [
            (#"{"id":"1","title":"Comprar pan","completed":false,"x":1}"#, "[ ] 1 Comprar pan"),
            (#"{"id":"1","title":"a\u001b[2Jb","completed":true}"#, #"[x] 1 a\u001b[2Jb"#),
        ])
    func task(_ json: String, _ line: String) throws {
        #expect(try TaskLine(Array(json.utf8)).text(hasColor: false) == line)
    }

    @Test("campana status: names and values, a line each")
    func flat() throws {
        let lines = try FlatObject.lines(Array(#"{"a":{"b":1,"c":{"d":[1]}},"e":"x"}"#.utf8))
        #expect(lines == ["a.b 1", "a.c.d [1]", #"e "x""#])
    }

    @Test(
        "how the end of a tail ends the program",
        arguments: [
            (.counted, nil), (.caughtUp, nil), (.timedOut, 5), (.interrupted, 130),
            (.unreachable("x"), 3), (.refused("x"), 1), (.delivery(.outputClosed), 0),
            (.delivery(.command("x")), 1), (.delivery(.state("x")), 1),
        ] as [(TailEnding, Int32?)])
    func endings(_ ending: TailEnding, _ status: Int32?) {
        #expect(CompanionError(ending, signal: 2)?.status.rawValue == status)
    }

    @Test("SIGTERM is a request, and no failure")
    func terminated() {
        #expect(CompanionError(.interrupted, signal: 15)?.status == .ok)
    }

    @Test("the default state: one for each hub and set of groups, whatever their order")
    func statePlaces() {
        func path(_ url: String, _ groups: [String], _ environment: [String: String]) -> String? {
            StateStore.defaultPlace(url: url, groups: groups, environment: environment)?.path
        }
        let home = ["HOME": "/home/a"]
        let one = path("http://a:1", ["x", "y"], home)
        #expect(one?.hasPrefix("/home/a/.local/state/campana/tail-") == true)
        #expect(one == path("http://a:1", ["y", "x"], home))
        #expect(one != path("http://a:2", ["x", "y"], home))
        #expect(one != path("http://a:1", ["x"], home))
        let xdg = path("http://a:1", ["x"], ["HOME": "/home/a", "XDG_STATE_HOME": "/s"])
        #expect(xdg?.hasPrefix("/s/campana/tail-") == true)
        #expect(path("http://a:1", ["x"], ["XDG_STATE_HOME": "relative"]) == nil)
    }
}
