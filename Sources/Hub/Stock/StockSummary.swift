import Log

extension Transaction {
    /// Adds a movement to the sums of its day.
    func count(_ movement: Movement) throws(EngineError) {}

    /// Adds to how many movements wait.
    func count(pending difference: Int) throws(EngineError) {}

    /// Looks at an article's stock: whether it is below, and what that means for its alert.
    func watch(
        _ article: Article, _ totals: StockTotals, warehouse: Warehouse?
    ) throws(EngineError) {
        let digits = StockRecords.digits(article.id)
        let isKnown = try record(StockRecords.below, digits) != nil
        guard totals.isBelow(article) != isKnown else { return }
        if isKnown {
            try delete(StockRecords.below, digits)
        } else {
            try put(StockRecords.below, digits, [])
        }
    }
}
