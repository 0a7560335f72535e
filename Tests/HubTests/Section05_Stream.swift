import HTTP1
import Testing

@testable import Hub

/// What a client accepts, and the form of the stream that it gets.
struct FormCase: Sendable, CustomTestStringConvertible {
    var accept: String?
    var query: String
    var form: String

    init(_ accept: String?, query: String = "", _ form: String) {
        self.accept = accept
        self.query = query
        self.form = form
    }

    var testDescription: String { "Accept: \(accept ?? "(none)") \(query) → \(form)" }
}

@Suite("WIRE §5 GET /stream")
struct Section05_Stream {
    private func plan(_ query: String, _ fields: Fields = [:]) throws -> StreamPlan? {
        guard case .stream(let plan) = try Scene().react(.get, "/stream?\(query)", fields) else {
            return nil
        }
        return plan
    }

    private func name(_ form: StreamPlan.Form?) -> String {
        switch form {
        case .serverSentEvents: "SSE"
        case .lines: "lines"
        case .poll(let wait, let limit): "poll \(wait) \(limit)"
        case nil: "refused"
        }
    }

    @Test(
        "RFC 9110 §12.5.1 Accept says how it is written",
        arguments: [
            FormCase(nil, "SSE"), FormCase("*/*", "SSE"), FormCase("text/event-stream", "SSE"),
            FormCase("text/*", "SSE"), FormCase("application/x-ndjson", "lines"),
            FormCase("application/json", "poll 0.0 seconds 1000"),
            FormCase("application/*", "lines"),
            FormCase("application/json, application/x-ndjson;q=0.9", "poll 0.0 seconds 1000"),
            FormCase("text/event-stream;q=0.1, application/x-ndjson", "lines"),
            FormCase("text/event-stream;q=0, */*;q=0.1", "lines"),
            FormCase("application/json", query: "&wait=25s", "poll 25.0 seconds 1000"),
            FormCase("application/json", query: "&wait=25", "poll 25.0 seconds 1000"),
            FormCase("application/json", query: "&wait=500ms", "poll 0.5 seconds 1000"),
            FormCase("application/json", query: "&wait=1m", "poll 60.0 seconds 1000"),
            FormCase("application/json", query: "&wait=61s", "poll 60.0 seconds 1000"),
            FormCase("application/json", query: "&wait=3600000m", "poll 60.0 seconds 1000"),
            FormCase("application/json", query: "&wait=0s", "poll 0.0 seconds 1000"),
            FormCase("application/json", query: "&limit=1", "poll 0.0 seconds 1"),
            FormCase("application/json", query: "&limit=1000", "poll 0.0 seconds 1000"),
            FormCase("text/event-stream", query: "&wait=nonsense", "SSE"),
        ])
    func form(_ row: FormCase) throws {
        let fields: Fields = row.accept.map { ["Accept": $0] } ?? [:]
        #expect(name(try plan("groups=a\(row.query)", fields)?.form) == row.form)
    }

    @Test(
        "what cannot be read is 400, and named",
        arguments: [
            ("", "groups"), ("groups=", "groups"), ("groups=a,,b", "groups"),
            ("groups=a*", "groups"), ("groups=**:a", "groups"),
            ("groups=a&since=yesterday", "since"),
            ("groups=a&since=", "since"), ("groups=a&since=k3f9aa-", "since"),
            ("groups=a&wait=", "wait"), ("groups=a&wait=s", "wait"), ("groups=a&wait=-1", "wait"),
            ("groups=a&wait=1.5s", "wait"), ("groups=a&wait=1h", "wait"),
            ("groups=a&wait=3600001", "wait"), ("groups=a&wait=99999999999999999999", "wait"),
            ("groups=a&wait=%D9%A1s", "wait"),
            ("groups=a&limit=0", "limit"), ("groups=a&limit=1001", "limit"),
        ])
    func badParameter(_ query: String, _ name: String) throws {
        let response = try Scene().send(.get, "/stream?\(query)", ["Accept": "application/json"])
        #expect(response.status == .badRequest)
        #expect(try response.code() == "invalid_parameter")
        #expect(try response.json()["detail"]?.string?.hasPrefix(name) == true)
    }

    @Test("RFC 9110 §15.5.7 where nothing that is accepted can be sent: 406, with what can")
    func notAcceptable() throws {
        let response = try Scene().send(.get, "/stream?groups=a", ["Accept": "text/html"])
        #expect(response.status == .notAcceptable)
        #expect(
            try response.json()["detail"]?.string
                == "accept one of text/event-stream, application/x-ndjson, application/json")
    }

    @Test("groups are patterns, each once, in the order in which they were named")
    func groups() throws {
        let subscribe = try #require(try plan("groups=b,a,stock:*,b,$sys:webhooks,**")).subscribe
        #expect(subscribe.patterns.map(\.text) == ["b", "a", "stock:*", "$sys:webhooks", "**"])
        #expect(subscribe.ref == nil)
    }

    @Test("since says where to begin, and now is the default")
    func since() throws {
        #expect(try plan("groups=a")?.subscribe.since == .now)
        #expect(try plan("groups=a&since=earliest")?.subscribe.since == .earliest)
        #expect(try plan("groups=a&since=k3f9aa-7")?.subscribe.since == .cursor(cursor(7)))
        #expect(try plan("groups=a&since=10m")?.subscribe.since == .ago(.seconds(600)))
        #expect(
            try plan("groups=a&since=2026-01-15T11:00:00%2B01:00")?.subscribe.since
                == .time(tenOClock))
    }

    @Test("WHATWG HTML §9.2: Last-Event-ID is newer than the query, and wins")
    func lastEventID() throws {
        let fields: Fields = ["Last-Event-ID": "k3f9aa-9"]
        for query in ["groups=a", "groups=a&since=k3f9aa-7", "groups=a&since=earliest"] {
            #expect(try plan(query, fields)?.subscribe.since == .cursor(cursor(9)))
        }
        let empty: Fields = ["Last-Event-ID": ""]
        #expect(try plan("groups=a&since=k3f9aa-7", empty)?.subscribe.since == .cursor(cursor(7)))
    }

    @Test("a Last-Event-ID that is no cursor is refused", arguments: ["now", "7", "10m", "k3f9aa"])
    func badLastEventID(_ id: String) throws {
        let response = try Scene().send(.get, "/stream?groups=a", ["Last-Event-ID": id])
        #expect(response.status == .badRequest)
        #expect(
            try response.json()["detail"]?.string == "Last-Event-ID: \"\(id)\" is not a cursor")
    }
}
