import HTTP1
import JSON
import Reactor
import Testing

@testable import HubClient

@Suite("Lists that come in pages")
struct PagingTests {
    @Test("filters that say nothing are left out, the others are encoded")
    func target() {
        let paging = Paging(
            "connections", filters: ["principal": nil, "group": "stock:a&b"], limit: 5000)
        #expect(paging.target == "/connections?group=stock%3Aa%26b&limit=1000")
    }

    @Test("pages are followed to the last one")
    func pages() throws {
        var paging = Paging("groups", limit: 5000)
        #expect(try paging.take(page(["a", "b"], next: "b")).map(\.text) == [#""a""#, #""b""#])
        #expect(paging.target == "/groups?limit=1000&after=b")
        #expect(try paging.take(page(["c"], next: nil)).count == 1)
        #expect(paging.target == nil && paging.beyond == 0)
    }

    @Test(
        "no more than the limit is asked for, and what is beyond it is known",
        arguments: [
            (1, nil, 2), (2, nil, 1), (2, 7, 5), (3, 7, 0),
        ] as [(limit: Int, total: Int?, beyond: Int)])
    func limit(_ limit: Int, _ total: Int?, _ beyond: Int) throws {
        var paging = Paging("groups", limit: limit)
        #expect(paging.target == "/groups?limit=\(limit)")
        let all = ["a", "b", "c"]
        let next = limit < 3 ? all[limit - 1] : nil
        let records = try paging.take(page(Array(all.prefix(limit)), next: next, total: total))
        #expect(records.count == limit && paging.target == nil)
        let known = beyond == 0 ? 0 : total.map { $0 - limit }
        #expect(paging.beyond == known)
    }

    @Test("the second page is asked for what is left of the limit alone")
    func left() throws {
        var paging = Paging("groups", limit: 1002)
        _ = try paging.take(page((0..<1000).map(String.init), next: "999"))
        #expect(paging.target == "/groups?limit=2&after=999")
        _ = try paging.take(page(["x", "y"], next: "y"))
        #expect(paging.target == nil && paging.beyond == nil)
    }

    @Test("a hub that answers more than was asked for is cut; one that answers nothing ends it")
    func odd() throws {
        var paging = Paging("groups", limit: 1)
        #expect(try paging.take(page(["a", "b"], next: nil, total: 2)).count == 1)
        #expect(paging.target == nil && paging.beyond == 1)
        var endless = Paging("groups", limit: 10)
        _ = try endless.take(page([], next: "a"))
        #expect(endless.target == nil)
    }

    @Test("pages of a hub over a socket")
    func exchange() throws {
        let rig = try TailRig()
        let bodies = try [page(["a"], next: "a"), page(["b"], next: nil)]
        rig.hub.answers = bodies.map {
            "HTTP/1.1 200 OK\r\nContent-Length: \($0.count)\r\n\r\n\($0.text)"
        }
        var paging = Paging("groups", limit: 10)
        var records: [String] = []
        while let target = paging.target {
            var body: [UInt8]?
            Exchange(.get, target, at: rig.hub.address, ClientContext(loop: rig.loop)) {
                body = try? $0.get().body
            }
            rig.turn { body != nil }
            records += try paging.take(try #require(body)).map(\.text)
        }
        #expect(records == [#""a""#, #""b""#])
        #expect(
            rig.hub.requests.map(\.head.target.raw) == [
                "/groups?limit=10", "/groups?limit=9&after=a",
            ])
    }

    private func page(_ names: [String], next: String?, total: Int? = nil) throws -> [UInt8] {
        var json = JSON.Writer()
        json.object { json in
            json.member("groups") { json in
                json.array { json in for name in names { json.string(name) } }
            }
            if let total { json.member("total", total) }
            json.key("next")
            if let next { json.string(next) } else { json.null() }
        }
        return json.bytes
    }
}

@Suite("Records as rows")
struct TextTableTests {
    private let connection =
        #"{"id":"0-17","principal":"ana","address":"127.0.0.1","transport":"websocket","#
        + #""since":"2026-01-15T10:00:00.123Z","groups":["tasks","stock:*"],"x":[{"y":1}],"#
        + #""cursor":"k3f9aa-9","lag":3,"queue_bytes":0}"#

    @Test("without a terminal: a line each, with tabs between")
    func plain() throws {
        var table = TextTable.connections
        try table.add(Array(connection.utf8))
        #expect(
            table.plain == [
                "0-17\tana\t127.0.0.1\twebsocket\t2026-01-15T10:00:00.123Z\t3\t0\tk3f9aa-9"
                    + "\ttasks,stock:*"
            ])
    }

    @Test("on a terminal: columns under headings, numbers to the right, nothing behind the last")
    func columns() throws {
        var table = TextTable.groups
        try table.add(Array(#"{"group":"a","seq":1234,"kept":null,"consumers":0}"#.utf8))
        try table.add(Array(#"{"group":"avisos","seq":5,"kept":5,"consumers":12}"#.utf8))
        #expect(
            table.lines(hasColor: false) == [
                "GROUP    SEQ  KEPT  CONSUMERS",
                "a       1234                0",
                "avisos     5     5         12",
            ])
    }

    @Test("nothing is no heading")
    func none() {
        #expect(TextTable.groups.lines(hasColor: true).isEmpty)
        #expect(TextTable.groups.plain.isEmpty)
    }

    @Test("every colour is ended, and widths are those of the text")
    func color() throws {
        var table = TextTable.verdicts
        try table.add(Array(#"{"verdict":"forbidden","principal":"eva","why":"asked"}"#.utf8))
        let lines = table.lines(hasColor: true)
        #expect(lines[1].hasPrefix("\u{1B}[31mforbidden\u{1B}[0m  eva        "))
        #expect(lines.map(bare) == table.lines(hasColor: false))
    }

    @Test("what others have chosen commands no terminal, and makes no column")
    func harmless() throws {
        var table = TextTable.groups
        try table.add(Array(#"{"group":"a\u001b[2J\tb","seq":1}"#.utf8))
        #expect(table.plain == [#"a\u001b[2J\u0009b"# + "\t1\t\t"])
    }

    @Test("a record that is no object is refused", arguments: ["[]", "7", "{", ""])
    func wrong(_ record: String) {
        var table = TextTable.groups
        #expect(throws: JSONError.self) { try table.add(Array(record.utf8)) }
        #expect(table.rows.isEmpty)
    }

    private func bare(_ line: String) -> String {
        var (text, isEscape) = ("", false)
        for character in line {
            if character == "\u{1B}" { isEscape = true }
            if !isEscape { text.append(character) }
            if character == "m" { isEscape = false }
        }
        return text
    }
}

@Suite("What became of an event, and what somebody may")
struct InsightAnswerTests {
    @Test("campana trace: the event, who it went to, and how many are not listed")
    func trace() throws {
        let answer = try TraceAnswer(
            Array(
                (#"{"event":\#(eventText(5, seq: 5)),"summary":{"delivered":2,"lagging":0,"#
                    + #""filtered":0,"forbidden":0,"not_connected":1},"#
                    + #""consumers":[{"verdict":"delivered"}],"more":true}"#).utf8))
        #expect(answer.event.text == eventText(5, seq: 5))
        #expect(answer.summary == "2 delivered, 1 not_connected")
        #expect(answer.consumers.map(\.text) == [#"{"verdict":"delivered"}"#])
        #expect(answer.beyond == 2)
    }

    @Test(
        "campana trace: counts that make no sense do no harm",
        arguments: [
            (#"{"summary":{"delivered":-1}}"#, "nobody listens", 0),
            (#"{"summary":{"a\u001b":1}}"#, #"1 a\u001b"#, 1),
            (
                #"{"summary":{"a":9223372036854775807,"b":9223372036854775807,"c":2}}"#,
                "9223372036854775807 a, 9223372036854775807 b, 2 c", .max
            ),
            ("{}", "nobody listens", 0),
        ] as [(String, String, UInt64)])
    func counts(_ text: String, _ summary: String, _ beyond: UInt64) throws {
        let answer = try TraceAnswer(Array(text.utf8))
        #expect(answer.summary == summary)
        #expect(answer.beyond == beyond)
    }

    @Test("campana explain: a row for each action, in the hub's order")
    func explain() throws {
        let answer = try ExplainAnswer(
            Array(
                (#"{"principal":"ana","group":"tasks","publish":{"allowed":false,"by":"no grant"},"#
                    + #""subscribe":{"allowed":true,"by":"subscribe:**"},"connections":2,"#
                    + #""listening":1}"#).utf8))
        #expect(
            answer.permissions.plain == [
                "publish\tno\tno grant", "subscribe\tyes\tsubscribe:**",
            ])
        #expect(answer.connections == 2 && answer.listening == 1)
    }
}
