import HTTP1
import JSON
import Log
import Testing
import Trust

@testable import Hub

/// WIRE §6: keys.
@Suite("WIRE §6 Keys")
struct Section06_Keys {
    private let scene = Scene()

    private func create(_ body: String, as principal: Principal = .anyone) throws -> Response {
        try scene.send(.post, "/keys", body: body, as: principal)
    }

    @Test("a key is shown once, and kept as a digest with what it is recognized by")
    func shownOnce() throws {
        let made = try create(
            #"{"name":"Reportes","system":"ERP","grants":["subscribe:stock:**"],"expires_in":"365d"}"#
        )
        #expect(made.status == .created)
        let body = try made.json()
        let text = try #require(body["key"]?.string)
        let key = try #require(APIKey(text))
        #expect(body["id"]?.string == key.id)
        #expect(body["prefix"]?.string == "sk_" + key.id)
        #expect(body["expires_at"]?.string == "2027-01-15T10:00:00.000Z")
        #expect(made.fields.first("location") == "/keys/\(key.id)")
        let list = try scene.send(.get, "/keys")
        #expect(try list.json()["keys"]?.elements.count == 1)
        #expect(!list.text.contains(text))
        let stored = try #require(try scene.store.record(KeyRecord.collection, key.id))
        #expect(!HubTests.text(stored).contains(text))
        #expect(scene.store.events.allSatisfy { !$0.contains(text) })
        #expect(scene.store.drafts.map(\.type.text) == ["key_created"])
    }

    @Test(
        "what cannot be a key is refused, with every fault at its place",
        arguments: [
            ("{}", ["/name", "/grants"]),
            (#"{"name":"a","grants":[]}"#, ["/grants"]),
            (#"{"name":"a","grants":"subscribe:a"}"#, ["/grants"]),
            (
                #"{"name":" ","grants":["x","subscribe:a:","read:a"]}"#,
                ["/name", "/grants/0", "/grants/1", "/grants/2"]
            ),
            (#"{"name":"a","grants":["subscribe:a"],"expires_in":"soon"}"#, ["/expires_in"]),
            (#"{"name":"a","grants":["subscribe:a"],"expires_at":"x"}"#, ["/expires_at"]),
            (#"{"name":"a","grants":["subscribe:a"],"secret":"x"}"#, ["/secret"]),
            (#"{"name":"a","grants":["subscribe:a"],"a/b~":"x"}"#, ["/a~1b~0"]),
        ])
    func faults(body: String, pointers: [String]) throws {
        let response = try create(body)
        #expect(response.status == .unprocessableContent)
        #expect(Set(try response.pointers()) == Set(pointers))
    }

    @Test("two keys have not one name, and a revoked key's name is free again")
    func names() throws {
        let body = #"{"name":"a","grants":["subscribe:a"]}"#
        let id = try #require(try create(body).json()["id"]?.string)
        #expect(try create(body).status == .conflict)
        #expect(try scene.send(.delete, "/keys/\(id)").status == .noContent)
        #expect(try scene.send(.delete, "/keys/\(id)").status == .notFound)
        #expect(try create(body).status == .created)
        #expect(
            scene.store.drafts.map(\.type.text) == ["key_created", "key_revoked", "key_created"])
    }

    @Test("a key is revoked by its id, its prefix or its name", arguments: ["", "sk_", nil])
    func revokedBy(prefix: String?) throws {
        let id = try #require(
            try create(#"{"name":"a-b","grants":["subscribe:a"]}"#).json()["id"]?.string)
        let path = prefix.map { $0 + id } ?? "a-b"
        #expect(try scene.send(.get, "/keys/\(path)").status == .ok)
        #expect(try scene.send(.delete, "/keys/\(path)").status == .noContent)
    }

    @Test("a repeated request gets the first answer, but not the key: that is shown once")
    func idempotent() throws {
        let body = #"{"name":"a","grants":["subscribe:a"]}"#
        let first = try scene.send(.post, "/keys", ["Idempotency-Key": "1"], body: body)
        let again = try scene.send(.post, "/keys", ["Idempotency-Key": "1"], body: body)
        #expect(try first.json()["key"] != nil)
        #expect(again.fields.first("idempotency-replayed") == "true")
        #expect(try again.json()["id"]?.string == first.json()["id"]?.string)
        #expect(try again.json()["key"] == nil)
    }

    @Test("nobody grants what they do not have, or touches keys without admin on them")
    func escalation() throws {
        let admin = Principal(
            name: "a", grants: try Grant.parse(["admin:$sys:keys", "subscribe:stock:**"]))
        let allowed = try create(#"{"name":"a","grants":["subscribe:stock:n"]}"#, as: admin)
        #expect(allowed.status == .created)
        let refused = try create(
            #"{"name":"b","grants":["subscribe:stock:n","publish:stock:n","subscribe:**"]}"#,
            as: admin)
        #expect(refused.status == .forbidden)
        #expect(try refused.pointers() == ["/grants/1", "/grants/2"])
        let other = Principal(name: "o", grants: try Grant.parse(["all:**"]))
        #expect(try create(#"{"name":"c","grants":["all:**"]}"#, as: other).status == .forbidden)
        #expect(try scene.send(.get, "/keys", as: other).status == .forbidden)
        #expect(try scene.send(.delete, "/keys/a", as: other).status == .forbidden)
        #expect(try scene.send(.get, "/keys", as: .nobody).status == .unauthorized)
    }

    @Test("a key's ring knows it until it is revoked or has expired")
    func ring() throws {
        let response = try create(
            #"{"name":"a","grants":["publish:a"],"expires_at":"2026-01-15T11:00:00Z"}"#)
        let text = try #require(try response.json()["key"]?.string)
        var ring = try Keyring(scene.store)
        func name(_ text: String, at now: Timestamp = tenOClock) -> String? {
            try? ring.principal(of: text, now: now, primitives: .plain).name
        }
        #expect(name(text) == "key:a")
        #expect(name(text, at: tenOClock + .seconds(3599)) == "key:a")
        #expect(name(text, at: tenOClock + .seconds(3600)) == nil)
        #expect(name(String(text.dropLast()) + "x") == nil)
        #expect(name("sk_x") == nil)
        KeyChange.removed(id: try #require(APIKey(text)?.id)).apply(to: &ring)
        #expect(name(text) == nil)
    }
}
