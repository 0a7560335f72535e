import HTTP1
import JSON
import Log
import Testing

@testable import Hub

private let path = "/api/reportes/integraciones"

extension Scene {
    /// Logs an exchange as the hub itself does.
    @discardableResult
    fileprivate func log(
        _ system: String, _ outcome: IntegrationOutcome, error: String = "",
        next: Timestamp? = nil, age: Duration = .seconds(3600)
    ) throws -> String {
        let entry = IntegrationEntry(
            system: system, type: "articulos", outcome: outcome, error: error, next: next)
        return text(
            try store.run { transaction throws(EngineError) in
                .commit(try transaction.logIntegration(entry, keptFor: age))
            })
    }

    fileprivate func entries(_ query: String = "") throws -> (ids: [String], next: String?) {
        let page = try send(.get, "\(path)/log\(query)").json()
        return (
            page["integraciones"]?.elements.compactMap { $0["id"]?.text } ?? [],
            page["next"]?.text
        )
    }
}

@Suite("Seed 001: GET /api/reportes/integraciones")
struct IntegrationReport {
    let scene = Scene()

    @Test func `says nothing of a time where nothing was`() throws {
        #expect(
            try scene.send(.get, "\(path)/").text
                == #"{"total_sincronizaciones":0,"exitosas":0,"fallidas":0,"tasa_exito":null,"#
                + #""ultima_sincronizacion":null,"proxima_sincronizacion":null}"#)
    }

    @Test func `has the document's shape and its figures`() throws {
        for number in 1...50 { try scene.log("ERP", number == 7 ? .failed : .done) }
        try scene.log("ERP", .done, next: tenOClock + .seconds(3600))
        try scene.log("ERP", .pending)
        for _ in 1...49 { try scene.log("SAP", .done) }
        #expect(
            try scene.send(.get, path).text
                == #"{"total_sincronizaciones":100,"exitosas":99,"fallidas":1,"tasa_exito":99.0,"#
                + #""ultima_sincronizacion":"2026-01-15T10:00:00.000Z","#
                + #""proxima_sincronizacion":"2026-01-15T11:00:00.000Z"}"#)
        #expect(
            try scene.send(.get, "\(path)?sistema=SAP").text
                == #"{"total_sincronizaciones":49,"exitosas":49,"fallidas":0,"tasa_exito":100.0,"#
                + #""ultima_sincronizacion":"2026-01-15T10:00:00.000Z","#
                + #""proxima_sincronizacion":null}"#)
    }

    @Test(
        "the rate is rounded down, so that 100.0 says that none failed",
        arguments: [
            (done: 980 as UInt64, failed: 20 as UInt64, rate: 98.0), (2, 1, 66.6), (1, 0, 100),
            (0, 3, 0), (999_999, 1, 99.9),
        ])
    func rate(_ row: (done: UInt64, failed: UInt64, rate: Double)) {
        var totals = IntegrationTotals()
        (totals.done, totals.failed) = (row.done, row.failed)
        #expect(totals.successRate == row.rate)
    }

    @Test func `the next time is the earliest of all systems, and none that has come`() throws {
        try scene.log("ERP", .done, next: tenOClock + .seconds(60))
        try scene.log("SAP", .done, next: tenOClock + .seconds(90))
        func next(_ query: String = "") throws -> String? {
            try scene.send(.get, path + query).json()["proxima_sincronizacion"]?.text
        }
        #expect(try next() == #""2026-01-15T10:01:00.000Z""#)
        #expect(try next("?sistema=SAP") == #""2026-01-15T10:01:30.000Z""#)
        scene.store.now = tenOClock + .seconds(60)
        #expect(try next() == #""2026-01-15T10:01:30.000Z""#)
        try scene.log("ERP", .failed, next: tenOClock)
        #expect(try next("?sistema=ERP") == "null")
    }
}

@Suite("Seed 001: the log of integrations")
struct IntegrationLog {
    let scene = Scene()

    @Test func `an entry has the members of LogIntegracion`() throws {
        let entry = try scene.log("ERP", .failed, error: "no answer in 10 s")
        #expect(
            entry
                == #"{"id":1,"sistema":"ERP","tipo":"articulos","estado":"ERROR","#
                + #""datos_enviados":null,"datos_recibidos":null,"error":"no answer in 10 s","#
                + #""fecha":"2026-01-15T10:00:00.000Z"}"#)
        #expect(
            try scene.send(.get, "\(path)/log/").text
                == #"{"integraciones":[\#(entry)],"next":null}"#)
    }

    @Test func `lists newest first, in pages, by system and by state`() throws {
        for number in 1...12 {
            try scene.log(number.isMultiple(of: 3) ? "SAP" : "ERP", number > 10 ? .failed : .done)
        }
        #expect(try scene.entries("?limit=3") == (["12", "11", "10"], "10"))
        #expect(try scene.entries("?limit=3&after=4") == (["3", "2", "1"], "null"))
        #expect(try scene.entries("?sistema=SAP") == (["12", "9", "6", "3"], "null"))
        #expect(try scene.entries("?sistema=SAP&limit=2") == (["12", "9"], "9"))
        #expect(try scene.entries("?estado=ERROR") == (["12", "11"], "null"))
        #expect(try scene.entries("?sistema=ERP&estado=ERROR") == (["11"], "null"))
        #expect(try scene.entries("?sistema=nadie") == ([], "null"))
    }

    @Test func `entries go when their time is over, and what was counted stays`() throws {
        try scene.log("ERP", .done, age: .seconds(10))
        try scene.log("ERP", .done, age: .seconds(20))
        scene.store.now = tenOClock + .seconds(10)
        #expect(try scene.entries() == (["2"], "null"))
        #expect(try scene.send(.get, path).json()["exitosas"]?.text == "2")
        #expect(try scene.log("ERP", .done).hasPrefix(#"{"id":3,"#))
    }

    @Test(
        "texts are cut and data left out past their bounds",
        arguments: [(-1, true), (0, true), (1, false)])
    func bounds(_ past: Int, _ isWhole: Bool) throws {
        func long(_ bound: Int) -> String { String(repeating: "é", count: bound + past) }
        let data = bytes("\"" + String(repeating: "x", count: 16_384 - 2 + past) + "\"")
        let entry = IntegrationEntry(
            system: long(100), type: long(50), outcome: .done, sent: data, received: data,
            error: long(2000))
        let json = try Value.parse(entry.json(id: 1, at: tenOClock))
        #expect(json["sistema"]?.string == (isWhole ? long(100) : String(long(100).dropLast())))
        #expect(json["tipo"]?.string == (isWhole ? long(50) : String(long(50).dropLast())))
        #expect(json["error"]?.string == (isWhole ? long(2000) : String(long(2000).dropLast())))
        for name in ["datos_enviados", "datos_recibidos"] {
            #expect(json[name]?.text == (isWhole ? text(data) : #"{"omitted_bytes":16385}"#))
        }
    }

    @Test(arguments: [
        "log?limit=0", "log?limit=1001", "log?after=0", "log?estado=OK", "log?sistema=",
        "?sistema=",
    ])
    func `refuses a query that it cannot read`(query: String) throws {
        let separator = query.hasPrefix("?") ? "" : "/"
        #expect(try scene.send(.get, path + separator + query).code() == "invalid_parameter")
    }
}

@Suite("Seed 001: POST /api/reportes/integraciones")
struct IntegrationPost {
    let scene = Scene()
    static let body =
        #"{"sistema":"ERP","tipo":"stock","estado":"SINCRONIZADO","datos_enviados":{"a": 1},"#
        + #""datos_recibidos":[2],"error":"","proxima_sincronizacion":"2026-01-15T11:00:00Z"}"#

    @Test func `logs and counts what a program reports, once for its key`() throws {
        let key: Fields = ["Idempotency-Key": "k"]
        let first = try scene.send(.post, "\(path)/", key, body: Self.body)
        let again = try scene.send(.post, "\(path)/", key, body: Self.body)
        #expect(first.status == .created)
        #expect(
            first.text
                == #"{"id":1,"sistema":"ERP","tipo":"stock","estado":"SINCRONIZADO","#
                + #""datos_enviados":{"a":1},"datos_recibidos":[2],"error":"","#
                + #""fecha":"2026-01-15T10:00:00.000Z"}"#)
        #expect(again.text == first.text)
        let report = try scene.send(.get, path).json()
        #expect(report["total_sincronizaciones"]?.text == "1")
        #expect(report["proxima_sincronizacion"]?.text == #""2026-01-15T11:00:00.000Z""#)
        #expect(scene.store.events.isEmpty)
    }

    @Test(arguments: [
        ("{}", ["/sistema", "/tipo", "/estado"]),
        (#"{"sistema":"","tipo":7,"estado":"OK"}"#, ["/sistema", "/tipo", "/estado"]),
        (
            #"{"sistema":"a","tipo":"b","estado":"ERROR","error":1,"proxima_sincronizacion":"x"}"#,
            ["/error", "/proxima_sincronizacion"]
        ),
        (
            #"{"sistema":"a","tipo":"b","estado":"ERROR","datos_enviados":"\#(String(repeating: "x", count: 16_383))"}"#,
            ["/datos_enviados"]
        ),
    ])
    func `lists every fault at its place, and keeps nothing`(body: String, pointers: [String])
        throws
    {
        let response = try scene.send(.post, path, body: body)
        #expect(response.status == .unprocessableContent)
        #expect(try Set(response.pointers()) == Set(pointers))
        #expect(try scene.entries().ids.isEmpty)
    }

    @Test func `an engine that fails counts nothing`() throws {
        scene.store.failure = .full
        scene.store.writesBeforeFailure = 2
        #expect(throws: EngineError.full) { try scene.log("ERP", .done) }
        #expect(try scene.send(.get, path).json()["exitosas"]?.text == "0")
    }

    @Test(arguments: [
        (Method.get, path, Action.subscribe), (.get, "\(path)/log", .subscribe),
        (.post, path, .write),
    ])
    func `asks for a grant on integraciones`(method: Method, target: String, action: Action)
        throws
    {
        let head = try RequestHead(
            method: method, target: RequestTarget(target, method: method),
            fields: ["Host": "localhost"])
        for (grants, isRefused) in [
            ([Grant](), true), ([Grant(action, pattern("integraciones"))], false),
        ] {
            let reaction = scene.rules.react(
                to: Request(
                    head: head, body: bytes(Self.body), now: tenOClock,
                    principal: Principal(name: "p", grants: grants)))
            var status: Status?
            if case .respond(let response) = reaction { status = response.status }
            #expect((status == .forbidden) == isRefused)
        }
    }
}
