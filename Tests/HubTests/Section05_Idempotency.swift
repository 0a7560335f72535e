import HTTP1
import JSON
import Log
import Testing

@testable import Hub

/// A write with an `Idempotency-Key`.
struct KeyedWrite: Sendable, CustomTestStringConvertible {
    var target: String
    var type: String
    var body: String
    var other: String

    init(_ target: String, _ type: String, _ body: String, other: String) {
        self.target = target
        self.type = type
        self.body = body
        self.other = other
    }

    func send(
        in scene: Scene, key: String = "k", body: String? = nil, as principal: Principal = .anyone
    ) throws -> Response {
        try scene.send(
            .post, target, ["Content-Type": type, "Idempotency-Key": key], body: body ?? self.body,
            as: principal)
    }

    var testDescription: String { "POST \(target) \(type)" }

    static let all = [
        KeyedWrite(
            "/tasks", "application/json", #"{"title":"a"}"#, other: #"{"title":"b"}"#),
        KeyedWrite(
            "/publish", "application/json", #"{"group":"g"}"#, other: #"{"group":"g","data":1}"#),
        KeyedWrite("/publish/g", "text/plain", "a", other: "b"),
        KeyedWrite("/publish/g", "application/x-ndjson", "1\n2", other: "1\n3"),
    ]
}

@Suite("WIRE §5 Idempotency-Key on every POST")
struct Section05_Idempotency {
    @Test(
        "the same key and body: the first answer, replayed, and nothing is written",
        arguments: KeyedWrite.all)
    func replay(_ write: KeyedWrite) throws {
        let scene = Scene()
        let first = try write.send(in: scene)
        let events = scene.store.events
        scene.store.now = tenOClock + .seconds(60)
        let second = try write.send(in: scene)
        #expect(first.fields["Idempotency-Replayed"] == nil)
        #expect(second.fields["Idempotency-Replayed"] == "true")
        #expect(second.status == first.status)
        #expect(second.text == first.text)
        for name in ["Content-Type", "Location", "ETag"] {
            #expect(second.fields[name] == first.fields[name])
        }
        #expect(scene.store.events == events)
    }

    @Test("two clients that happen on one key both write", arguments: KeyedWrite.all)
    func owners(_ write: KeyedWrite) throws {
        let scene = Scene()
        let one = Principal(name: "one", grants: nil)
        let first = try write.send(in: scene, as: one)
        let second = try write.send(in: scene, as: Principal(name: "two", grants: nil))
        #expect(second.fields["Idempotency-Replayed"] == nil)
        #expect(second.status == first.status && second.text != first.text)
        let events = scene.store.events
        let again = try write.send(in: scene, as: one)
        #expect(again.text == first.text && scene.store.events == events)
    }

    @Test("the same key with another body: 422, and nothing is written", arguments: KeyedWrite.all)
    func otherBody(_ write: KeyedWrite) throws {
        let scene = Scene()
        _ = try write.send(in: scene)
        let events = scene.store.events
        let response = try write.send(in: scene, body: write.other)
        #expect(response.status == .unprocessableContent)
        #expect(try response.code() == "idempotency_key_reused")
        #expect(scene.store.events == events)
        #expect(try write.send(in: scene).fields["Idempotency-Replayed"] == "true")
    }

    @Test("another key is another write", arguments: KeyedWrite.all)
    func otherKey(_ write: KeyedWrite) throws {
        let scene = Scene()
        _ = try write.send(in: scene)
        let count = scene.store.drafts.count
        #expect(try write.send(in: scene, key: "l").fields["Idempotency-Replayed"] == nil)
        #expect(scene.store.drafts.count == 2 * count)
    }

    @Test("one key serves several resources")
    func otherResource() throws {
        let scene = Scene()
        for write in [KeyedWrite.all[0], KeyedWrite.all[2]] {
            #expect(try write.send(in: scene).status == .created)
        }
        #expect(scene.store.drafts.count == 2)
    }

    @Test("a path with and without its final slash is one resource")
    func trailingSlash() throws {
        let scene = Scene()
        let fields: Fields = ["Idempotency-Key": "k"]
        _ = try scene.send(.post, "/tasks", fields, body: TaskBody.title(1))
        let again = try scene.send(.post, "/tasks/", fields, body: TaskBody.title(1))
        #expect(again.fields["Idempotency-Replayed"] == "true")

        _ = try scene.send(.post, "/publish/g", fields, body: "x")
        let other = try scene.send(.post, "/publish/g/", fields, body: "x")
        #expect(other.status != .created)
        #expect(scene.store.drafts.count == 2)
    }

    @Test("what the query says is part of the request: another type is no retry")
    func otherQuery() throws {
        let scene = Scene()
        let fields: Fields = ["Idempotency-Key": "k"]
        _ = try scene.send(.post, "/publish/g?type=a", fields, body: "x")
        let response = try scene.send(.post, "/publish/g?type=b", fields, body: "x")
        #expect(try response.code() == "idempotency_key_reused")
    }

    @Test(
        "an answer is remembered for idempotency-age, and no longer",
        arguments: [(86_399, true), (86_400, false), (86_401, false)])
    func expiry(_ seconds: Int, _ isReplayed: Bool) throws {
        let scene = Scene()
        let write = KeyedWrite.all[2]
        _ = try write.send(in: scene)
        scene.store.now = tenOClock + .seconds(seconds)
        let again = try write.send(in: scene)
        #expect((again.fields["Idempotency-Replayed"] == "true") == isReplayed)
        #expect(scene.store.drafts.count == (isReplayed ? 1 : 2))
    }

    @Test("what was refused is not remembered: the key is still free")
    func refused() throws {
        let scene = Scene()
        let write = KeyedWrite.all[2]
        #expect(
            try write.send(in: scene, body: String(repeating: "x", count: 99)).status.rawValue
                == 413)
        scene.store.failure = .full
        #expect(throws: EngineError.full) { try write.send(in: scene) }
        #expect(try write.send(in: scene).status == .created)
    }

    @Test("where the answer cannot be kept the write is undone: both or neither")
    func bothOrNeither() throws {
        let scene = Scene()
        scene.store.failure = .full
        scene.store.writesBeforeFailure = 1
        #expect(throws: EngineError.full) { try KeyedWrite.all[2].send(in: scene) }
        #expect(scene.store.drafts.isEmpty)
        #expect(try KeyedWrite.all[2].send(in: scene).status == .created)
    }

    @Test("an answer of any length is read again: else its key would be free")
    func longAnswer() throws {
        let body = Array(repeating: UInt8(ascii: "x"), count: 2 << 20)
        let answer = RememberedAnswer(fingerprint: "f", answer: Response(.created, body: body))
        let read = try #require(RememberedAnswer(answer.record))
        #expect(read.body == body)
        #expect(read.fingerprint == "f")
        #expect(read.status == 201)
    }

    @Test("a record of no version of ours frees the key", arguments: ["", "{}", "nonsense", "[1]"])
    func foreignRecord(_ record: String) { #expect(RememberedAnswer(bytes(record)) == nil) }

    @Test(
        "a key is 1 to 255 visible ASCII characters",
        arguments: [
            ("k", true), (String(repeating: "k", count: 254), true),
            (String(repeating: "k", count: 255), true),
            (String(repeating: "k", count: 256), false), ("", false), ("a b", false),
            ("ñ", false), ("\u{7F}", false), (#""8e03978e""#, true), ("!~", true),
        ])
    func keys(_ key: String, _ isTaken: Bool) throws {
        for write in KeyedWrite.all {
            let response = try write.send(in: Scene(), key: key)
            #expect((response.status == .created) == isTaken)
            if !isTaken { #expect(try response.code() == "invalid_idempotency_key") }
        }
    }

    @Test("two keys in one request are refused")
    func twoKeys() throws {
        let fields: Fields = ["Idempotency-Key": "a", "idempotency-key": "a"]
        let response = try Scene().send(.post, "/publish/g", fields, body: "x")
        #expect(response.status == .badRequest)
        #expect(try response.code() == "invalid_idempotency_key")
    }

    @Test("WIRE §4 a publish over WebSocket has the same promise, for its type and its data")
    func webSocket() throws {
        let scene = Scene()
        func publish(_ type: String, _ data: String) throws -> Reaction.Answer {
            let request = try PublishRequest(
                group: "g", type: type, data: bytes(data), key: "k", maxEventBytes: 64)
            return try scene.store.run(scene.rules.write(request))
        }
        let first = try publish("t", "1").get()
        let second = try publish("t", "1").get()
        #expect(second.text == first.text)
        #expect(second.fields["Idempotency-Replayed"] == "true")
        for (type, data) in [("t", "2"), ("u", "1")] {
            guard case .failure(let problem) = try publish(type, data) else {
                Issue.record("\(type) \(data) is taken for a retry")
                continue
            }
            #expect(problem.failure == .keyReused)
        }
        #expect(scene.store.drafts.count == 1)
    }
}
