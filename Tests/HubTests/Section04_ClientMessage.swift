import Log
import Testing

@testable import Hub

/// A message that cannot be taken.
struct MessageFaultCase: Sendable, CustomTestStringConvertible {
    /// The message's members but for `ref`.
    var members: String
    var code: String
    /// What the detail names.
    var word: String

    init(_ members: String, _ code: String, naming word: String) {
        self.members = members
        self.code = code
        self.word = word
    }

    var testDescription: String { "{\(members)} → \(code)" }

    static let all = [
        MessageFaultCase(#""x":1"#, "invalid_message", naming: "type"),
        MessageFaultCase(#""type":"shout""#, "unknown_message_type", naming: #""shout""#),
        MessageFaultCase(#""type":"""#, "unknown_message_type", naming: "subscribe"),
        MessageFaultCase(#""type":7"#, "invalid_message", naming: "/type"),
        MessageFaultCase(#""type":"subscribe""#, "invalid_message", naming: "groups"),
        MessageFaultCase(#""type":"subscribe","groups":[]"#, "invalid_message", naming: "groups"),
        MessageFaultCase(
            #""type":"subscribe","groups":"a""#, "invalid_message", naming: "/groups"),
        MessageFaultCase(
            #""type":"subscribe","groups":["a",1]"#, "invalid_message", naming: "/groups/1"),
        MessageFaultCase(#""type":"subscribe","groups":["a b"]"#, "invalid_group", naming: "a b"),
        MessageFaultCase(#""type":"unsubscribe","groups":[""]"#, "invalid_group", naming: "empty"),
        MessageFaultCase(
            #""type":"subscribe","groups":["a"],"since":"soon""#, "invalid_message",
            naming: "since"),
        MessageFaultCase(
            #""type":"subscribe","groups":["a"],"since":5"#, "invalid_message", naming: "/since"),
        MessageFaultCase(#""type":"publish","data":1"#, "invalid_body", naming: "group"),
        MessageFaultCase(#""type":"publish","group":"*""#, "invalid_group", naming: "*"),
        MessageFaultCase(#""type":"publish","group":"$sys""#, "group_reserved", naming: "$sys"),
        MessageFaultCase(
            #""type":"publish","group":"g","event":"T""#, "invalid_event_type", naming: "T"),
        MessageFaultCase(
            #""type":"publish","group":"g","event":{}"#, "invalid_message", naming: "/event"),
        MessageFaultCase(
            #""type":"publish","group":"g","key":"""#, "invalid_idempotency_key", naming: "key"),
        MessageFaultCase(
            #""type":"publish","group":"g","data":"\#(String(repeating: "x", count: 63))""#,
            "event_too_large", naming: "65"),
    ]
}

@Suite("WIRE §4 WebSocket: what a client sends")
struct Section04_ClientMessage {
    private func read(_ text: String) throws(MessageFault) -> ClientMessage {
        try Scene().rules.read(bytes(text))
    }

    private func refusal(of text: String) -> MessageFault? {
        do {
            _ = try read(text)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "subscribe: groups, since, ref",
        arguments: [
            (#"{"type":"subscribe","groups":["tasks"]}"#, ["tasks"], Since.now, nil),
            (
                #"{"ref":1,"since":"k3f9aa-18300","groups":["a","b:*"],"type":"subscribe"}"#,
                ["a", "b:*"], .cursor(cursor(18300)), "1"
            ),
            (
                #"{"type":"subscribe","groups":["a","a"],"since":"10m","ref":{ "x": [1] }}"#,
                ["a"], .ago(.seconds(600)), #"{"x":[1]}"#
            ),
            (
                #"{"type":"subscribe","groups":["$sys:webhooks"],"since":"earliest","other":[{}]}"#,
                ["$sys:webhooks"], .earliest, nil
            ),
        ])
    func subscribe(_ text: String, _ groups: [String], _ since: Since, _ ref: String?) throws {
        guard case .subscribe(let request) = try read(text) else {
            Issue.record("read as another message")
            return
        }
        #expect(request.patterns.map(\.text) == groups)
        #expect(request.since == since)
        #expect(request.ref.map(HubTests.text) == ref)
    }

    @Test("unsubscribe: groups, ref")
    func unsubscribe() throws {
        let text = #"{"type":"unsubscribe","groups":["a","stock:**","a"],"ref":"r"}"#
        guard case .unsubscribe(let patterns, let ref) = try read(text) else {
            Issue.record("read as another message")
            return
        }
        #expect(patterns.map(\.text) == ["a", "stock:**"])
        #expect(ref == bytes(#""r""#))
    }

    @Test(
        "publish: group, event, data, key, ref; event and data have defaults",
        arguments: [
            (
                #"{"type":"publish","group":"g","event":"t","data":{"a": 1},"key":"k","ref":2}"#,
                "t", #"{"a":1}"#, "k", "2"
            ),
            (#"{"data":[ ],"group":"g","type":"publish"}"#, "message", "[]", nil, nil),
            (#"{"type":"publish","group":"g"}"#, "message", "null", nil, nil),
        ])
    func publish(
        _ text: String, _ type: String, _ data: String, _ key: String?, _ ref: String?
    ) throws {
        guard case .publish(let request, let echoed) = try read(text) else {
            Issue.record("read as another message")
            return
        }
        #expect(request.group.name == "g")
        #expect(request.draft.type.text == type)
        #expect(request.draft.payloadName == "data")
        #expect(HubTests.text(request.draft.payload) == data)
        #expect(request.key?.text == key)
        #expect(echoed.map(HubTests.text) == ref)
    }

    @Test(
        "ping: a ref of any kind is echoed as it was written",
        arguments: [
            "1", "-0.50", "18446744073709551616", #""a\u00e9""#, "null", "true", "[1,2]",
            #"{"a":{}}"#,
        ])
    func ping(_ ref: String) throws {
        guard case .ping(let echoed) = try read(#"{"type":"ping","ref": \#(ref) }"#) else {
            Issue.record("read as another message")
            return
        }
        #expect(echoed.map(HubTests.text) == ref)
    }

    @Test(
        "a ref of 256 bytes is echoed; a longer one is passed over",
        arguments: [(255, true), (256, true), (257, false)])
    func refBytes(_ count: Int, _ isEchoed: Bool) throws {
        let ref = "\"" + String(repeating: "r", count: count - 2) + "\""
        guard case .ping(let echoed) = try read(#"{"type":"ping","ref":\#(ref)}"#) else {
            Issue.record("read as another message")
            return
        }
        #expect(echoed.map(HubTests.text) == (isEchoed ? ref : nil))
    }

    @Test(
        "every fault has its code, names its place, and keeps ref wherever it stands",
        arguments: MessageFaultCase.all)
    func faults(_ row: MessageFaultCase) throws {
        for text in [#"{"ref":[7],\#(row.members)}"#, #"{\#(row.members),"ref":[7]}"#] {
            let fault = try #require(refusal(of: text))
            #expect(fault.failure.rawValue == row.code)
            #expect(fault.detail.contains(row.word), "\(fault.detail)")
            #expect(fault.ref == bytes("[7]"))
        }
        #expect(try #require(refusal(of: "{\(row.members)}")).ref == nil)
    }

    @Test("of several values of a wrong kind the first is told")
    func firstFault() throws {
        let fault = try #require(refusal(of: #"{"groups":{"a":1},"type":[],"since":1,"ref":1}"#))
        #expect(fault.detail.contains("/groups"))
        #expect(fault.ref == bytes("1"))
    }

    @Test(
        "RFC 8259: what is no JSON is said to be none; a ref before the fault is kept",
        arguments: [
            ("", nil), ("ping", nil), (#"{"type":"ping""#, nil),
            (#"{"ref":3,"type":"ping"} x"#, "3"), (#"{"ref":3,"type":tru}"#, "3"),
            (#"{"ref":3,"type":1,"groups":[}"#, "3"), (#"{"type":"ping","type":"ping"}"#, nil),
        ])
    func malformed(_ text: String, _ ref: String?) throws {
        let fault = try #require(refusal(of: text))
        #expect(fault.failure == .malformedJSON)
        #expect(fault.detail.contains("byte"))
        #expect(fault.ref.map(HubTests.text) == ref)
    }

    @Test(
        "a message that is no object is one that its type cannot be read from",
        arguments: ["[]", "1", #""ping""#, "null"])
    func noObject(_ text: String) throws {
        #expect(try #require(refusal(of: text)).failure == .invalidMessage)
    }

    @Test("a fault is told as an error, and the connection stays")
    func asMessage() throws {
        let fault = try #require(refusal(of: #"{"type":"subscribe","ref":1}"#))
        #expect(
            text(fault.message.json)
                == #"{"type":"error","code":"invalid_message","message":"#
                + #""the member \"groups\" must name one group at least","ref":1}"#)
    }
}
