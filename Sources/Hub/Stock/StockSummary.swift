import JSON
import Log

/// What has moved of all articles, or of one, on a day or ever; kept with each movement.
struct MovementSums: Equatable, Sendable {
    /// How many movements of a kind, and the sum of what they moved.
    struct Sum: Equatable, Sendable {
        var count: UInt64 = 0
        /// `nil` once it is beyond what a quantity can say.
        var quantity: Quantity? = .zero

        mutating func add(_ more: Quantity) {
            count += 1
            quantity = quantity?.adding(more)
        }

        mutating func add(_ other: Sum) {
            count += other.count
            quantity = other.quantity.flatMap { quantity?.adding($0) }
        }
    }

    private(set) var receipts = Sum()
    private(set) var issues = Sum()
    private(set) var adjustments = Sum()

    /// `<scope>:<day>` → the sums of a day; the scope is `<article>`, or `todos`.
    static let collection = Collection(rawValue: "stock_days")
    static let everything = "todos"

    init() {}

    /// Reads a record.
    ///
    /// - Throws: `corrupt`, where the record was not written by the hub.
    init(record: [UInt8]) throws(EngineError) {
        let members = try StoredMembers(record, "the sums of a day")
        func sum(_ kind: MovementKind) throws(EngineError) -> Sum {
            Sum(
                count: members.count("n_\(kind.rawValue)"),
                quantity: try members.optionalQuantity(kind.rawValue))
        }
        receipts = try sum(.receipt)
        issues = try sum(.issue)
        adjustments = try sum(.adjustment)
    }

    var record: [UInt8] {
        var json = Writer(capacity: 128)
        json.object { json in
            for kind in MovementKind.allCases {
                json.member("n_\(kind.rawValue)", self[kind].count)
                json.member(kind.rawValue, self[kind].quantity)
            }
        }
        return json.bytes
    }

    subscript(kind: MovementKind) -> Sum {
        switch kind {
        case .receipt: receipts
        case .issue: issues
        case .adjustment: adjustments
        }
    }

    mutating func add(_ draft: MovementDraft) {
        switch draft.kind {
        case .receipt: receipts.add(draft.quantity)
        case .issue: issues.add(draft.quantity)
        case .adjustment: adjustments.add(draft.quantity)
        }
    }

    mutating func add(_ other: MovementSums) {
        receipts.add(other.receipts)
        issues.add(other.issues)
        adjustments.add(other.adjustments)
    }
}

/// How many articles there are, and how many of them are amiss.
struct StockCounts: Equatable, Sendable {
    var articles: Int64 = 0
    var below: Int64 = 0
    var pending: Int64 = 0

    static let key = "counts"

    init() {}

    init(record: [UInt8]) throws(EngineError) {
        let members = try StoredMembers(record, "the counts of stock")
        articles = Int64(clamping: members.count("articulos"))
        below = Int64(clamping: members.count("bajo_umbral"))
        pending = Int64(clamping: members.count("pendientes"))
    }

    var record: [UInt8] {
        var json = Writer(capacity: 96)
        json.object { json in
            json.member("articulos", max(articles, 0))
            json.member("bajo_umbral", max(below, 0))
            json.member("pendientes", max(pending, 0))
        }
        return json.bytes
    }
}

extension Snapshot {
    func stockCounts() throws(EngineError) -> StockCounts {
        guard let record = try record(StockRecords.counters, StockCounts.key) else {
            return StockCounts()
        }
        return try StockCounts(record: record)
    }
}

extension Transaction {
    /// Adds a movement that was done to the sums of today.
    func count(_ movement: Movement) throws(EngineError) {
        let day = now.rfc3339.prefix(10)
        let article = StockRecords.digits(movement.draft.article)
        for scope in [MovementSums.everything, article] {
            let key = "\(scope):\(day)"
            var sums = MovementSums()
            if let record = try record(MovementSums.collection, key) {
                sums = try MovementSums(record: record)
            }
            sums.add(movement.draft)
            try put(MovementSums.collection, key, sums.record)
        }
    }

    /// Adds to how many movements wait.
    func count(pending difference: Int64) throws(EngineError) {
        var counts = try stockCounts()
        counts.pending += difference
        try put(StockRecords.counters, StockCounts.key, counts.record)
    }

    /// Adds to how many articles are below their minimum.
    func count(below difference: Int64) throws(EngineError) {
        var counts = try stockCounts()
        counts.below += difference
        try put(StockRecords.counters, StockCounts.key, counts.record)
    }

    /// Adds to how many articles there are.
    func count(articles difference: Int64) throws(EngineError) {
        var counts = try stockCounts()
        counts.articles += difference
        try put(StockRecords.counters, StockCounts.key, counts.record)
    }
}
