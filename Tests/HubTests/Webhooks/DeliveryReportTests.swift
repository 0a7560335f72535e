import HTTP1
import JSON
import Log
import Testing
import Trust

@testable import Hub

private func event(
    _ position: UInt64, _ type: String = "t", _ payload: String = #""data":{"n":1}"#
) throws -> Event {
    let json =
        #"{"type":"\#(type)","group":"g","seq":1,"cursor":"k3f9aa-\#(position)","timestamp":"2026-01-15T10:00:00.000Z",\#(payload)}"#
    return Event(
        position: position, seq: 1, group: try Group("g"), at: tenOClock, json: bytes(json))
}

private let primitives = Primitives(
    sha256: { $0 }, hmacSHA256: { key, message in bytes("<\(text(key))|\(text(message))>") },
    decryptAES256CBC: { cipher, _, _ in cipher },
    areEqual: { $0 == $1 })

/// A webhook in a store, and what has happened to its deliveries.
private struct Desk {
    let scene = Scene()
    let webhook: Webhook

    init() throws {
        _ = try scene.send(
            .post, "/webhooks", body: #"{"nombre":"a","url":"http://a.example","groups":["g"]}"#)
        webhook = try #require(try scene.store.webhook("id1"))
    }

    func record(
        _ position: UInt64, number: Int = 1, _ answer: DeliveryAnswer, _ settlement: Settlement,
        replay: DeliveryReport.Replay = .none, isLost: Bool = false, gaps: [Gap] = []
    ) throws {
        let attempt = DeliveryAttempt(
            position: position, group: try Group("g"), event: isLost ? nil : try event(position),
            number: number, startedAt: scene.store.now, duration: .milliseconds(12), answer: answer,
            response: "no", settlement: settlement)
        let report = DeliveryReport(
            webhook: webhook, progress: DeliveryProgress(start: .after(position)), replay: replay,
            attempts: [attempt], gaps: gaps)
        try scene.store.run(scene.rules.record(report))
    }

    func deliveries(_ query: String = "") throws -> [Value] {
        try scene.send(.get, "/webhooks/id1/deliveries" + query).json()["deliveries"]?.elements
            ?? []
    }
}

@Suite("What became of deliveries")
struct DeliveryReportTests {
    @Test("a delivery shows its attempts, the newest delivery first")
    func deliveries() throws {
        let desk = try Desk()
        let due = tenOClock + .seconds(5)
        try desk.record(7, .status(500, retryAfter: nil), .retry(at: due))
        try desk.record(7, number: 2, .status(200, retryAfter: nil), .delivered)
        try desk.record(8, .failed("no answer within 10 s"), .retry(at: due))
        let deliveries = try desk.deliveries()
        #expect(deliveries.map { $0["id"]?.string } == ["id1_k3f9aa-8", "id1_k3f9aa-7"])
        #expect(deliveries.map { $0["state"]?.string } == ["waiting", "delivered"])
        #expect(deliveries[0]["next_try"]?.string == "2026-01-15T10:00:05.000Z")
        #expect(
            deliveries[1]["attempts"]?.text
                == #"[{"number":1,"at":"2026-01-15T10:00:00.000Z","duration_ms":12,"status":500,"error":null,"response":"no"},"#
                + #"{"number":2,"at":"2026-01-15T10:00:00.000Z","duration_ms":12,"status":200,"error":null,"response":"no"}]"#
        )
        #expect(
            deliveries[0]["attempts"]?.elements.first?["error"]?.string == "no answer within 10 s")
        #expect(try desk.deliveries("?limit=1").count == 1)
        #expect(
            try desk.deliveries("?before=k3f9aa-8").map { $0["cursor"]?.string } == ["k3f9aa-7"])
    }

    @Test("attempts are kept for a while, and those of what waits as long as it waits")
    func retention() throws {
        let desk = try Desk()
        try desk.record(7, .status(200, retryAfter: nil), .delivered)
        try desk.record(8, .status(500, retryAfter: nil), .retry(at: tenOClock + .seconds(300)))
        desk.scene.store.now = tenOClock + .seconds(7 * 86_400) - .milliseconds(1)
        #expect(try desk.deliveries().count == 2)
        desk.scene.store.now = tenOClock + .seconds(7 * 86_400)
        #expect(try desk.deliveries().count == 0)
    }

    @Test("what is given up is told on $sys:webhooks with payload and reason, and can be replayed")
    func exhausted() throws {
        let desk = try Desk()
        try desk.record(
            7, number: 3, .status(500, retryAfter: nil), .exhausted("the endpoint answered 500"))
        #expect(
            desk.scene.store.events.last
                == #"$sys:webhooks webhook_exhausted webhook={"id":"id1","nombre":"a","activo":true,"#
                + #""delivery":"id1_k3f9aa-7","cursor":"k3f9aa-7","group":"g","attempts":3,"#
                + #""reason":"the endpoint answered 500","payload":{"evento":"t","type":"t","group":"g","seq":1,"#
                + #""cursor":"k3f9aa-7","timestamp":"2026-01-15T10:00:00.000Z","data":{"n":1}}}"#)
        let failed = try desk.scene.store.failedDeliveries(of: "id1", after: 0, limit: 9)
        #expect(failed.map(\.position) == [7])
        #expect(failed.map(\.group.name) == ["g"])
        #expect(try desk.deliveries().first?["state"]?.string == "exhausted")
        // Delivered after all, it has not failed.
        try desk.record(7, .status(200, retryAfter: nil), .delivered, replay: .done)
        #expect(try desk.scene.store.failedDeliveries(of: "id1", after: 0, limit: 9).isEmpty)
    }

    @Test("410 pauses the webhook, says why, and keeps the delivery")
    func gone() throws {
        let desk = try Desk()
        try desk.record(7, .status(410, retryAfter: nil), .gone)
        let json = try desk.scene.send(.get, "/webhooks/id1").json()
        #expect(json["activo"]?.text == "false")
        #expect(json["motivo"]?.string == "the endpoint answered 410")
        #expect(desk.scene.store.events.last?.contains("webhook_disabled") == true)
        #expect(try desk.deliveries().first?["state"]?.string == "waiting")
        let resumed = try desk.scene.send(.post, "/webhooks/id1/resume").json()
        #expect(resumed["activo"]?.text == "true")
        #expect(resumed["motivo"]?.text == "null")
    }

    @Test("what retention took before it was delivered is told, with how much at most")
    func gap() throws {
        let desk = try Desk()
        let gap = Gap(group: pattern("g"), from: 1, to: 6, lostAtMost: 5)
        try desk.record(7, .status(200, retryAfter: nil), .delivered, gaps: [gap])
        #expect(
            desk.scene.store.events.last
                == #"$sys:webhooks webhook_gap webhook={"id":"id1","nombre":"a","activo":true,"group":"g","#
                + #""from":"k3f9aa-1","to":"k3f9aa-6","lost_at_most":5}"#)
    }

    @Test("a report of a webhook that was deleted meanwhile leaves nothing")
    func deleted() throws {
        let desk = try Desk()
        _ = try desk.scene.send(.delete, "/webhooks/id1")
        let count = desk.scene.store.drafts.count
        try desk.record(7, .status(500, retryAfter: nil), .exhausted("x"))
        #expect(desk.scene.store.drafts.count == count)
        #expect(try desk.scene.store.storedWebhook("id1") == nil)
    }

    @Test("each attempt is counted among the integrations")
    func integrations() throws {
        let desk = try Desk()
        try desk.record(7, .status(500, retryAfter: nil), .retry(at: tenOClock + .seconds(5)))
        try desk.record(7, number: 2, .status(200, retryAfter: nil), .delivered)
        let json = try desk.scene.send(.get, "/api/reportes/integraciones/").json()
        #expect(json["total_sincronizaciones"]?.text == "2")
        #expect(json["exitosas"]?.text == "1")
        #expect(json["fallidas"]?.text == "1")
        #expect(json["proxima_sincronizacion"]?.string == "2026-01-15T10:00:05.000Z")
    }

    @Test("the whole of it is one transaction: where it fails, nothing has happened")
    func atomic() throws {
        let desk = try Desk()
        for step in 0..<6 {
            desk.scene.store.failure = .full
            desk.scene.store.writesBeforeFailure = step
            #expect(throws: EngineError.full) {
                try desk.record(7, .status(500, retryAfter: nil), .exhausted("x"))
            }
            #expect(try desk.deliveries().isEmpty)
            #expect(try desk.scene.store.storedWebhook("id1")?.progress.start == .after(0))
            #expect(desk.scene.store.drafts.count == 1)
        }
    }

    // MARK: Again

    @Test("a replay is taken on once, and shown until it is done")
    func replay() throws {
        let desk = try Desk()
        let response = try desk.scene.send(
            .post, "/webhooks/id1/replay",
            body: #"{"since":"k3f9aa-0","until":"k3f9aa-5","only":"failed"}"#)
        #expect(response.status == .accepted)
        #expect(try response.json()["replay"]?["cursor"]?.string == "k3f9aa-0")
        // Nothing after the head is sent again, whatever was asked for.
        #expect(
            try desk.scene.store.storedWebhook("id1")?.replay
                == DeliveryProgress(start: .after(0), range: .through(1, onlyFailed: true)))
        let second = try desk.scene.send(
            .post, "/webhooks/id1/replay", body: #"{"since":"earliest"}"#)
        #expect(second.status == .conflict)
        try desk.record(7, .status(200, retryAfter: nil), .delivered, replay: .done)
        #expect(try desk.scene.send(.get, "/webhooks/id1").json()["replay"]?.text == "null")
    }

    @Test(
        "until: where it ends",
        arguments: [
            ("now", .through(1, onlyFailed: false)), ("k3f9aa-1", .through(1, onlyFailed: false)),
            ("10m", .until(tenOClock - .seconds(600), onlyFailed: false)),
            ("2026-01-15T10:00:00Z", .until(tenOClock, onlyFailed: false)),
        ] as [(String, DeliveryProgress.Range)])
    func until(_ until: String, _ range: DeliveryProgress.Range) throws {
        let desk = try Desk()
        let body = #"{"since":"k3f9aa-0","until":"\#(until)"}"#
        let response = try desk.scene.send(.post, "/webhooks/id1/replay", body: body)
        #expect(response.status == .accepted, "\(response.text)")
        let progress = DeliveryProgress(start: .after(0), range: range)
        #expect(try desk.scene.store.storedWebhook("id1")?.replay == progress)
    }

    @Test(
        "what cannot be replayed is refused at its place",
        arguments: [
            ("{}", ["/since"]), (#"{"since":"now"}"#, ["/since"]), (#"{"since":"x"}"#, ["/since"]),
            (#"{"since":"zzzzzz-1"}"#, ["/since"]), (#"{"since":"k3f9aa-2"}"#, ["/since"]),
            (#"{"since":"earliest","until":"earliest"}"#, ["/until"]),
            (#"{"since":"earliest","until":"zzzzzz-1"}"#, ["/until"]),
            (#"{"since":"earliest","until":"x"}"#, ["/until"]),
            (#"{"since":"earliest","only":"some"}"#, ["/only"]),
            (#"{"since":1,"until":2,"only":3}"#, ["/since", "/until", "/only"]),
        ])
    func badReplay(_ body: String, _ pointers: [String]) throws {
        let desk = try Desk()
        let response = try desk.scene.send(.post, "/webhooks/id1/replay", body: body)
        #expect(response.status == .unprocessableContent)
        #expect(try response.pointers() == pointers)
        #expect(try desk.scene.store.storedWebhook("id1")?.replay == nil)
    }
}

@Suite("What is delivered")
struct DeliveryRequestTests {
    @Test("the event as all consumers get it, with seed 001's evento in front")
    func generic() throws {
        let request = DeliveryRequest(try event(7), to: "id1", epoch: epoch)
        #expect(request.id == "id1_k3f9aa-7")
        #expect(
            text(request.body)
                == #"{"evento":"t","type":"t","group":"g","seq":1,"cursor":"k3f9aa-7","timestamp":"2026-01-15T10:00:00.000Z","data":{"n":1}}"#
        )
    }

    @Test("seed 001: evento, articulo, cantidad_actual, umbral_minimo at the top, ours beside them")
    func alert() throws {
        let alert =
            #""alert":{"articulo":"Fresa 6mm","cantidad_actual":4,"umbral_minimo":10,"seq":"x","estado":"firing"}"#
        let request = DeliveryRequest(try event(7, "stock_bajo", alert), to: "id1", epoch: epoch)
        let json = try Value.parse(request.body)
        #expect(
            json.names == [
                "evento", "articulo", "cantidad_actual", "umbral_minimo", "estado", "type", "group",
                "seq", "cursor", "timestamp", "alert",
            ])
        #expect(json["evento"]?.string == "stock_bajo")
        #expect(json["articulo"]?.string == "Fresa 6mm")
        #expect(json["cantidad_actual"]?.text == "4")
        #expect(json["seq"]?.text == "1")
    }

    @Test("Standard Webhooks' fields with every secret, seed 001's with each of the newest two")
    func fields() throws {
        let desk = try Desk()
        _ = try desk.scene.send(.post, "/webhooks/id1/rotate")
        let webhook = try #require(try desk.scene.store.webhook("id1"))
        let request = DeliveryRequest(try event(7), to: "id1", epoch: epoch)
        let fields = request.fields(
            for: webhook, now: tenOClock, version: "1", primitives: primitives)
        #expect(fields["webhook-id"] == "id1_k3f9aa-7")
        #expect(fields["webhook-timestamp"] == "1768471200")
        #expect(fields["Content-Type"] == "application/json")
        #expect(fields["User-Agent"] == "Campana/1")
        func hex(_ secret: String) -> String {
            primitives.hmacSHA256(bytes(secret), request.body).map { octet in
                let digits = String(octet, radix: 16)
                return digits.count == 1 ? "0" + digits : digits
            }.joined()
        }
        #expect(fields["X-Signature-SHA256"] == hex("whsec_2"))
        #expect(fields["X-Signature-SHA256-Previous"] == hex("whsec_1"))
    }

    @Test("a test says that it is one, and has an id of its own")
    func test() throws {
        let desk = try Desk()
        let request = DeliveryRequest(testOf: desk.webhook, now: tenOClock)
        #expect(request.id == "id1_test_1768471200000")
        #expect(
            text(request.body)
                == #"{"evento":"prueba","webhook":"id1","nombre":"a","timestamp":"2026-01-15T10:00:00.000Z"}"#
        )
    }
}
