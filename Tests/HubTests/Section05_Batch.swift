import HTTP1
import JSON
import Log
import Testing

@testable import Hub

@Suite("WIRE §5 /publish: an NDJSON body is a batch")
struct Section05_Batch {
    private let fields: Fields = ["Content-Type": "application/x-ndjson"]

    @Test(
        "a JSON value a line, each with its place",
        arguments: ["application/x-ndjson", "application/ndjson", "application/jsonl"])
    func lines(_ type: String) throws {
        let scene = Scene()
        let response = try scene.send(
            .post, "/publish/g?type=t", ["Content-Type": type], body: "1\r\n\n \t\n{\"a\": 2}\n[3]")
        #expect(response.status == .created)
        #expect(scene.store.events == ["g t data=1", #"g t data={"a":2}"#, "g t data=[3]"])
        let results = try #require(try response.json()["results"]?.elements)
        #expect(results.map { $0["seq"]?.text } == ["1", "2", "3"])
        #expect(
            results.map { $0["cursor"]?.string } == ["k3f9aa-1", "k3f9aa-2", "k3f9aa-3"])
    }

    @Test("without a group in the path each line is an envelope of its own")
    func envelopes() throws {
        let scene = Scene()
        let body = #"{"group":"a","type":"x","data":1}"# + "\n" + #"{"group":"b"}"#
        let response = try scene.send(.post, "/publish", fields, body: body)
        #expect(response.status == .created)
        #expect(scene.store.events == ["a x data=1", "b message data=null"])
    }

    @Test("207: what is at fault has its error in its place, and the other lines go on")
    func faults() throws {
        let scene = Scene()
        let body = #"{"group":"a"}"# + "\n{\n" + #"{"group":"$sys"}"#
        let response = try scene.send(.post, "/publish", fields, body: body)
        #expect(response.status == .multiStatus)
        let results = try #require(try response.json()["results"]?.elements)
        #expect(results.map { $0["seq"]?.text } == ["1", nil, nil])
        #expect(
            results.map { $0["error"]?["code"]?.string }
                == [nil, "malformed_json", "group_reserved"])
        #expect(results.allSatisfy { $0["error"]?["message"]?.string != "" })
        #expect(scene.store.drafts.count == 1)
    }

    @Test("a line's fault counts bytes from the start of the body")
    func place() throws {
        let response = try Scene().send(.post, "/publish/g", fields, body: "1\n2 x\n")
        let message = try response.json()["results"]?.elements.last?["error"]?["message"]?.string
        #expect(message == "more follows the value at byte 4")
    }

    @Test("?atomic=1: all or nothing, with each fault at its line")
    func atomic() throws {
        let scene = Scene()
        let body = #"{"group":"a"}"# + "\n" + #"{"type":"t"}"# + "\n" + #"{"group":"$x"}"#
        let response = try scene.send(.post, "/publish?atomic=1", fields, body: body)
        #expect(response.status == .unprocessableContent)
        #expect(try response.pointers() == ["/1/group", "/2/group"])
        #expect(scene.store.drafts.isEmpty)

        let sound = try scene.send(.post, "/publish/g?atomic=1", fields, body: "1\n2")
        #expect(sound.status == .created)
        #expect(scene.store.drafts.count == 2)
    }

    @Test("a batch is one transaction: where the engine fails within it nothing stays")
    func oneTransaction() throws {
        let scene = Scene()
        scene.store.failure = .full
        scene.store.writesBeforeFailure = 1
        #expect(throws: EngineError.full) {
            try scene.send(.post, "/publish/g", fields, body: "1\n2")
        }
        #expect(scene.store.drafts.isEmpty)
    }

    @Test(
        "max-batch-events bounds the lines, blank ones not counted",
        arguments: [
            (Scene.maxBatchEvents - 1, 201), (Scene.maxBatchEvents, 201),
            (Scene.maxBatchEvents + 1, 413),
        ])
    func bounds(_ count: Int, _ status: Int) throws {
        let body = String(repeating: "1\n\n", count: count)
        let response = try Scene().send(.post, "/publish/g", fields, body: body)
        #expect(Int(response.status.rawValue) == status)
        if status == 413 { #expect(try response.code() == "batch_too_large") }
    }

    @Test("a batch of nothing is refused", arguments: ["", "\n", " \r\n\t\n"])
    func empty(_ body: String) throws {
        let response = try Scene().send(.post, "/publish/g", fields, body: body)
        #expect(response.status == .unprocessableContent)
        #expect(try response.code() == "invalid_body")
    }
}
