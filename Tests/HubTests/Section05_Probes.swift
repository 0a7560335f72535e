import HTTP1
import Log
import Testing

@testable import Hub

@Suite("WIRE §5 HTTP: probes")
struct Section05_Probes {
    @Test("seed 000: /health says that the process answers")
    func health() throws {
        let response = try Scene().send(.get, "/health")
        #expect(response.status == .ok)
        #expect(response.fields["Cache-Control"] == "no-store")
        #expect(
            response.text
                == #"{"status":"healthy","timestamp":"2026-01-15T10:00:00.000Z","version":"1.2.3"}"#
        )
    }

    @Test(
        "/readyz says whether work is taken: 503 with Retry-After where not",
        arguments: [
            (ServerReport.Readiness.ready, true, 200, #"{"status":"ready"}"#),
            (.ready, false, 503, #"{"status":"unready","reason":"the engine cannot write"}"#),
            (.starting, true, 503, #"{"status":"unready","reason":"starting"}"#),
            (.draining, true, 503, #"{"status":"unready","reason":"draining"}"#),
            (.draining, false, 503, #"{"status":"unready","reason":"draining"}"#),
        ])
    func ready(
        _ readiness: ServerReport.Readiness, _ canWrite: Bool, _ status: UInt16, _ body: String
    ) throws {
        var scene = Scene()
        scene.report.readiness = readiness
        scene.report.engine.canWrite = canWrite
        let response = try scene.send(.get, "/readyz")
        #expect(response.status.rawValue == status)
        #expect(response.text == body)
        #expect(response.fields["Retry-After"] == (status == 503 ? "1" : nil))
        #expect(response.fields["Cache-Control"] == "no-store")
    }

    @Test("seed 000: /status has system_status.overall, and the figures of the hub")
    func status() throws {
        var scene = Scene()
        scene.report.engine.head = 9
        let json = try scene.send(.get, "/status").json()
        #expect(json["system_status"]?.text == #"{"overall":"OK"}"#)
        #expect(json["started_at"]?.string == "2026-01-15T09:59:00.000Z")
        #expect(json["uptime_seconds"]?.text == "60")
        #expect(
            json["connections"]?.text
                == #"{"total":4,"websocket":2,"stream":1,"subscriptions":7}"#)
        #expect(json["engine"]?["head"]?.text == "9")
        #expect(json["engine"]?["can_write"]?.text == "true")
        #expect(json["engine"]?["last_error"] == nil)
    }

    @Test("/status is 200 in trouble too, and names the fault by its code")
    func degraded() throws {
        var scene = Scene()
        scene.report.engine.canWrite = false
        scene.report.engine.lastError = .full
        let response = try scene.send(.get, "/status")
        #expect(response.status == .ok)
        let json = try response.json()
        #expect(
            json["system_status"]?.text
                == #"{"overall":"DEGRADED","reason":"the engine cannot write"}"#)
        #expect(json["engine"]?["last_error"]?.string == "store_full")
    }

    @Test("/metrics is Prometheus' text format, as the server wrote it")
    func metrics() throws {
        let response = try Scene().send(.get, "/metrics")
        #expect(response.fields["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(response.fields["Cache-Control"] == "no-store")
        #expect(response.text == "# HELP campana_up 1 if it is\n")
    }
}
