import Bytes
import Log

/// What came of an article that was to be made or changed.
struct UpsertedArticle: Sendable {
    enum Effect: Sendable {
        case created
        case changed
        /// It was as the draft has it: nothing was written.
        case unchanged
    }

    var stored: StoredArticle
    var effect: Effect
}

extension Snapshot {
    /// An article by its identifier.
    func article(_ id: UInt64) throws(EngineError) -> StoredArticle? {
        guard let record = try record(StockRecords.articles, StockRecords.digits(id)) else {
            return nil
        }
        return try StoredArticle(record: record)
    }

    /// The article that another system calls by that name.
    func article(reference: String) throws(EngineError) -> StoredArticle? {
        guard let record = try record(StockRecords.references, reference) else { return nil }
        guard let id = parseDecimal(record), let stored = try article(id) else {
            throw .corrupt("a reference leads to no article")
        }
        return stored
    }

    /// The identifiers of the articles with exactly that name, oldest first.
    func articleIDs(named name: String, limit: Int) throws(EngineError) -> [UInt64] {
        let records = try records(StockRecords.names, prefix: "\(name)\n", limit: limit)
        return records.compactMap { parseDecimal($0.key.utf8.suffix(StockRecords.idDigits)) }
    }
}

extension Transaction {
    /// Makes an article, or changes the one that has the draft's reference.
    ///
    /// - Parameter draft: What is said of it; what it leaves out stays.
    /// - Returns: The article, or every fault of the draft at its pointer; then nothing was done.
    /// - Throws: What the engine says.
    func upsert(
        _ draft: ArticleDraft
    ) throws(EngineError) -> Result<UpsertedArticle, Problem> {
        if let reference = draft.givenReference, let stored = try article(reference: reference) {
            return try change(stored, draft)
        }
        return try create(draft)
    }

    /// Makes an article.
    ///
    /// - Returns: As ``upsert(_:)``; a reference that another article has is a conflict.
    func create(_ draft: ArticleDraft) throws(EngineError) -> Result<UpsertedArticle, Problem> {
        // The identifier is taken last: a draft at fault uses none up.
        var article = Article(id: 0, now: now)
        draft.apply(to: &article)
        if let problem = Problem.ofArticle(draft.faults + article.faults) {
            return .failure(problem)
        }
        if let problem = try conflict(article) { return .failure(problem) }
        article.id = try nextID("article")
        let stored = StoredArticle(version: 1, article: article)
        try put(stored, replacing: nil)
        try put(StockTotals(article: article.id))
        try count(articles: 1)
        return .success(UpsertedArticle(stored: stored, effect: .created))
    }

    /// Changes an article as the draft says, and looks at its alert anew.
    ///
    /// - Parameters:
    ///   - stored: The article as it is.
    ///   - draft: What is said of it.
    ///   - isWhole: Whether what the draft leaves out goes back to its default.
    /// - Returns: As ``upsert(_:)``.
    /// - Throws: What the engine says.
    func change(
        _ stored: StoredArticle, _ draft: ArticleDraft, isWhole: Bool = false
    ) throws(EngineError) -> Result<UpsertedArticle, Problem> {
        var article = stored.article
        if isWhole {
            article = Article(id: article.id, now: now)
            article.createdAt = stored.article.createdAt
        }
        draft.apply(to: &article)
        if let problem = Problem.ofArticle(draft.faults + article.faults) {
            return .failure(problem)
        }
        if article.isSame(as: stored.article) {
            return .success(UpsertedArticle(stored: stored, effect: .unchanged))
        }
        if let problem = try conflict(article) { return .failure(problem) }
        article.updatedAt = now.rfc3339
        let changed = StoredArticle(version: stored.version + 1, article: article)
        try put(changed, replacing: stored.article)
        try watch(article, try stockTotals(article.id), warehouse: nil)
        return .success(UpsertedArticle(stored: changed, effect: .changed))
    }

    /// Removes an article of which nothing is left, and what is kept beside it; its movements
    /// stay.
    ///
    /// - Returns: Why it cannot be removed; `nil` where it was.
    /// - Throws: What the engine says.
    func remove(_ article: Article) throws(EngineError) -> Problem? {
        let totals = try stockTotals(article.id)
        let digits = StockRecords.digits(article.id)
        let levels = try records(
            StockRecords.levels, prefix: "\(digits):", limit: Int(totals.warehouses) + 1)
        for level in levels where try Quantity(level: level.value) != .zero {
            return Problem(
                .conflict, "there is stock of article \(article.id) still; take it out first")
        }
        guard totals.pending == 0 else {
            return Problem(
                .conflict, "\(totals.pending) movements of article \(article.id) wait for approval")
        }
        if totals.isBelow(article) { try count(below: -1) }
        try endAlert(of: article)
        for level in levels { try delete(StockRecords.levels, level.key) }
        try delete(StockRecords.totals, digits)
        try delete(StockRecords.articles, digits)
        try delete(StockRecords.names, StockRecords.nameKey(article))
        if let reference = article.reference { try delete(StockRecords.references, reference) }
        try count(articles: -1)
        return nil
    }

    private func put(
        _ stored: StoredArticle, replacing old: Article?
    ) throws(EngineError) {
        let article = stored.article
        let digits = StockRecords.digits(article.id)
        try put(StockRecords.articles, digits, stored.record)
        // Keys are octets: for them two ways to write "é" are two names.
        if old.map({ Array($0.name.utf8) }) != Array(article.name.utf8) {
            if let old { try delete(StockRecords.names, StockRecords.nameKey(old)) }
            try put(StockRecords.names, StockRecords.nameKey(article), [])
        }
        if old?.reference.map({ Array($0.utf8) }) != article.reference.map({ Array($0.utf8) }) {
            if let reference = old?.reference { try delete(StockRecords.references, reference) }
            if let reference = article.reference {
                try put(StockRecords.references, reference, Array(digits.utf8))
            }
        }
    }

    private func conflict(_ article: Article) throws(EngineError) -> Problem? {
        guard let reference = article.reference,
            let other = try self.article(reference: reference), other.article.id != article.id
        else { return nil }
        let id = other.article.id
        return Problem(
            .conflict, "article \(id) has this reference",
            faults: [.init("/referencia_externa", "is article \(id)'s")])
    }
}

extension Problem {
    /// What is wrong with an article; `nil` for nothing.
    ///
    /// One fault for each place is enough.
    fileprivate static func ofArticle(_ all: [Fault]) -> Problem? {
        var faults: [Fault] = []
        for fault in all where !faults.contains(where: { $0.pointer == fault.pointer }) {
            faults.append(fault)
        }
        guard !faults.isEmpty else { return nil }
        let places = faults.map(\.pointer).joined(separator: ", ")
        return Problem(.invalidBody, "the article is at fault at \(places)", faults: faults)
    }
}
