import HTTP1
import JSON
import Log
import Testing

@testable import Hub

@Suite("Stock alerts: their events, their routes, their timers")
struct AlertRoutesTests {
    private func scene(_ settings: String = "") throws -> Scene {
        let scene = try Scene.withArticles(
            #"{"nombre":"Tubo","umbral_minimo":10,"umbral_recuperacion":15\#(settings)}"#)
        try scene.move(1, "entrada", "20")
        return scene
    }

    @Test("below the minimum: stock_bajo once, alerta_generada with it, to both groups")
    func fires() throws {
        let scene = try scene()
        try scene.move(1, "entrada", "1", #","almacen":"norte""#)
        let before = scene.store.drafts.count
        try scene.move(1, "salida", "12")
        #expect(
            scene.eventNames.dropFirst(before) == [
                "stock movimiento_creado", "stock stock_bajo", "stock alerta_generada",
            ])
        let alert = try Value.parse(try #require(scene.store.drafts.last).payload)
        #expect(alert["articulo"]?.string == "Tubo")
        #expect(alert["cantidad_actual"]?.text == "9")
        #expect(alert["umbral_minimo"]?.text == "10")
        #expect(alert["estado"]?.string == "firing")
        #expect(alert["fase"]?.string == "activa")
        #expect(alert["id"]?.string == "1-1")
    }

    @Test("it goes to the place of the movement with which it began, and so does its end")
    func warehouse() throws {
        let scene = try scene()
        try scene.move(1, "entrada", "1", #","almacen":"norte""#)
        try scene.move(1, "salida", "1", #","almacen":"norte""#)
        try scene.move(1, "salida", "19")
        #expect(scene.eventNames.suffix(2) == ["stock stock_bajo", "stock alerta_generada"])
        try scene.move(1, "entrada", "30", #","almacen":"norte""#)
        try scene.move(1, "salida", "25", #","almacen":"norte""#)
        let before = scene.store.drafts.count
        try scene.move(1, "entrada", "50", #","almacen":"sur""#)
        #expect(
            scene.eventNames.dropFirst(before) == [
                "stock movimiento_creado", "stock:sur movimiento_creado",
                "stock alerta_generada", "stock:norte alerta_generada",
            ])
    }

    @Test("79 flaps in two hours: one stock_bajo, one resolution")
    func flaps() throws {
        let scene = try scene()
        try scene.move(1, "salida", "9")
        for flap in 0..<79 {
            scene.store.now = tenOClock + .seconds(flap * 91)
            try scene.move(1, "salida", "2")
            try scene.runTimers()
            try scene.move(1, "entrada", "2")
        }
        scene.store.now = tenOClock + .seconds(7200)
        try scene.move(1, "entrada", "10")
        #expect(scene.eventNames.count { $0 == "stock stock_bajo" } == 1)
        #expect(scene.reasons == ["activada", "resuelta"])
    }

    @Test("a minimum duration: silent until it has lasted, and a timer sees to it")
    func duration() throws {
        let scene = try scene(#","duracion_minima_s":60"#)
        try scene.move(1, "salida", "12", "")
        #expect(!scene.eventNames.contains("stock stock_bajo"))
        let shown = try scene.send(.get, "\(external)/alertas/1").json()
        #expect(shown["fase"]?.string == "pendiente")
        #expect(shown["estado"]?.string == "pending")
        try scene.passTime(to: 59)
        #expect(scene.reasons.isEmpty)
        try scene.passTime(to: 60)
        #expect(scene.reasons == ["activada"])
        #expect(try scene.store.count(DurableTimer.collection, prefix: "") == 0)
    }

    @Test("an overdue timer fires at once when the hub is up again")
    func overdue() throws {
        let scene = try scene(#","duracion_minima_s":60"#)
        try scene.move(1, "salida", "12")
        scene.store.now = tenOClock + .seconds(86_400)
        try scene.runTimers()
        #expect(scene.reasons == ["activada"])
    }

    @Test("repeats until it is acknowledged, with who and what they say")
    func acknowledge() throws {
        let scene = try scene(#","repetir_cada_s":10"#)
        try scene.move(1, "salida", "12")
        try scene.passTime(to: 25)
        #expect(scene.reasons == ["activada", "repetida", "repetida"])
        let path = "\(external)/alertas/1/reconocer/"
        let done = try scene.send(.post, path, body: #"{"por":"ana","nota":"pedido 7"}"#)
        #expect(done.status == .ok)
        #expect(try done.json()["fase"]?.string == "reconocida")
        #expect(try done.json()["estado"]?.string == "firing")
        #expect(try done.json()["reconocida_por"]?.string == "ana")
        #expect(try done.json()["nota"]?.string == "pedido 7")
        #expect(try scene.send(.post, path).status == .conflict)
        try scene.passTime(to: 100)
        #expect(scene.reasons == ["activada", "repetida", "repetida", "reconocida"])
        try scene.move(1, "entrada", "20")
        #expect(scene.reasons.last == "resuelta")
        #expect(scene.eventNames.count { $0 == "stock stock_bajo" } == 1)
        #expect(try scene.send(.post, "\(external)/alertas/7/reconocer").status == .notFound)
        let faults = try scene.send(.post, path, body: #"{"por":5,"nota":""}"#)
        #expect(try faults.pointers() == ["/por", "/nota"])
    }

    @Test(
        "the list of alerts, by phase and by state",
        arguments: [
            ("", ["2", "3", "4"]), ("?estado=pendiente", ["2"]), ("?estado=activa", ["3"]),
            ("?estado=reconocida", ["4"]), ("?estado=firing", ["3", "4"]),
            ("?estado=resuelta", ["5"]), ("?estado=resolved", ["5"]), ("?estado=ok", []),
            ("?limit=1", ["2"]), ("?limit=1&after=2", ["3"]),
        ])
    func list(_ query: String, _ ids: [String]) throws {
        let amiss = #"{"nombre":"b","umbral_minimo":5}"#
        let scene = try Scene.withArticles(
            #"{"nombre":"a","umbral_minimo":1}"#,
            #"{"nombre":"b","umbral_minimo":5,"duracion_minima_s":60}"#, amiss, amiss, amiss)
        for article in 1...5 { try scene.move(article, "entrada", "1") }
        _ = try scene.send(.post, "\(external)/alertas/4/reconocer")
        try scene.move(5, "entrada", "9")
        let json = try scene.send(.get, "\(external)/alertas\(query)").json()
        #expect(json["alertas"]?.elements.compactMap { $0["articulo_id"]?.text } == ids)
    }

    @Test(
        "a change of the thresholds is looked at at once; nothing is amiss before the first count")
    func settings() throws {
        let scene = try Scene.withArticles(#"{"nombre":"a","umbral_minimo":5}"#)
        #expect(scene.store.drafts.isEmpty)
        try scene.move(1, "entrada", "7")
        let path = "\(external)/articulos/1"
        _ = try scene.send(.patch, path, body: #"{"umbral_minimo":8}"#)
        _ = try scene.send(.patch, path, body: #"{"umbral_minimo":7}"#)
        #expect(scene.reasons == ["activada", "resuelta"])
    }

    // MARK: Silences

    private func silence(_ scene: Scene, _ body: String) throws -> Response {
        try scene.send(.post, "\(external)/silencios/", body: body)
    }

    @Test("a silence: no events while it lasts, the state goes on, and at its end it speaks")
    func silences() throws {
        let scene = try scene(#","repetir_cada_s":10"#)
        let made = try silence(
            scene, #"{"patron":"tub*","duracion_s":60,"motivo":"inventario","por":"ana"}"#)
        #expect(made.status == .created)
        #expect(try made.json()["por"]?.string == "ana")
        #expect(try made.json()["hasta"]?.string == "2026-01-15T10:01:00.000Z")
        try scene.move(1, "salida", "12")
        try scene.passTime(to: 59)
        #expect(scene.reasons.isEmpty)
        #expect(try scene.send(.get, "\(external)/alertas/1").json()["fase"]?.string == "activa")
        try scene.passTime(to: 60)
        #expect(scene.reasons == ["activada"])
        let none = try scene.send(.get, "\(external)/silencios").text
        #expect(none == #"{"silencios":[]}"#)
    }

    @Test("one that was heard before the silence is said again at its end; or its end is")
    func heardBefore() throws {
        for isResolved in [false, true] {
            let scene = try scene()
            try scene.move(1, "salida", "12")
            _ = try silence(scene, #"{"articulo":1,"duracion_s":60,"motivo":"m"}"#)
            try scene.passTime(to: 30)
            if isResolved { try scene.move(1, "entrada", "10") }
            #expect(scene.reasons == ["activada"])
            try scene.passTime(to: 60)
            #expect(scene.reasons == ["activada", isResolved ? "resuelta" : "fin_de_silencio"])
            try scene.passTime(to: 200)
            #expect(scene.reasons.count == 2)
        }
    }

    @Test("a silence that is taken back ends at once; one of others changes nothing")
    func takenBack() throws {
        let scene = try scene()
        _ = try silence(scene, #"{"patron":"codo*","duracion_s":600,"motivo":"m"}"#)
        _ = try silence(scene, #"{"patron":"*","duracion_s":600,"motivo":"m"}"#)
        try scene.move(1, "salida", "12")
        try scene.passTime(to: 5)
        #expect(scene.reasons.isEmpty)
        #expect(try scene.send(.delete, "\(external)/silencios/2").status == .noContent)
        try scene.passTime(to: 6)
        #expect(scene.reasons == ["activada"])
        #expect(try scene.send(.delete, "\(external)/silencios/2").status == .notFound)
        #expect(try scene.send(.delete, "\(external)/silencios/x").status == .notFound)
    }

    @Test("all open alerts are looked at, however many there are")
    func sweep() throws {
        let scene = Scene()
        let count = StockSweep.alertsInOneTurn * 2 + 1
        _ = try silence(scene, #"{"patron":"*","duracion_s":600,"motivo":"m"}"#)
        for number in 1...count {
            _ = try scene.send(
                .post, "\(external)/articulos", body: #"{"nombre":"a","umbral_minimo":5}"#)
            try scene.move(number, "entrada", "1")
        }
        _ = try scene.send(.delete, "\(external)/silencios/1")
        try scene.runTimers()
        #expect(scene.reasons.count == count)
    }

    @Test(
        "each fault of a silence at its pointer",
        arguments: [
            ("{}", ["/motivo", "/articulo", "/hasta"]),
            (#"{"articulo":1,"patron":"a","duracion_s":1,"motivo":"m"}"#, ["/patron"]),
            (
                #"{"articulo":1,"hasta":"2026-01-15T11:00:00Z","duracion_s":1,"motivo":"m"}"#,
                ["/duracion_s"]
            ),
            (#"{"articulo":9,"duracion_s":1,"motivo":"m"}"#, ["/articulo"]),
            (#"{"articulo":1,"duracion_s":0,"motivo":"m"}"#, ["/duracion_s"]),
            (#"{"articulo":1,"hasta":"2026-01-15T10:00:00Z","motivo":"m"}"#, ["/hasta"]),
            (#"{"articulo":1,"hasta":"2029-01-15T10:00:00Z","motivo":"m"}"#, ["/hasta"]),
            (#"{"articulo":1,"hasta":"luego","motivo":" "}"#, ["/hasta", "/motivo"]),
            (#"{"patron":"","duracion_s":5,"motivo":"m"}"#, ["/patron"]),
        ])
    func silenceFaults(_ body: String, _ pointers: [String]) throws {
        let scene = try scene()
        let response = try silence(scene, body)
        #expect(response.status == .unprocessableContent)
        #expect(try response.pointers() == pointers)
        #expect(try scene.store.silences().isEmpty)
    }

    @Test("200 silences are taken, and one more once one has ended")
    func bound() throws {
        let scene = try scene()
        for _ in 0..<Silence.maxCount {
            #expect(
                try silence(scene, #"{"patron":"x","duracion_s":60,"motivo":"m"}"#).status
                    == .created)
        }
        let body = #"{"patron":"x","duracion_s":60,"motivo":"m"}"#
        #expect(try silence(scene, body).status == .conflict)
        scene.store.now = tenOClock + .seconds(60)
        #expect(try silence(scene, body).status == .created)
    }

    @Test("who acknowledges is who the credentials say, whatever the body claims")
    func actor() throws {
        let scene = try scene()
        let head = try RequestHead(
            method: .post, target: RequestTarget("/", method: .post), fields: ["Host": "localhost"])
        var request = Request(head: head, body: [], now: tenOClock)
        #expect(request.actor("ana") == "ana")
        #expect(request.actor(nil) == "anyone")
        request.principal = Principal(name: "erp", grants: [])
        #expect(request.actor("ana") == "erp")
        _ = scene
    }
}

@Suite("WIRE §5 /api/external/reportes")
struct StockReportTests {
    private func scene() throws -> Scene {
        let scene = try Scene.withArticles(
            #"{"nombre":"=1+1","umbral_minimo":5,"referencia_externa":"-x"}"#,
            #"{"nombre":"Codo \"90°\", corto","permite_negativo":true}"#, #"{"nombre":"@c"}"#)
        try scene.move(1, "entrada", "4.5")
        try scene.move(2, "salida", "2")
        scene.store.now = tenOClock + .seconds(40 * 86_400)
        try scene.move(2, "ajuste", "-1.25")
        try scene.move(1, "entrada", "9", #","requiere_aprobacion":true"#)
        return scene
    }

    private func rows(_ response: Response) throws -> [String] {
        try response.json()["filas"]?.elements.map(\.text) ?? []
    }

    @Test("resumen: how much there is of everything, and what has moved today")
    func summary() throws {
        #expect(
            try rows(scene().send(.get, "\(external)/reportes/")) == [
                #"{"articulos":3,"bajo_umbral":1,"movimientos_pendientes":1,"entradas_hoy":0,"#
                    + #""salidas_hoy":0,"ajustes_hoy":1}"#
            ])
    }

    @Test("totales: by article, in pages; the sums are those of the movements")
    func totals() throws {
        let scene = try scene()
        let first = try scene.send(.get, "\(external)/reportes?tipo=totales&limit=2")
        #expect(try first.json()["next"]?.string == "2")
        #expect(
            try rows(first).last
                == #"{"articulo":2,"nombre":"Codo \"90°\", corto","referencia_externa":null,"#
                + #""cantidad":-3.25,"umbral_minimo":null,"bajo_umbral":false,"entradas":0,"#
                + #""salidas":2,"ajustes":-1.25,"movimientos":2,"pendientes":0,"#
                + #""ultimo_movimiento":"2026-02-24T10:00:00.000Z"}"#)
        let rest = try scene.send(.get, "\(external)/reportes?tipo=totales&limit=2&after=2")
        #expect(try rows(rest).count == 1)
        #expect(try rest.json()["next"]?.text == "null")
        let below = try scene.send(.get, "\(external)/reportes?tipo=bajo_umbral")
        #expect(try rows(below).count == 1)
    }

    @Test(
        "movimientos: by day and month, of all and of one article",
        arguments: [
            (
                "",
                [
                    #"{"periodo":"2026-02-24","entradas":0,"cantidad_entradas":0,"salidas":0,"#
                        + #""cantidad_salidas":0,"ajustes":1,"cantidad_ajustes":-1.25}"#
                ]
            ),
            (
                "&desde=2026-01-15&hasta=2026-01-15",
                [
                    #"{"periodo":"2026-01-15","entradas":1,"#
                        + #""cantidad_entradas":4.5,"salidas":1,"cantidad_salidas":2,"ajustes":0,"#
                        + #""cantidad_ajustes":0}"#
                ]
            ),
            (
                "&desde=2026-01-01&periodo=mes&articulo=2",
                [
                    #"{"periodo":"2026-01","entradas":0,"cantidad_entradas":0,"salidas":1,"#
                        + #""cantidad_salidas":2,"ajustes":0,"cantidad_ajustes":0}"#,
                    #"{"periodo":"2026-02","entradas":0,"cantidad_entradas":0,"salidas":0,"#
                        + #""cantidad_salidas":0,"ajustes":1,"cantidad_ajustes":-1.25}"#,
                ]
            ),
            ("&desde=2026-01-16&hasta=2026-02-23", []),
        ])
    func movements(_ query: String, _ expected: [String]) throws {
        let response = try scene().send(.get, "\(external)/reportes?tipo=movimientos\(query)")
        #expect(try rows(response) == expected)
    }

    @Test("CSV: quoted as RFC 4180 has it, and no text of it is a formula; numbers stay numbers")
    func csv() throws {
        let scene = try scene()
        let expected = [
            "articulo,nombre,referencia_externa,cantidad,umbral_minimo,bajo_umbral,entradas,"
                + "salidas,ajustes,movimientos,pendientes,ultimo_movimiento",
            "1,'=1+1,'-x,4.5,5,true,4.5,0,0,1,1,2026-01-15T10:00:00.000Z",
            #"2,"Codo ""90°"", corto",,-3.25,,false,0,2,-1.25,2,0,2026-02-24T10:00:00.000Z"#,
            "3,'@c,,0,,false,0,0,0,0,0,", "",
        ].joined(separator: "\r\n")
        let byQuery = try scene.send(.get, "\(external)/reportes?tipo=totales&formato=csv")
        let byAccept = try scene.send(
            .get, "\(external)/reportes?tipo=totales",
            ["Accept": "text/csv, application/json;q=0.5"])
        for response in [byQuery, byAccept] {
            #expect(response.text == expected)
            #expect(response.fields["Content-Type"] == "text/csv; charset=utf-8; header=present")
        }
    }

    @Test("the next page of CSV is in Link, and nothing of the query gets there unread")
    func link() throws {
        let response = try scene().send(
            .get, "\(external)/reportes?tipo=totales&limit=2&formato=csv&x=%3E%0D%0Aa:b")
        #expect(
            response.fields["Link"] == #"<?after=2&formato=csv&tipo=totales&limit=2>; rel="next""#)
        #expect(
            try scene().send(.get, "\(external)/reportes", ["Accept": "text/html"]).status
                == .notAcceptable)
    }
}
