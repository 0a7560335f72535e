import HTTP1
import JSON
import Testing

@testable import Hub

private let articles = "/api/external/articulos/"
private let stock = "/api/external/stock/"

extension Scene {
    fileprivate func load(
        _ target: String, _ body: String, type: String = "text/csv", key: String? = nil
    ) throws -> Response {
        var fields: Fields = ["Content-Type": type]
        if let key { fields.append("Idempotency-Key", key) }
        return try send(.post, target, fields, body: body)
    }

    fileprivate func article(_ id: UInt64) throws -> String? {
        try store.article(id).map { text($0.article.json) }
    }

    /// What lies at a place, as it is written.
    fileprivate func level(_ id: UInt64, _ place: String? = nil) throws -> String? {
        try store.level(id, place.flatMap { Warehouse($0) })?.text
    }
}

extension Response {
    /// The counts: rows, created, updated, unchanged, rejected.
    fileprivate func counts() throws -> String {
        let json = try json()
        return ["rows", "created", "updated", "unchanged", "rejected"]
            .map { json[$0]?.text ?? "-" }.joined(separator: " ")
    }

    /// Each fault with its row, line and column.
    fileprivate func faults() throws -> [String] {
        try json()["errors"]?.elements.map { fault in
            let place = ["row", "line", "column"].map { fault[$0]?.text ?? "-" }
            return place.joined(separator: ":") + " " + (fault["detail"]?.string ?? "")
        } ?? []
    }
}

@Suite("Seed 001: the CSV importer, articles")
struct ArticleImport {
    let scene = Scene()

    @Test("its columns are nombre, material and diametro, a number")
    func seed() throws {
        let answer = try scene.load(
            articles, "nombre,material,diametro\r\nTubo A,Cobre,12.50\r\nTubo B,PVC,110\r\n")
        #expect(answer.status == .ok)
        #expect(
            answer.text
                == #"{"rows":2,"created":2,"updated":0,"unchanged":0,"rejected":0,"mode":"all","#
                + #""dry_run":false,"applied":true,"errors":[],"more_errors":0}"#)
        let article = try #require(try scene.article(1))
        #expect(article.hasSuffix(#","material":"Cobre","diametro":12.5}"#))
        #expect(article.hasPrefix(#"{"id":1,"nombre":"Tubo A","#))
    }

    @Test("where semicolons part the columns, a comma may stand before the decimals")
    func comma() throws {
        _ = try scene.load(
            articles,
            "Nombre;Diametro;umbral_minimo;permite_negativo\nTubo;12,5;3.5;Sí\n")
        let article = try #require(try scene.article(1))
        #expect(article.contains(#""umbral_minimo":3.5"#))
        #expect(article.contains(#""permite_negativo":true"#))
        #expect(article.hasSuffix(#""diametro":12.5}"#))
    }

    @Test("a row means its id, else its reference, else its name; what it leaves empty stays")
    func keys() throws {
        _ = try scene.load(articles, "nombre,referencia_externa,material\nA,R1,PVC\nB,,PVC\n")
        let answer = try scene.load(
            articles,
            "id,nombre,referencia_externa,material\n1,A2,,\n,B,,Cobre\n,A3,R1,\n,C,R3,\n2,B,,Cobre\n"
        )
        #expect(try answer.counts() == "5 1 3 1 0")
        let first = try #require(try scene.article(1))
        #expect(first.contains(#""nombre":"A3""#) && first.contains(#""material":"PVC""#))
        #expect(try scene.article(2)?.contains(#""material":"Cobre""#) == true)
        #expect(try scene.article(3)?.contains(#""referencia_externa":"R3""#) == true)
        #expect(try scene.article(4) == nil)
    }

    @Test("a new reference means the one article of its name that has none")
    func adoption() throws {
        _ = try scene.load(articles, "nombre\nA\n")
        #expect(
            try scene.load(articles, "nombre,referencia_externa\nA,R1\n").counts() == "1 0 1 0 0")
        #expect(
            try scene.load(articles, "nombre,referencia_externa\nA,R2\n").counts() == "1 1 0 0 0")
    }

    @Test("each fault has its row, line and column, and a pointer")
    func faults() throws {
        _ = try scene.load(articles, "nombre,referencia_externa\nX,1\nX,2\n")
        let answer = try scene.load(
            articles,
            """
            id,nombre,umbral_minimo,diametro
            ,"dos
            líneas",x,1
            ,B,"1,5",1e999
            9,,,
            z,,,
            ,X,,
            ,,,7
            a,b
            """)
        #expect(answer.status == .unprocessableContent)
        #expect(answer.fields.first("content-type") == "application/problem+json")
        #expect(try answer.code() == "invalid_body")
        #expect(try answer.counts() == "7 0 0 0 7")
        #expect(
            try answer.faults() == [
                #"1:2:3 "x" is not a decimal number such as 12 or 12.5"#,
                #"2:4:3 "1,5" is not a decimal number such as 12 or 12.5; a comma can stand "#
                    + "before decimals where semicolons or tabs part the columns",
                #"2:4:4 "1e999" is beyond 999999999999.999999"#,
                "3:5:1 there is no article 9",
                #"4:6:1 "z" is no id of an article"#,
                "5:7:2 several articles have this name; say which by id or referencia_externa",
                "6:8:2 is missing; it says which article the row means",
                "7:9:3 the row has 2 columns, and the header 4",
            ])
        #expect(
            try answer.pointers() == [
                "/0/umbral_minimo", "/1/umbral_minimo", "/1/diametro", "/2/id", "/3/id",
                "/4/nombre", "/5/nombre", "/6/umbral_minimo",
            ])
    }

    @Test("all or nothing leaves nothing; skip leaves out what is at fault; a dry run says so")
    func modes() throws {
        let body = "nombre,umbral_minimo\nA,1\nB,x\n"
        let dry = try scene.load(articles + "?dry_run=true", body)
        #expect(dry.status == .ok)
        #expect(try dry.counts() == "2 1 0 0 1")
        #expect(try dry.json()["applied"]?.text == "false")
        #expect(try scene.article(1) == nil)

        #expect(try scene.load(articles + "?mode=all", body).status == .unprocessableContent)
        #expect(try scene.article(1) == nil)

        let skip = try scene.load(articles + "?mode=skip", body)
        #expect(skip.status == .ok)
        #expect(try skip.counts() == "2 1 0 0 1")
        #expect(try skip.json()["applied"]?.text == "true")
        #expect(try scene.article(1) != nil)

        let again = try scene.load(articles + "?mode=skip&dry_run=1", body)
        #expect(try again.counts() == "2 0 0 1 1")
    }

    @Test("with one key an import is done once; a dry run and a refusal use no key up")
    func idempotent() throws {
        let bad = "nombre\n\"\"\n"
        #expect(try scene.load(articles, bad, key: "k").status == .unprocessableContent)
        _ = try scene.load(articles + "?dry_run=true", "nombre\nA\n", key: "k")
        let first = try scene.load(articles, "nombre\nA\n", key: "k")
        let second = try scene.load(articles, "nombre\nA\n", key: "k")
        #expect(first.text == second.text)
        #expect(second.fields.first("idempotency-replayed") == "true")
        #expect(
            try scene.load(articles, "nombre\nB\n", key: "k").code() == "idempotency_key_reused")
        #expect(try scene.article(2) == nil)
    }

    @Test(
        "what can be told without a row",
        arguments: [
            ("", "", 422, "line 1, column 1: there is no header; the first line names the columns"),
            ("", "nombre\n", 422, "there is no row to import"),
            (
                "", "a,,b\n1,2,3\n", 422,
                "line 1, column 2: the header leaves this column without a name"
            ),
            (
                "", "material\nx\n", 422,
                "a row has to say which article it means: no column is one of id, "
                    + "referencia_externa, nombre"
            ),
            ("?mode=some", "nombre\nA", 400, #"mode: "some" is neither all nor skip"#),
            ("?dry_run=x", "nombre\nA", 400, #"dry_run: "x" is neither true nor false"#),
            ("?separator=|", "nombre\nA", 400, #"separator: "|" is none of comma, semicolon, tab"#),
            (
                "?origen=a%20b", "nombre\nA", 400,
                "origen: a system's name is 1 to 64 of A-Z a-z 0-9 _ . -"
            ),
        ])
    func refusals(_ row: (query: String, body: String, status: UInt16, detail: String)) throws {
        let answer = try scene.load(articles + row.query, row.body)
        #expect(answer.status.rawValue == row.status)
        #expect(try answer.json()["detail"]?.string == row.detail)
    }

    @Test("rows of one request are bounded, and the mend is named")
    func bound() throws {
        // At fault each, so that the store is not asked for them.
        let rows = (1...ImportPlan.maxRows).map { "A\($0),x\n" }.joined()
        let body = "nombre,diametro\n" + rows
        #expect(try scene.load(articles + "?dry_run=true", body).status == .ok)
        let answer = try scene.load(articles, body + "B,1\n")
        #expect(answer.status == .contentTooLarge)
        #expect(try answer.code() == "batch_too_large")
        #expect(
            try answer.json()["detail"]?.string
                == "there are more than 2000 rows; send them in several requests, "
                + "or use campana import, which does")
    }

    @Test("faults that are told are bounded, and the others counted")
    func manyFaults() throws {
        let count = ImportPlan.maxToldFaults + 5
        let rows = (1...count).map { _ in "A,x\n" }.joined()
        let answer = try scene.load(articles + "?dry_run=true", "nombre,diametro\n" + rows)
        #expect(try answer.faults().count == ImportPlan.maxToldFaults)
        #expect(try answer.json()["more_errors"]?.text == "5")
        #expect(try answer.counts() == "105 0 0 0 105")
    }

    @Test(
        "charsets",
        arguments: [
            ("text/csv; charset=utf-8", 422), ("text/csv; charset=utf-16", 415),
            ("text/plain", 415), ("text/csv", 422),
        ])
    func charsets(_ type: String, _ status: UInt16) throws {
        #expect(try scene.load(articles, "", type: type).status.rawValue == status)
    }

    @Test("lines of JSON are rows too, and keep their kinds")
    func lines() throws {
        let answer = try scene.load(
            articles + "?mode=skip",
            #"{"referencia_externa":7,"nombre":"A","diametro":12.5,"usos":["gas"]}"# + "\n\n{]\n"
                + #"{"nombre":5}"#, type: "application/x-ndjson")
        #expect(try answer.counts() == "3 1 0 0 2")
        #expect(try answer.faults().map { $0.prefix(6) } == ["2:3:- ", "3:4:- "])
        #expect(
            try scene.article(1)?.contains(#""diametro":12.5,"usos":["gas"]}"#) == true)
    }
}

@Suite("Seed 001: the CSV importer, stock")
struct StockImport {
    let scene = Scene()

    init() throws {
        _ = try scene.load(
            articles,
            "nombre,referencia_externa,umbral_minimo\nA,R1,5\nB,R2,\n")
    }

    @Test("a row says how much there is; a difference is an adjustment with its event")
    func adjustment() throws {
        let answer = try scene.load(
            stock, "referencia_externa;cantidad;almacen\nR1;10,5;norte\nR2;0;\n")
        #expect(try answer.counts() == "2 0 1 1 0")
        #expect(try scene.level(1, "norte") == "10.5")
        #expect(
            scene.store.events.prefix(2).map { String($0.prefix { $0 != "=" }) } == [
                "stock movimiento_creado movimiento", "stock:norte movimiento_creado movimiento",
            ])
        let before = scene.store.events.count
        let again = try scene.load(
            stock, "articulo;cantidad;almacen\n1;10,5;norte\n1;8;norte\n")
        #expect(try again.counts() == "2 0 1 1 0")
        #expect(try scene.level(1, "norte") == "8")
        #expect(scene.store.events.count == before + 2)
        #expect(scene.store.events[before].contains(#""cantidad":-2.5"#))
    }

    @Test("faults")
    func faults() throws {
        let answer = try scene.load(
            stock,
            "nombre,cantidad,almacen\nZ,1,\nA,,\nA,-1,\nA,1,a b\nA,x,a:b\n")
        #expect(answer.status == .unprocessableContent)
        #expect(
            try answer.faults() == [
                "1:2:1 there is no such article; make it first",
                "2:3:2 is missing",
                "3:4:2 is more than the 0 that are there",
                "4:5:3 must be 1 to 64 of A-Z a-z 0-9 _ . and -",
                #"5:6:2 "x" is not a decimal number such as 12 or 12.5"#,
            ])
        #expect(scene.store.events.isEmpty)
    }

    @Test("a note is as long as that of any movement, and no longer")
    func notes() throws {
        for (count, rejected) in [(1000, "0"), (1001, "1")] {
            let note = String(repeating: "ñ", count: count)
            let answer = try scene.load(stock, "nombre,cantidad,nota\nA,\(count),\(note)\n")
            #expect(try answer.json()["rejected"]?.text == rejected)
        }
    }

    @Test("a file without the column of quantities is refused")
    func columns() throws {
        let answer = try scene.load(stock, "nombre\nA\n")
        #expect(
            try answer.json()["detail"]?.string
                == "there is no column cantidad: how much there is")
    }
}

@Suite("Seed 001: SincronizacionERP")
struct Synchronisations {
    let scene = Scene()
    private let path = "/api/external/sincronizaciones/"

    private func list(_ query: String = "") throws -> [String] {
        try scene.send(.get, path + query).json()["sincronizaciones"]?.elements.map { record in
            ["tipo", "referencia_externa", "referencia_interna", "estado", "error"]
                .map { record[$0]?.string ?? "-" }.joined(separator: " ")
        } ?? []
    }

    private func put(_ body: String) throws -> Response {
        try scene.send(.put, path, ["Content-Type": "application/json"], body: body)
    }

    @Test("an import with an origin remembers each row, with its outcome")
    func imported() throws {
        _ = try scene.load(
            articles + "?mode=skip&origen=ERP",
            "referencia_externa,nombre,diametro\nR/1,A,1\nR2,B,x\n,C,1\n")
        #expect(
            try list() == [
                "articulo R/1 1 SINCRONIZADO ",
                #"articulo R2  ERROR diametro: "x" is not a decimal number such as 12 or 12.5"#,
            ])
        #expect(try list("?estado=ERROR&tipo=articulo").count == 1)
        #expect(try list("?estado=ERROR&tipo=stock").isEmpty)
        #expect(try list("?estado=PENDIENTE").isEmpty)

        _ = try scene.load(
            articles + "?mode=skip&origen=ERP", "referencia_externa,nombre\nR2,B\n")
        #expect(try list("?estado=SINCRONIZADO").last == "articulo R2 3 SINCRONIZADO ")
        let one = try scene.send(.get, path + "?tipo=articulo&referencia_externa=R/1")
        #expect(
            one.text
                == #"{"tipo":"articulo","referencia_externa":"R/1","referencia_interna":"1","#
                + #""estado":"SINCRONIZADO","datos":{"referencia_externa":"R/1","nombre":"A","#
                + #""diametro":1},"error":"","fecha_sincronizacion":"2026-01-15T10:00:00.000Z"}"#)
    }

    @Test("movements of such an import bear its origin")
    func origin() throws {
        _ = try scene.load(articles, "nombre\nA\n")
        _ = try scene.load(stock + "?origen=SAP-1", "nombre,cantidad\nA,3\n")
        #expect(
            try #require(scene.store.events.first).contains(#""creado_por":"SAP-1""#))
    }

    @Test("a record goes from PENDIENTE to ERROR to SINCRONIZADO, and is one")
    func life() throws {
        let pending =
            #"{"tipo":"movimiento","referencia_externa":"m1","estado":"PENDIENTE","#
            + #""datos":{"a":1},"referencia_interna":7}"#
        #expect(
            try put(pending).text
                == #"{"tipo":"movimiento","referencia_externa":"m1","referencia_interna":"7","#
                + #""estado":"PENDIENTE","datos":{"a":1},"error":"","fecha_sincronizacion":null}"#)
        _ = try put(
            #"{"tipo":"movimiento","referencia_externa":"m1","estado":"ERROR","error":"503"}"#)
        #expect(try list() == ["movimiento m1 7 ERROR 503"])
        let done = try put(
            #"{"tipo":"movimiento","referencia_externa":"m1","estado":"SINCRONIZADO"}"#)
        #expect(
            done.text.hasSuffix(#""error":"","fecha_sincronizacion":"2026-01-15T10:00:00.000Z"}"#))
        #expect(try list() == ["movimiento m1 7 SINCRONIZADO "])
        #expect(try list("?estado=ERROR").isEmpty)
        #expect(try scene.send(.get, path + "?tipo=x&referencia_externa=y").status == .notFound)
    }

    @Test("pages follow each other")
    func pages() throws {
        for number in 1...5 {
            _ = try put(
                #"{"tipo":"stock","referencia_externa":"a \#(number)","estado":"ERROR"}"#)
        }
        for query in ["?", "?estado=ERROR&"] {
            var seen: [String] = []
            var after: String?
            repeat {
                let suffix = after.map {
                    "&after=" + $0.map { $0 == " " ? "+" : String($0) }.joined()
                }
                let page = try scene.send(.get, path + query + "limit=2" + (suffix ?? "")).json()
                seen +=
                    page["sincronizaciones"]?.elements.compactMap {
                        $0["referencia_externa"]?.string
                    } ?? []
                after = page["next"]?.string
            } while after != nil
            #expect(seen == (1...5).map { "a \($0)" })
        }
    }

    @Test("all faults of a body are told")
    func faults() throws {
        let answer = try put(#"{"tipo":"a b","estado":"x"}"#)
        #expect(answer.status == .unprocessableContent)
        #expect(try answer.pointers() == ["/tipo", "/estado", "/referencia_externa"])
        #expect(try scene.send(.get, path + "?estado=x").status == .badRequest)
        #expect(try scene.send(.get, path + "?after=x").status == .badRequest)
    }
}
