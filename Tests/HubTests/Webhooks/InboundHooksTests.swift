import Bytes
import HTTP1
import JSON
import Log
import Testing
import Trust

@testable import Hub

private let secret = "0123456789abcdef"

private func scene(_ entry: String) throws -> Scene {
    let file = #"{"sources":[{"name":"una",\#(entry)}]}"#
    return Scene(sources: try Sources(bytes(file), primitives: .plain))
}

private func code(_ body: String, _ secret: String = secret) -> String {
    var digits: [UInt8] = []
    digits.append(hex: Primitives.plain.hmacSHA256(bytes(secret), bytes(body)))
    return text(digits)
}

@Suite("WIRE §5 POST /hooks/{source}: what another system sends")
struct InboundHooksTests {
    private static let hex = #""scheme":"hex-hmac","secrets":["0123456789abcdef"]"#

    @Test("becomes one event of the group that is declared, its body as data")
    func event() throws {
        let scene = try scene(Self.hex + #","group":"pedidos","type":"pedido""#)
        let body = #"{ "n": 1 }"#
        let response = try scene.send(
            .post, "/hooks/una",
            ["X-Signature-SHA256": code(body), "Content-Type": "application/json"],
            body: body)
        #expect(response.status == .created)
        #expect(scene.store.events == [#"pedidos pedido data={"n":1}"#])
    }

    @Test(
        "the type is the operator's, else the sender's where it is one, else message",
        arguments: [
            (#","type":"fijo""#, #"{"type":"a.b"}"#, "fijo"), ("", #"{"type":"a.b"}"#, "a.b"),
            ("", #"{"evento":"stock_bajo"}"#, "stock_bajo"),
            ("", #"{"type":"a","evento":"b"}"#, "a"), ("", #"{"type":"No Type"}"#, "message"),
            ("", #"{"type":7}"#, "message"), ("", "[]", "message"), ("", "7", "message"),
        ])
    func types(_ declared: String, _ body: String, _ type: String) throws {
        let scene = try scene(Self.hex + declared)
        let response = try scene.send(
            .post, "/hooks/una",
            ["X-Signature-SHA256": code(body), "Content-Type": "application/json"],
            body: body)
        #expect(response.status == .created)
        #expect(scene.store.drafts.map(\.type.text) == [type])
        #expect(scene.store.drafts.map(\.group.name) == ["hooks:una"])
    }

    @Test(
        "a field of one's own, in either case, perhaps behind sha256=", arguments: ["", "sha256="])
    func field(_ prefix: String) throws {
        let scene = try scene(Self.hex + #","field":"X-Firma""#)
        let response = try scene.send(
            .post, "/hooks/una",
            ["x-firma": prefix + code("x").uppercased()],
            body: "x")
        #expect(response.status == .created)
        #expect(scene.store.events == [#"hooks:una message data="x""#])
    }

    @Test(
        "who does not prove to be the source is 401, and nothing is published",
        arguments: [
            ("X-Signature-SHA256", ""), ("X-Signature-SHA256", "00"), ("X-Other", "0"),
            ("Authorization", "Bearer 0123456789abcdef"),
        ])
    func unproved(_ name: String, _ value: String) throws {
        let scene = try scene(Self.hex)
        let response = try scene.send(.post, "/hooks/una", [name: value], body: "x")
        #expect(response.status == .unauthorized)
        let other = try scene.send(.post, "/hooks/nadie", [name: value], body: "x")
        #expect(other.status == .unauthorized)
        #expect(scene.store.drafts.isEmpty)
    }

    @Test("a hub without sources takes no hooks")
    func none() throws {
        #expect(try Scene().send(.post, "/hooks/una", body: "x").status == .unauthorized)
    }

    @Test("an event past max-event-bytes is 413")
    func tooLarge() throws {
        let scene = try scene(Self.hex)
        let body = String(repeating: "x", count: Scene.maxEventBytes)
        let response = try scene.send(
            .post, "/hooks/una", ["X-Signature-SHA256": code(body)], body: body)
        #expect(response.status == .contentTooLarge)
    }

    @Test("GitHub's delivery is taken once; what comes again gets the first answer")
    func github() throws {
        let scene = try scene(#""scheme":"github","secrets":["0123456789abcdef"]"#)
        let fields: Fields = [
            "X-Hub-Signature-256": "sha256=" + code("{}"), "X-GitHub-Event": "pull_request",
            "X-GitHub-Delivery": "d-1", "Content-Type": "application/json",
        ]
        let first = try scene.send(.post, "/hooks/una", fields, body: "{}")
        let second = try scene.send(.post, "/hooks/una", fields, body: "{}")
        #expect(first.status == .created && second.text == first.text)
        #expect(scene.store.events == ["hooks:una pull_request data={}"])
    }

    @Test(
        "a signed body is taken once, whatever it is called the second time, where that is declared",
        arguments: [
            (#""scheme":"github""#, 1), (#""scheme":"github","once":true"#, 1),
            (#""scheme":"github","once":false"#, 2), (#""scheme":"hex-hmac""#, 2),
            (#""scheme":"hex-hmac","once":true"#, 1), (#""scheme":"hex-hmac","once":false"#, 2),
        ])
    func body(_ entry: String, _ events: Int) throws {
        let scene = try scene(entry + #","secrets":["0123456789abcdef"]"#)
        func send(_ id: String, _ body: String) throws -> Response {
            try scene.send(
                .post, "/hooks/una",
                [
                    "X-Hub-Signature-256": "sha256=" + code(body), "X-GitHub-Delivery": id,
                    "X-Signature-SHA256": code(body), "Content-Type": "application/json",
                ], body: body)
        }
        let first = try send("d-1", #"{"n":1}"#)
        let second = try send("d-2", #"{"n":1}"#)
        #expect(first.status == .created && second.status == .created)
        #expect(second.fields.contains("Idempotency-Replayed") == (events == 1))
        #expect((second.text == first.text) == (events == 1))
        #expect(scene.store.drafts.count == events)
        let other = try send("d-3", #"{"n":2}"#)
        #expect(other.status == .created && scene.store.drafts.count == events + 1)
    }

    @Test("a delivery's name is not used for two bodies; without a name the body is enough")
    func deliveries() throws {
        let scene = try scene(#""scheme":"github","secrets":["0123456789abcdef"]"#)
        let first = try scene.send(
            .post, "/hooks/una",
            ["X-Hub-Signature-256": code("1"), "X-GitHub-Delivery": "d-1"], body: "1")
        let reused = try scene.send(
            .post, "/hooks/una",
            ["X-Hub-Signature-256": code("2"), "X-GitHub-Delivery": "d-1"], body: "2")
        let unnamed = try scene.send(
            .post, "/hooks/una", ["X-Hub-Signature-256": code("1")], body: "1")
        #expect(first.status == .created && reused.status == .unprocessableContent)
        #expect(unnamed.text == first.text && scene.store.drafts.count == 1)
    }

    @Test("a bearer's token, whatever other credentials it is not")
    func bearer() throws {
        let scene = try scene(#""scheme":"bearer","tokens":["0123456789abcdef"]"#)
        for (value, status) in [
            ("Bearer 0123456789abcdef", Status.created), ("bearer  0123456789abcdef", .created),
            ("Bearer 0123456789abcdeF", .unauthorized), ("Basic 0123456789abcdef", .unauthorized),
            ("Bearer", .unauthorized), ("", .unauthorized),
        ] {
            let response = try scene.send(
                .post, "/hooks/una", ["Authorization": value], body: "x")
            #expect(response.status == status)
        }
    }

    @Test(
        "a file with a fault is refused at its place, without a secret in the words",
        arguments: [
            (#""scheme":"hex-hmac""#, "/sources/0/secrets"),
            (#""scheme":"hex-hmac","secrets":["short"]"#, "/sources/0/secrets/0"),
            (#""scheme":"github","secrets":[]"#, "/sources/0/secrets"),
            (#""scheme":"bearer","tokens":["short"]"#, "/sources/0/tokens/0"),
            (
                #""scheme":"hex-hmac","secrets":["0123456789abcdef"],"field":"a b""#,
                "/sources/0/field"
            ),
            (#""scheme":"md5","secrets":["0123456789abcdef"]"#, "/sources/0/scheme"),
            (
                #""scheme":"github","secrets":["0123456789abcdef"],"once":1"#, "/sources/0/once"
            ),
            (
                #""scheme":"bearer","tokens":["0123456789abcdef"],"once":true"#, "/sources/0/once"
            ),
        ])
    func faults(_ entry: String, _ pointer: String) {
        let file = #"{"sources":[{"name":"una",\#(entry)}]}"#
        do {
            _ = try Sources(bytes(file), primitives: .plain)
            Issue.record("it was taken")
        } catch {
            #expect(error.pointer == pointer)
            #expect(!error.detail.contains("short") && !error.detail.contains(secret))
        }
    }
}
