import JSON
import Log
import Testing

@testable import HubClient

@Suite("campana erp-sync: what an ERP says")
struct ERPPageTests {
    private func page(_ text: String) throws -> ERPPage { try ERPPage(Array(text.utf8)) }

    @Test("an array, or an object with one and the place where it goes on")
    func forms() throws {
        #expect(try page("[{},{}]").records.count == 2)
        #expect(try page("[]").next == nil)
        let more = try page(#"{"count":9,"next":"/x?page=2","previous":null,"results":[{}]}"#)
        #expect(more.records.count == 1)
        #expect(more.next == "/x?page=2")
        #expect(try page(#"{"results":[],"next":null}"#).next == nil)
        for text in ["", "7", "[", #"{"next":7}"#, "[] x"] {
            #expect(throws: JSONError.self) { try page(text) }
        }
    }

    @Test(
        "what the ERP calls an article is its reference",
        arguments: [
            (.articles, #"{"id":7,"nombre":"A"}"#, #"{"referencia_externa":7,"nombre":"A"}"#),
            (
                .articles, #"{"id":7,"referencia_externa":"R"}"#, #"{"referencia_externa":"R"}"#
            ),
            (.articles, #"{"codigo":"C","id":""}"#, #"{"referencia_externa":"C"}"#),
            (.articles, #"{"nombre":"A","id":null}"#, #"{"nombre":"A"}"#),
            (
                .stock, #"{"id":1,"articulo":"R","cantidad":2.50}"#,
                #"{"referencia_externa":"R","cantidad":2.50}"#
            ),
            (.stock, "7", "7"),
        ] as [(ERPPage.Kind, String, String)])
    func references(_ kind: ERPPage.Kind, _ record: String, _ line: String) throws {
        #expect(try page("[\(record)]").lines(kind).map(\.text) == [line])
    }

    @Test("requests are cut by rows and by bytes")
    func bodies() {
        let short = Array("{}".utf8)
        #expect(ERPBodies.cut([]).isEmpty)
        let many = ERPBodies.cut(Array(repeating: short, count: ERPBodies.maxRows + 1))
        #expect(many.map { $0.count { $0 == 0x0A } } == [ERPBodies.maxRows, 1])
        let long = [UInt8](repeating: 0x20, count: ERPBodies.fullBytes / 2)
        #expect(ERPBodies.cut([long, long, short]).map(\.count) == [2 * long.count + 2, 3])
    }

    @Test(
        "where an answer goes on, and never to another server",
        arguments: [
            ("?page=2", "/api/stock?page=2"), ("/sap/api/stock?page=2", "/api/stock?page=2"),
            ("http://erp:8080/sap/api/stock?page=2", "/api/stock?page=2"),
            ("http://evil:8080/sap/api/stock", nil), ("http://erp:8081/sap/x", nil),
            ("https://erp:8080/sap/x", nil), ("//evil/sap/x", nil), ("/other/api/stock", nil),
            ("stock", nil), ("", nil), ("http://erp:8080", nil),
            ("http://erp:8080.evil/sap/x", nil),
        ] as [(String, String?)])
    func links(_ next: String, _ target: String?) throws {
        let address = try HubAddress("http://erp:8080/sap")
        #expect(ERPLink.target(next, from: "/api/stock?page=1", at: address) == target)
    }
}

@Suite("campana erp-sync: what an ERP is told")
struct ERPMovementTests {
    private func event(
        _ type: String = "movimiento_creado", state: String = "aprobado", author: String = "ana"
    ) throws -> Value {
        try Value.parse(
            Array(
                (#"{"type":"\#(type)","cursor":"k3f9aa-7","movimiento":{"id":7,"articulo":3,"#
                    + #""tipo":"salida","cantidad":2.50,"estado":"\#(state)","#
                    + #""fecha":"2026-01-15T10:00:00.123Z","creado_por":"\#(author)"}}"#).utf8))
    }

    @Test("a movement has the members of the document, and the same key each time")
    func body() throws {
        let movement = try #require(ERPMovement(event(), notOf: "ERP"))
        #expect(movement.key == "campana-movimiento-7-20260115T100000123Z")
        #expect(
            movement.body(reference: "R/1").text
                == #"{"tipo":"salida","articulo":"R/1","cantidad":2.50,"#
                + #""fecha":"2026-01-15T10:00:00.123Z"}"#)
        #expect(movement.body(reference: nil).text.contains(#""articulo":3,"#))
    }

    @Test("what has moved nothing, and what came from the ERP, is not told")
    func others() throws {
        #expect(try ERPMovement(event("movimiento_aprobado"), notOf: "ERP") != nil)
        #expect(try ERPMovement(event(author: "ERP"), notOf: "ERP") == nil)
        #expect(try ERPMovement(event(state: "pendiente"), notOf: "ERP") == nil)
        #expect(
            try ERPMovement(event("movimiento_rechazado", state: "rechazado"), notOf: "E") == nil)
        #expect(try ERPMovement(event("stock_bajo"), notOf: "ERP") == nil)
        #expect(ERPMovement(.null, notOf: "ERP") == nil)
    }

    @Test("a page of the log")
    func page() throws {
        let page = try ERPEvents(
            Array(
                #"{"resume":"gap","events":[{"type":"x"}],"cursor":"a-1","up_to_date":false}"#.utf8)
        )
        #expect(page.events.count == 1 && page.isBroken && !page.isUpToDate)
        #expect(page.cursor == "a-1")
        #expect(throws: JSONError.self) { try ERPEvents(Array("[]".utf8)) }
    }

    @Test("the log of integrations hears how a run ended")
    func entry() throws {
        var tally = ERPTally()
        let next = Timestamp(milliseconds: 1_768_471_200_000)
        #expect(
            tally.entry(of: "ERP", next: next).text
                == #"{"sistema":"ERP","tipo":"erp-sync","estado":"SINCRONIZADO","#
                + #""datos_enviados":{"movimientos":0},"datos_recibidos":{"articulos":0,"stock":0,"#
                + #""rechazados":0},"error":"","proxima_sincronizacion":"2026-01-15T10:00:00.000Z"}"#
        )
        tally.refused = 1
        #expect(!tally.isGood)
        tally.refused = 0
        tally.failure = "no"
        let entry = tally.entry(of: "ERP", next: nil).text
        #expect(entry.contains(#""estado":"ERROR""#) && entry.contains("0 refused; no\"}"))
    }
}

@Suite("campana erp-sync: its state")
struct ERPStateTests {
    @Test("is read as it was written")
    func roundTrip() {
        var state = ERPState(url: "u", erp: "e")
        #expect(ERPState.decode(state.encode()) == state)
        state.phase = .stock
        state.next = "/api/stock?page=2"
        state.cursor = "k3f9aa-7"
        #expect(ERPState.decode(state.encode()) == state)
        #expect(state.encode().text.hasSuffix("\n"))
    }

    @Test(
        "what was not written here is refused", arguments: ["", "{}", #"{"campana_erp":2}"#, "[]"])
    func others(_ text: String) {
        #expect(ERPState.decode(Array(text.utf8)) == nil)
    }

    @Test("each hub and ERP has a file of its own")
    func places() throws {
        let home = ["HOME": "/home/ana"]
        let place = try #require(
            ERPStateFile.defaultPlace(url: "u", erp: "e", environment: home))
        #expect(place.path.hasPrefix("/home/ana/.local/state/campana/erp-"))
        #expect(
            ERPStateFile.defaultPlace(url: "u", erp: "f", environment: home)?.path != place.path)
        #expect(ERPStateFile.defaultPlace(url: "u", erp: "e", environment: [:]) == nil)
    }
}
