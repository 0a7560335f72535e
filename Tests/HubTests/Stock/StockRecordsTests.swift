import InMemory
import JSON
import Log
import Testing

@testable import Hub

/// A generator that gives the same numbers each time (SplitMix64).
struct FixedNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension MemoryStore {
    /// An article of the tests' own.
    func makeArticle(_ body: String) throws -> Article {
        let draft = try ArticleDraft(bytes(body), limits: Limits())
        return try upsert(draft).get().stored.article
    }

    /// A movement of the tests' own; `nil` where it is refused.
    @discardableResult
    func move(
        _ article: UInt64, _ kind: MovementKind, _ quantity: String, in warehouse: String? = nil
    ) throws -> Movement? {
        let draft = MovementDraft(
            article: article, kind: kind, quantity: try Quantity(quantity),
            warehouse: warehouse.flatMap { Warehouse($0) }, author: "anyone")
        return try? move(draft).get()
    }
}

@Suite("Stock: its records")
struct StockRecordsTests {
    @Test("an article is kept with all of its columns, and read back as it was")
    func article() throws {
        let store = MemoryStore()
        let article = try store.makeArticle(
            #"{"nombre":"Tubería","material":"PVC","diametro":12.50,"umbral_minimo":"3.0","#
                + #""umbral_recuperacion":5,"referencia_externa":17,"notas":{"a":[1]}}"#)
        #expect(
            text(article.json)
                == #"{"id":1,"nombre":"Tubería","umbral_minimo":3,"umbral_recuperacion":5,"#
                + #""referencia_externa":"17","permite_negativo":false,"duracion_minima_s":0,"#
                + #""repetir_cada_s":0,"fecha_creacion":"2026-01-15T10:00:00.000Z","#
                + #""fecha_actualizacion":"2026-01-15T10:00:00.000Z","material":"PVC","#
                + #""diametro":12.50,"notas":{"a":[1]}}"#)
        let stored = try #require(try store.article(1))
        #expect(stored.article.json == article.json)
        #expect(try store.article(reference: "17")?.article.id == 1)
        #expect(try store.articleIDs(named: "Tubería", limit: 9) == [1])
        #expect(try store.articleIDs(named: "Tuber", limit: 9).isEmpty)
    }

    @Test("upsert makes, then changes what has the reference, then finds nothing to do")
    func upsert() throws {
        let store = MemoryStore()
        let first = try ArticleDraft(
            bytes(#"{"nombre":"a","referencia_externa":"r","x":1}"#), limits: Limits())
        let second = try ArticleDraft(
            bytes(#"{"nombre":"b","referencia_externa":"r","x":null,"y":2}"#), limits: Limits())
        #expect(try store.upsert(first).get().effect == .created)
        #expect(try store.upsert(first).get().effect == .unchanged)
        let changed = try store.upsert(second).get()
        #expect(changed.effect == .changed)
        #expect(changed.stored.version == 2)
        #expect(changed.stored.article.columns.map(\.name) == ["y"])
        #expect(try store.articleIDs(named: "a", limit: 9).isEmpty)
        #expect(try store.articleIDs(named: "b", limit: 9) == [1])
    }

    @Test("a fault leaves nothing behind, not even a used identifier")
    func fault() throws {
        let store = MemoryStore()
        let draft = try ArticleDraft(
            bytes(#"{"nombre":" ","umbral_minimo":5,"umbral_recuperacion":4,"repetir_cada_s":-1}"#),
            limits: Limits())
        let problem = try #require(throws: Problem.self) { try store.upsert(draft).get() }
        #expect(
            problem.faults.map(\.pointer) == [
                "/nombre", "/repetir_cada_s", "/umbral_recuperacion",
            ])
        #expect(try store.makeArticle(#"{"nombre":"a"}"#).id == 1)
    }

    @Test("setStock makes an adjustment of the difference, and none where there is none")
    func setStock() throws {
        let store = MemoryStore()
        let article = try store.makeArticle(#"{"nombre":"a"}"#)
        try store.move(1, .receipt, "7.5", in: "norte")
        let counted = try store.setStock(
            article, Warehouse("norte"), to: Quantity("5"), author: "erp"
        ).get()
        #expect(counted?.draft.quantity.text == "-2.5")
        #expect(counted?.balance?.text == "5")
        let again = try store.setStock(
            article, Warehouse("norte"), to: Quantity("5"), author: "erp"
        ).get()
        #expect(again == nil)
        #expect(try store.stockTotals(1).quantity.text == "5")
        #expect(try store.setStock(article, nil, to: Quantity("-1"), author: "").isFailure)
    }

    @Test(
        "the sum of the movements that were done is the stock, whatever their order",
        arguments: 0..<20 as Range<UInt64>)
    func sums(_ seed: UInt64) throws {
        var numbers = FixedNumbers(state: seed)
        let store = MemoryStore()
        let allowsNegative = seed % 4 == 0
        _ = try store.makeArticle(#"{"nombre":"a","permite_negativo":\#(allowsNegative)}"#)
        var levels: [String: Int64] = [:]
        var count: UInt64 = 0
        for _ in 0..<120 {
            let kind = MovementKind.allCases[Int(numbers.next() % 3)]
            let place = ["", "norte", "sur"][Int(numbers.next() % 3)]
            var amount = Int64(numbers.next() % 5_000_000) + 1
            if kind == .adjustment, numbers.next() % 2 == 0 { amount = -amount }
            let quantity = try #require(Quantity(millionths: amount))
            let sum = levels[place, default: 0] + (kind == .issue ? -amount : amount)
            let isTaken = sum >= 0 || allowsNegative
            let movement = try store.move(
                1, kind, quantity.text, in: place.isEmpty ? nil : place)
            #expect((movement != nil) == isTaken)
            if isTaken {
                levels[place] = sum
                count += 1
                #expect(movement?.balance?.millionths == sum)
            }
        }
        let totals = try store.stockTotals(1)
        #expect(totals.quantity.millionths == levels.values.reduce(0, +))
        #expect(totals.movements == count)
        #expect(totals.warehouses == UInt64(levels.count))
        let parts = totals.received.subtracting(totals.issued)?.adding(totals.adjusted)
        #expect(parts == totals.quantity)
        for (place, level) in levels {
            #expect(try store.level(1, Warehouse(place))?.millionths == level)
        }
    }
}

extension Result {
    var isFailure: Bool {
        switch self {
        case .success: false
        case .failure: true
        }
    }
}
