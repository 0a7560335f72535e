import HTTP1
import JSON
import Testing

@testable import Hub

/// Seed 003's rules, shortened.
private let orders = """
    {"rules": [
      {"groups": ["orders", "orders:*"], "only_types": ["order_received", "order_returned"],
       "data": {"type": "object", "required": ["order_number"],
                "properties": {"order_number": {"type": "string"}}}},
      {"groups": ["orders", "orders:*"], "types": ["order_returned"],
       "data": {"required": ["return_reason"],
                "properties": {"return_reason": {"type": "string", "minLength": 1}}}}
    ]}
    """

extension Scene {
    fileprivate static func withRules(_ file: String = orders) throws -> Scene {
        let rules = try DataRules(file: bytes(file))
        return Scene(dataRules: { rules })
    }
}

@Suite("Seed 003: an operator's rules of published events")
struct DataRulesTests {
    private let lines: Fields = ["Content-Type": "application/x-ndjson"]
    private let json: Fields = ["Content-Type": "application/json"]

    @Test("order_returned without return_reason is refused, with every fault at its place")
    func envelope() throws {
        let scene = try Scene.withRules()
        let refused = try scene.send(
            .post, "/publish",
            body: #"{"group":"orders:7","type":"order_returned","data":{"order_number":7}}"#)
        #expect(refused.status == .unprocessableContent)
        #expect(try refused.code() == "rules_broken")
        #expect(try refused.pointers() == ["/data/order_number", "/data/return_reason"])
        #expect(
            try refused.json()["detail"]?.string
                == "order_returned breaks the rules of orders:7: /data/order_number is 7, "
                + "and string is wanted")
        #expect(scene.store.events.isEmpty)

        let taken = try scene.send(
            .post, "/publish",
            body:
                #"{"group":"orders:7","type":"order_returned","data":{"order_number":"7","return_reason":"roto"}}"#
        )
        #expect(taken.status == .created)
    }

    @Test(
        "each way to publish is held to them, and says the place as it was written there",
        arguments: [
            ("/publish/orders?type=order_returned", #"{"order_number":"7"}"#, ["/return_reason"]),
            ("/publish/orders?type=order_lost", #"{"order_number":"7"}"#, [""]),
            ("/publish/orders", "{}", ["", "/order_number"]),
            ("/publish/orders:7?type=order_received", "[]", [""]),
            ("/publish", #"{"group":"orders","type":"order_lost"}"#, ["/type", "/data"]),
        ])
    func paths(_ target: String, _ body: String, _ pointers: [String]) throws {
        let scene = try Scene.withRules()
        let response = try scene.send(.post, target, json, body: body)
        #expect(try response.code() == "rules_broken")
        #expect(try response.pointers() == pointers)
        #expect(scene.store.events.isEmpty)
    }

    @Test("what two rules ask for is told once")
    func once() throws {
        let rule = #"{"groups":["g"],"data":{"required":["a"]}}"#
        let scene = try Scene.withRules(#"{"rules":[\#(rule),\#(rule)]}"#)
        let refused = try scene.send(.post, "/publish/g", json, body: "{}")
        #expect(try refused.pointers() == ["/a"])
    }

    @Test("groups that no rule names are free", arguments: ["orders:7:x", "orders2", "tasks"])
    func others(_ group: String) throws {
        let scene = try Scene.withRules()
        #expect(try scene.send(.post, "/publish/\(group)", json, body: "1").status == .created)
    }

    @Test("a batch: the line is refused, and an atomic one keeps nothing")
    func batch() throws {
        let scene = try Scene.withRules()
        let body = """
            {"group":"orders:7","type":"order_received","data":{"order_number":"7"}}
            {"group":"orders","type":"order_returned","data":{"order_number":"7"}}
            """
        let atomic = try scene.send(.post, "/publish?atomic=1", lines, body: body)
        #expect(atomic.status == .unprocessableContent)
        #expect(try atomic.pointers() == ["/1/data/return_reason"])
        #expect(scene.store.events.isEmpty)

        let mixed = try scene.send(.post, "/publish", lines, body: body)
        #expect(mixed.status == .multiStatus)
        let error = try #require(try mixed.json()["results"]?.elements.last?["error"])
        #expect(error["code"]?.string == "rules_broken")
        #expect(error["errors"]?.elements.map { $0["pointer"]?.string } == ["/data/return_reason"])
        #expect(scene.store.events.count == 1)
    }

    @Test("a WebSocket gets an error frame with every fault, and its ref")
    func message() throws {
        let scene = try Scene.withRules()
        let fault = #expect(throws: MessageFault.self) {
            try scene.rules.read(
                bytes(
                    #"{"type":"publish","group":"orders","event":"order_returned","data":{},"ref":3}"#
                ))
        }
        let frame = try Value.parse(try #require(fault).message.json)
        #expect(frame["type"]?.string == "error")
        #expect(frame["code"]?.string == "rules_broken")
        #expect(frame["ref"]?.text == "3")
        #expect(
            frame["errors"]?.elements.map { $0["pointer"]?.string }
                == ["/data/order_number", "/data/return_reason"])
        #expect(throws: MessageFault.self) {
            try scene.rules.read(
                bytes(#"{"type":"publish","group":"orders","event":"lost","data":{}}"#))
        }
    }

    @Test(
        "a file that cannot be used says each fault at its place",
        arguments: [
            ("{", ["line 1: the text ends before the value does"]),
            ("{\n\n\"rules\": x}", ["line 3: \"x\" is not allowed here"]),
            ("[]", ["/rules is missing; the file is an object with a list of rules"]),
            (
                #"{"rules":7,"regeln":[]}"#,
                [
                    "/regeln is not known; the list is \"rules\"", "/rules is missing, or no list",
                ]
            ),
            (#"{"rules":[7]}"#, ["/rules/0 is 7, and an object is wanted"]),
            (
                #"{"rules":[{}]}"#,
                [
                    "/rules/0/groups is missing; name the groups that it is for",
                    "/rules/0/data is missing; say what the data must be, or give only_types",
                ]
            ),
            (
                #"{"rules":[{"groups":["a::b",1],"types":["A"],"data":{"minimun":1}}]}"#,
                [
                    "/rules/0/groups/1 is 1, and a text is wanted",
                    #"/rules/0/groups/0 "a::b": a segment is empty at byte 2"#,
                    #"/rules/0/types/0 "A": a type is of a-z 0-9 _ . and begins with a letter"#,
                    "/rules/0/data/minimun \"minimun\" is no keyword; there are "
                        + Schema.known.joined(separator: ", "),
                ]
            ),
            (
                #"{"rules":[{"groups":"a","only_types":["t"],"type":["t"]}]}"#,
                [
                    "/rules/0/groups is \"a\", and a list of groups or patterns is wanted",
                    "/rules/0/type is none of groups, types, only_types, data, description",
                ]
            ),
        ])
    func file(_ text: String, _ lines: [String]) {
        let fault = #expect(throws: DataRulesFault.self) { try DataRules(file: bytes(text)) }
        #expect(fault?.lines == lines)
    }
}
