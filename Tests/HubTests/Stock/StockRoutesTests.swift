import HTTP1
import JSON
import Log
import Testing

@testable import Hub

let external = "/api/external"

extension Scene {
    /// A scene with an article of each body: 1, 2 and so on.
    static func withArticles(_ bodies: String...) throws -> Scene {
        let scene = Scene()
        for body in bodies {
            let response = try scene.send(.post, "\(external)/articulos", body: body)
            try #require(response.status == .created, "\(response.text)")
        }
        return scene
    }

    @discardableResult
    func move(
        _ article: Int, _ kind: String, _ quantity: String, _ more: String = ""
    ) throws -> Response {
        try send(
            .post, "\(external)/movimientos",
            body: #"{"articulo":\#(article),"tipo":"\#(kind)","cantidad":\#(quantity)\#(more)}"#)
    }

    /// The announced events: their group and type.
    var eventNames: [String] { store.drafts.map { "\($0.group.name) \($0.type.text)" } }

    /// Why each `alerta_generada` of the group of all stock was said.
    var reasons: [String] {
        store.drafts.filter { $0.group.name == "stock" && $0.type.text == "alerta_generada" }
            .compactMap { try? Value.parse($0.payload)["motivo"]?.string }
    }
}

@Suite("WIRE §5 /api/external/articulos")
struct ArticleRoutesTests {
    @Test("POST: 201 with Location and ETag; GET gives the same; no event")
    func create() throws {
        let scene = Scene()
        let made = try scene.send(
            .post, "\(external)/articulos/",
            body: #"{"nombre":"Tubería","material":"PVC","diametro":1.10}"#)
        #expect(made.status == .created)
        #expect(made.fields["Location"] == "/api/external/articulos/1")
        #expect(made.fields["ETag"] == #""1""#)
        let json = try made.json()
        #expect(json["id"]?.text == "1")
        #expect(json["material"]?.string == "PVC")
        #expect(json["diametro"]?.text == "1.10")
        let read = try scene.send(.get, "\(external)/articulos/1/")
        #expect(read.text == made.text)
        #expect(read.fields["ETag"] == #""1""#)
        #expect(scene.store.drafts.isEmpty)
    }

    @Test(
        "each fault at its pointer, and nothing made",
        arguments: [
            ("{}", ["/nombre"]), (#"{"nombre":5}"#, ["/nombre"]), (#"{"nombre":" "}"#, ["/nombre"]),
            (#"{"nombre":null}"#, ["/nombre"]),
            (#"{"nombre":"a","umbral_minimo":true}"#, ["/umbral_minimo"]),
            (#"{"nombre":"a","umbral_minimo":1e99}"#, ["/umbral_minimo"]),
            (#"{"nombre":"a","umbral_minimo":0.0000001}"#, ["/umbral_minimo"]),
            (#"{"nombre":"a","umbral_recuperacion":3}"#, ["/umbral_recuperacion"]),
            (
                #"{"nombre":"a","umbral_minimo":4,"umbral_recuperacion":3}"#,
                ["/umbral_recuperacion"]
            ),
            (#"{"permite_negativo":1,"nombre":"a"}"#, ["/permite_negativo"]),
            (
                #"{"duracion_minima_s":2678401,"repetir_cada_s":1.5}"#,
                ["/duracion_minima_s", "/repetir_cada_s", "/nombre"]
            ),
            (#"{"nombre":"a","referencia_externa":{}}"#, ["/referencia_externa"]),
            ("[1]", [""]),
        ])
    func faults(_ body: String, _ pointers: [String]) throws {
        let scene = Scene()
        let response = try scene.send(.post, "\(external)/articulos", body: body)
        #expect(response.status == .unprocessableContent)
        #expect(try response.pointers() == pointers)
        #expect(try scene.store.count(StockRecords.articles, prefix: "") == 0)
    }

    @Test(
        "bounds: a name of 200 characters, an article of 16 KiB, 200 columns; one more is refused")
    func bounds() throws {
        let scene = Scene()
        func status(_ members: String) throws -> Status {
            try scene.send(.post, "\(external)/articulos", body: "{\(members)}").status
        }
        func name(_ count: Int) -> String {
            #""nombre":"\#(String(repeating: "ñ", count: count))""#
        }
        func columns(_ count: Int) -> String { (0..<count).map { #","c\#($0)":0"# }.joined() }
        #expect(try status(name(200)) == .created)
        #expect(try status(name(201)) == .unprocessableContent)
        #expect(try status(name(1) + columns(200)) == .created)
        #expect(try status(name(1) + columns(201)) == .unprocessableContent)
        let empty = try scene.send(.post, "\(external)/articulos", body: #"{"nombre":"a","x":""}"#)
        let room = Article.maxBytes - empty.text.utf8.count - 1  // the identifier grows a digit
        let long = String(repeating: "x", count: room)
        #expect(try status(#""nombre":"a","x":"\#(long)""#) == .created)
        #expect(try status(#""nombre":"a","x":"\#(long)xxx""#) == .unprocessableContent)
    }

    @Test("PUT replaces, PATCH merges; If-Match holds off who is late")
    func change() throws {
        let scene = try Scene.withArticles(
            #"{"nombre":"a","umbral_minimo":5,"material":"PVC","medidas":{"a":1,"b":2}}"#)
        let path = "\(external)/articulos/1"
        let patched = try scene.send(
            .patch, path, ["If-Match": #""1""#],
            body: #"{"material":null,"medidas":{"b":null,"c":3},"umbral_minimo":"2.50"}"#)
        #expect(patched.status == .ok)
        #expect(patched.fields["ETag"] == #""2""#)
        #expect(try patched.json()["medidas"]?.text == #"{"a":1,"c":3}"#)
        #expect(try patched.json()["material"] == nil)
        #expect(try patched.json()["umbral_minimo"]?.text == "2.5")
        let late = try scene.send(.put, path, ["If-Match": #""1""#], body: #"{"nombre":"b"}"#)
        #expect(late.status == .preconditionFailed)
        #expect(late.fields["ETag"] == #""2""#)
        let replaced = try scene.send(.put, path, body: #"{"nombre":"b","id":77}"#)
        #expect(try replaced.json()["id"]?.text == "1")
        #expect(try replaced.json()["umbral_minimo"]?.text == "null")
        #expect(try replaced.json()["medidas"] == nil)
        #expect(try scene.send(.get, path, ["If-None-Match": #""3""#]).status == .notModified)
        #expect(try scene.send(.put, "\(external)/articulos/2", body: "{}").status == .notFound)
        #expect(try scene.send(.get, "\(external)/articulos/x").status == .notFound)
    }

    @Test("two ways to write one letter are two names and two references, and none stays behind")
    func normalForms() throws {
        let (one, two) = ("\u{E9}", "e\u{301}")
        func body(_ text: String) -> String {
            #"{"nombre":"\#(text)","referencia_externa":"\#(text)"}"#
        }
        let scene = try Scene.withArticles(body(one))
        let path = "\(external)/articulos/1"
        #expect(try scene.send(.patch, path, body: body(two)).status == .ok)
        #expect(try scene.store.articleIDs(named: one, limit: 9).isEmpty)
        #expect(try scene.store.articleIDs(named: two, limit: 9) == [1])
        #expect(try scene.send(.delete, path).status == .noContent)
        for text in [one, two] {
            let made = try scene.send(.post, "\(external)/articulos", body: body(text))
            #expect(made.status == .created)
        }
    }

    @Test("a name is one line, so that it is found by no part of it")
    func lines() throws {
        for name in ["a\\nb", "a\\r\\nb", "a\\n"] {
            let response = try Scene().send(
                .post, "\(external)/articulos", body: #"{"nombre":"\#(name)"}"#)
            #expect(response.status == .unprocessableContent)
            #expect(try response.pointers() == ["/nombre"])
        }
    }

    @Test("a reference is one article's: a second is a conflict at its pointer")
    func reference() throws {
        let scene = try Scene.withArticles(
            #"{"nombre":"a","referencia_externa":"r"}"#, #"{"nombre":"b"}"#)
        let body = #"{"nombre":"c","referencia_externa":"r"}"#
        for (method, path) in [(Method.post, "articulos"), (.put, "articulos/2")] {
            let response = try scene.send(method, "\(external)/\(path)", body: body)
            #expect(response.status == .conflict)
            #expect(try response.pointers() == ["/referencia_externa"])
        }
        let freed = try scene.send(
            .patch, "\(external)/articulos/1", body: #"{"referencia_externa":null}"#)
        #expect(freed.status == .ok)
        #expect(try scene.send(.put, "\(external)/articulos/2", body: body).status == .ok)
    }

    @Test("DELETE: only what has no stock and no movement that waits; its movements stay")
    func delete() throws {
        let scene = try Scene.withArticles(#"{"nombre":"a","referencia_externa":"r"}"#)
        try scene.move(1, "entrada", "3", #","almacen":"norte""#)
        #expect(try scene.send(.delete, "\(external)/articulos/1").status == .conflict)
        try scene.move(1, "salida", "3", #","almacen":"norte""#)
        try scene.move(1, "entrada", "1", #","requiere_aprobacion":true"#)
        #expect(try scene.send(.delete, "\(external)/articulos/1").status == .conflict)
        _ = try scene.send(.post, "\(external)/movimientos/3/rechazar/")
        #expect(try scene.send(.delete, "\(external)/articulos/1").status == .noContent)
        #expect(try scene.send(.get, "\(external)/articulos/1").status == .notFound)
        #expect(try scene.send(.get, "\(external)/stock/1").status == .notFound)
        let rest = try scene.send(.get, "\(external)/movimientos?articulo=1").json()
        #expect(rest["movimientos"]?.elements.count == 3)
        for collection in [StockRecords.names, StockRecords.references, StockRecords.levels] {
            #expect(try scene.store.count(collection, prefix: "") == 0)
        }
    }

    @Test("one whose alert is active ends it when it goes")
    func deleteAmiss() throws {
        let scene = try Scene.withArticles(#"{"nombre":"a","umbral_minimo":5,"repetir_cada_s":9}"#)
        try scene.move(1, "entrada", "1")
        try scene.move(1, "salida", "1")
        #expect(try scene.send(.delete, "\(external)/articulos/1").status == .noContent)
        #expect(scene.reasons == ["activada", "resuelta"])
        #expect(try scene.store.count(DurableTimer.collection, prefix: "") == 0)
        let summary = try scene.send(.get, "\(external)/reportes").json()
        #expect(summary["filas"]?.elements.first?["bajo_umbral"]?.text == "0")
    }

    @Test(
        "the list: pages, parts of names, references, those below",
        arguments: [
            ("", ["1", "2", "3"], "null"), ("?limit=2", ["1", "2"], #""2""#),
            ("?limit=2&after=2", ["3"], "null"), ("?limit=3", ["1", "2", "3"], "null"),
            ("?nombre=TUBO", ["1", "2"], "null"), ("?nombre=tubo&limit=1", ["1"], #""1""#),
            ("?referencia_externa=r", ["2"], "null"), ("?referencia_externa=x", [], "null"),
            ("?bajo_umbral=true", ["2"], "null"), ("?bajo_umbral=false", ["1", "3"], "null"),
        ])
    func list(_ query: String, _ ids: [String], _ next: String) throws {
        let scene = try Scene.withArticles(
            #"{"nombre":"Tubo 20"}"#,
            #"{"nombre":"tubo 25","referencia_externa":"r","umbral_minimo":2}"#,
            #"{"nombre":"Codo"}"#)
        try scene.move(2, "entrada", "1")
        let json = try scene.send(.get, "\(external)/articulos\(query)").json()
        #expect(json["articulos"]?.elements.compactMap { $0["id"]?.text } == ids)
        #expect(json["next"]?.text == next)
    }

    @Test("the same key makes one article; another body with it is refused")
    func idempotent() throws {
        let scene = Scene()
        let fields: Fields = ["Idempotency-Key": "k"]
        let first = try scene.send(.post, "\(external)/articulos", fields, body: #"{"nombre":"a"}"#)
        let again = try scene.send(.post, "\(external)/articulos", fields, body: #"{"nombre":"a"}"#)
        #expect(again.text == first.text)
        #expect(again.fields["Idempotency-Replayed"] == "true")
        let other = try scene.send(.post, "\(external)/articulos", fields, body: #"{"nombre":"b"}"#)
        #expect(try other.code() == "idempotency_key_reused")
        #expect(try scene.store.count(StockRecords.articles, prefix: "") == 1)
    }

    @Test("what is not granted is refused, reading and writing apart")
    func grants() throws {
        let scene = try Scene.withArticles(#"{"nombre":"a"}"#)
        let reader = Principal(name: "lector", grants: [Grant(.subscribe, pattern("stock"))])
        let rows: [(Method, String, Bool)] = [
            (.get, "articulos", true), (.get, "articulos/1", true), (.get, "stock", true),
            (.get, "stock/1", true), (.get, "movimientos", true), (.get, "reportes", true),
            (.get, "alertas", true), (.get, "silencios", true), (.post, "articulos", false),
            (.put, "articulos/1", false), (.patch, "articulos/1", false),
            (.delete, "articulos/1", false), (.post, "movimientos", false),
            (.post, "movimientos/1/aprobar", false), (.post, "movimientos/1/rechazar", false),
            (.post, "alertas/1/reconocer", false), (.post, "silencios", false),
            (.delete, "silencios/1", false),
        ]
        for (method, path, isRead) in rows {
            for principal in [reader, Principal(name: "nadie", grants: [])] {
                let reaction = try scene.react(method, "\(external)/\(path)", as: principal)
                let isForbidden =
                    if case .respond(let response) = reaction { response.status == .forbidden } else
                    { false }
                #expect(
                    isForbidden == !(isRead && principal == reader), "\(method.rawValue) \(path)")
            }
        }
    }
}

extension Scene {
    /// What the rules make of somebody's request.
    func react(_ method: Method, _ target: String, as principal: Principal) throws -> Reaction {
        let head = try RequestHead(
            method: method, target: RequestTarget(target, method: method),
            fields: ["Host": "localhost"])
        return rules.react(
            to: Request(
                head: head, body: bytes(#"{"nombre":"a"}"#), now: store.now, principal: principal))
    }
}

@Suite("WIRE §5 /api/external/movimientos and /stock")
struct MovementRoutesTests {
    @Test("a movement is done at once, announced in both of its groups, and seen in the stock")
    func create() throws {
        let scene = try Scene.withArticles(#"{"nombre":"a","referencia_externa":"r"}"#)
        let made = try scene.move(1, "entrada", "2.50", #","almacen":"norte","nota":"n""#)
        #expect(made.status == .created)
        #expect(made.fields["Location"] == "/api/external/movimientos/1")
        #expect(
            made.text
                == #"{"id":1,"articulo":1,"articulo_nombre":"a","tipo":"entrada","cantidad":2.5,"#
                + #""almacen":"norte","estado":"aprobado","requiere_aprobacion":false,"saldo":2.5,"#
                + #""nota":"n","referencia_externa":null,"fecha":"2026-01-15T10:00:00.000Z","#
                + #""creado_por":"anyone","fecha_resolucion":null,"resuelto_por":null}"#)
        #expect(
            scene.store.events == [
                "stock movimiento_creado movimiento=\(made.text)",
                "stock:norte movimiento_creado movimiento=\(made.text)",
            ])
        let stock = try scene.send(.get, "\(external)/stock/1").json()
        #expect(stock["cantidad"]?.text == "2.5")
        #expect(stock["almacenes"]?.text == #"[{"almacen":"norte","cantidad":2.5}]"#)
        #expect(try scene.send(.get, "\(external)/movimientos/1").text == made.text)
    }

    @Test("without a place it goes to the group of all stock alone")
    func noWarehouse() throws {
        let scene = try Scene.withArticles(#"{"nombre":"a"}"#)
        try scene.move(1, "entrada", "1")
        #expect(scene.eventNames == ["stock movimiento_creado"])
        let stock = try scene.send(.get, "\(external)/stock").json()
        #expect(
            stock["stock"]?.elements.first?["almacenes"]?.text
                == #"[{"almacen":null,"cantidad":1}]"#)
    }

    @Test(
        "each fault at its pointer",
        arguments: [
            ("{}", 422, ["/articulo", "/tipo", "/cantidad"]),
            (#"{"articulo":9,"tipo":"entrada","cantidad":1}"#, 422, ["/articulo"]),
            (#"{"articulo":"x","tipo":"entrada","cantidad":1}"#, 422, ["/articulo"]),
            (
                #"{"articulo":-1,"tipo":"regalo","cantidad":"1,5"}"#, 422,
                ["/articulo", "/tipo", "/cantidad"]
            ),
            (#"{"articulo":1,"tipo":"entrada","cantidad":0}"#, 422, ["/cantidad"]),
            (#"{"articulo":1,"tipo":"salida","cantidad":-1}"#, 422, ["/cantidad"]),
            (#"{"articulo":1,"tipo":"entrada","cantidad":1e12}"#, 422, ["/cantidad"]),
            (#"{"articulo":1,"tipo":"entrada","cantidad":1,"almacen":"a b"}"#, 422, ["/almacen"]),
            (#"{"articulo":1,"tipo":"entrada","cantidad":1,"almacen":"a:b"}"#, 422, ["/almacen"]),
            (#"{"articulo":1,"tipo":"entrada","cantidad":1,"nota":""}"#, 422, ["/nota"]),
            (#"{"articulo":1,"tipo":"salida","cantidad":6}"#, 409, ["/cantidad"]),
            (#"{"articulo":1,"tipo":"ajuste","cantidad":-5.000001}"#, 409, ["/cantidad"]),
            (#"{"articulo":1,"tipo":"salida","cantidad":1,"almacen":"norte"}"#, 409, ["/cantidad"]),
            (#"{"articulo":1,"tipo":"entrada","cantidad":999999999999}"#, 409, ["/cantidad"]),
        ])
    func faults(_ body: String, _ status: UInt16, _ pointers: [String]) throws {
        let scene = try Scene.withArticles(#"{"nombre":"a"}"#)
        try scene.move(1, "entrada", "5")
        let response = try scene.send(.post, "\(external)/movimientos", body: body)
        #expect(response.status.rawValue == status)
        #expect(try response.pointers() == pointers)
        #expect(scene.store.drafts.count == 1)
        #expect(try scene.store.stockTotals(1).quantity.text == "5")
    }

    @Test("below zero only where the article allows it")
    func negative() throws {
        let scene = try Scene.withArticles(#"{"nombre":"a","permite_negativo":true}"#)
        #expect(try scene.move(1, "salida", "3").json()["saldo"]?.text == "-3")
        _ = try scene.send(.patch, "\(external)/articulos/1", body: #"{"permite_negativo":false}"#)
        #expect(try scene.move(1, "salida", "1").status == .conflict)
        #expect(try scene.move(1, "entrada", "1").json()["saldo"]?.text == "-2")
    }

    @Test("what needs approval moves nothing until then; approval is judged by what is there then")
    func approval() throws {
        let scene = try Scene.withArticles(#"{"nombre":"a"}"#)
        let made = try scene.move(1, "salida", "2", #","almacen":"sur","requiere_aprobacion":true"#)
        #expect(try made.json()["estado"]?.string == "pendiente")
        #expect(try made.json()["saldo"]?.text == "null")
        let path = "\(external)/movimientos/1/aprobar/"
        let early = try scene.send(.post, path)
        #expect(early.status == .conflict)
        #expect(try early.pointers() == ["/cantidad"])
        try scene.move(1, "entrada", "5", #","almacen":"sur""#)
        scene.store.now = tenOClock + .seconds(60)
        let approved = try scene.send(.post, path).json()
        #expect(approved["estado"]?.string == "aprobado")
        #expect(approved["saldo"]?.text == "3")
        #expect(approved["resuelto_por"]?.string == "anyone")
        #expect(approved["fecha_resolucion"]?.string == "2026-01-15T10:01:00.000Z")
        #expect(
            scene.eventNames.suffix(2) == [
                "stock movimiento_aprobado", "stock:sur movimiento_aprobado",
            ])
        #expect(try scene.send(.post, path).status == .conflict)
        #expect(try scene.send(.post, "\(external)/movimientos/1/rechazar").status == .conflict)
        #expect(try scene.send(.post, "\(external)/movimientos/9/aprobar").status == .notFound)
        #expect(try scene.store.stockTotals(1).pending == 0)
    }

    @Test("what is rejected moves nothing, and is told")
    func rejection() throws {
        let scene = try Scene.withArticles(#"{"nombre":"a"}"#)
        try scene.move(1, "entrada", "2", #","requiere_aprobacion":true"#)
        let rejected = try scene.send(.post, "\(external)/movimientos/1/rechazar").json()
        #expect(rejected["estado"]?.string == "rechazado")
        #expect(scene.eventNames == ["stock movimiento_creado", "stock movimiento_rechazado"])
        #expect(try scene.store.stockTotals(1).quantity == .zero)
        #expect(try scene.send(.post, "\(external)/movimientos/1/aprobar").status == .conflict)
    }

    /// Movements 1 to 6, a minute apart; the 2nd waits, the 3rd was rejected.
    private func history() throws -> Scene {
        let scene = try Scene.withArticles(#"{"nombre":"a"}"#, #"{"nombre":"b"}"#)
        let waits = #","requiere_aprobacion":true"#
        let rows = [
            (1, "entrada", "9", ""), (1, "salida", "1", waits), (2, "entrada", "1", waits),
            (2, "entrada", "5", #","almacen":"norte""#), (1, "ajuste", "-1", ""),
            (1, "salida", "2", ""),
        ]
        for (minute, row) in rows.enumerated() {
            scene.store.now = tenOClock + .seconds(minute * 60)
            try scene.move(row.0, row.1, row.2, row.3)
        }
        _ = try scene.send(.post, "\(external)/movimientos/3/rechazar")
        return scene
    }

    @Test(
        "the list: newest first, by article, tipo, estado, place and time, in pages",
        arguments: [
            ("", ["6", "5", "4", "3", "2", "1"], "null"),
            ("?limit=2", ["6", "5"], #""5""#), ("?limit=2&after=5", ["4", "3"], #""3""#),
            ("?after=1", [], "null"), ("?articulo=1", ["6", "5", "2", "1"], "null"),
            ("?articulo=1&limit=1&after=6", ["5"], #""5""#), ("?articulo=3", [], "null"),
            ("?tipo=salida", ["6", "2"], "null"), ("?estado=pendiente", ["2"], "null"),
            ("?estado=pendiente&articulo=2", [], "null"), ("?estado=rechazado", ["3"], "null"),
            ("?almacen=norte", ["4"], "null"),
            ("?desde=2026-01-15T10:04:00Z", ["6", "5"], "null"),
            ("?hasta=2026-01-15T10:02:00Z", ["2", "1"], "null"),
            ("?desde=2026-01-15T10:01:00Z&hasta=2026-01-15T10:03:00Z", ["3", "2"], "null"),
            (
                "?articulo=1&desde=2026-01-15T10:01:00Z&hasta=2026-01-15T10:05:00Z", ["5", "2"],
                "null"
            ),
            ("?desde=2026-01-15&hasta=2026-01-15&limit=1", ["6"], #""6""#),
            ("?hasta=2026-01-14", [], "null"), ("?desde=2026-01-16", [], "null"),
        ])
    func list(_ query: String, _ ids: [String], _ next: String) throws {
        let json = try history().send(.get, "\(external)/movimientos\(query)").json()
        #expect(json["movimientos"]?.elements.compactMap { $0["id"]?.text } == ids)
        #expect(json["next"]?.text == next)
    }

    @Test(
        "a parameter that cannot be read is 400, and named",
        arguments: [
            "movimientos?tipo=regalo", "movimientos?estado=x", "movimientos?articulo=x",
            "movimientos?desde=ayer", "movimientos?almacen=a%20b", "movimientos?after=99",
            "movimientos?limit=0", "movimientos?limit=1001", "stock?bajo_umbral=x",
            "articulos?after=x", "alertas?estado=x", "reportes?tipo=x", "reportes?formato=pdf",
            "reportes?tipo=movimientos&desde=2025-01-01&hasta=2026-01-15",
            "reportes?tipo=movimientos&desde=2026-01-16&hasta=2026-01-15",
        ])
    func badParameter(_ query: String) throws {
        let response = try Scene().send(.get, "\(external)/\(query)")
        #expect(response.status == .badRequest)
        #expect(try response.code() == "invalid_parameter")
    }

    @Test(
        "the stock: of all, of one place, of those below their minimum",
        arguments: [
            ("", ["1", "2", "3"]), ("?almacen=norte", ["1"]), ("?bajo_umbral=true", ["1"]),
            ("?bajo_umbral=false", ["2", "3"]), ("?limit=1&after=2", ["3"]),
        ])
    func stock(_ query: String, _ ids: [String]) throws {
        let scene = try Scene.withArticles(
            #"{"nombre":"a","umbral_minimo":5}"#, #"{"nombre":"b","umbral_minimo":1}"#,
            #"{"nombre":"c","umbral_minimo":1}"#)
        try scene.move(1, "entrada", "4", #","almacen":"norte""#)
        try scene.move(2, "entrada", "1", #","almacen":"sur""#)
        let json = try scene.send(.get, "\(external)/stock\(query)").json()
        #expect(json["stock"]?.elements.compactMap { $0["articulo"]?.text } == ids)
    }
}
