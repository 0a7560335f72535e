import Bytes
import Log

extension Snapshot {
    /// The alert of an article; `nil` where nothing was ever amiss with it.
    func alert(_ article: UInt64) throws(EngineError) -> AlertRecord? {
        let digits = StockRecords.digits(article)
        for collection in [AlertRecord.open, AlertRecord.closed] {
            if let record = try record(collection, digits) {
                return try AlertRecord(record: record)
            }
        }
        return nil
    }

    /// When the silences over an article end, as far as they have begun; `nil` for none.
    func silencedUntil(_ article: Article) throws(EngineError) -> Timestamp? {
        var end: Timestamp?
        for silence in try silences() where silence.covers(article, at: now) {
            end = max(end ?? silence.until, silence.until)
        }
        return end
    }

    /// All silences that have not ended, oldest first.
    func silences() throws(EngineError) -> [Silence] {
        var silences: [Silence] = []
        for record in try records(Silence.collection, limit: Silence.maxCount) {
            silences.append(try Silence(record: record.value))
        }
        return silences
    }
}

extension Transaction {
    /// Looks at an article's stock: whether it is below, and what that means for its alert.
    ///
    /// Called whenever its quantity, its settings, the silences over it or the time have changed.
    ///
    /// - Parameters:
    ///   - article: The article as it is now.
    ///   - totals: What there is of it now.
    ///   - warehouse: Where the movement was that has changed it; `nil` for none.
    /// - Throws: What the engine says.
    func watch(
        _ article: Article, _ totals: StockTotals, warehouse: Warehouse?
    ) throws(EngineError) {
        try mark(article, totals)
        guard totals.isCounted else { return }
        let known = try alert(article.id)
        // By far the most movements: nothing was amiss, and nothing is.
        if known?.alert.isOpen != true, !totals.isBelow(article) { return }
        var record = known ?? AlertRecord(article: article.id)
        let wasOver = !record.alert.isOpen
        let silencedUntil = try silencedUntil(article)
        let notices = record.alert.observe(
            totals.quantity, article.alertRule, silencedUntil: silencedUntil, now: now)
        if wasOver { record.warehouse = warehouse }
        try put(record, replacing: known, article, silencedUntil: silencedUntil)
        try announce(notices, record, article, totals.quantity)
    }

    /// Notes that somebody sees to an alert.
    ///
    /// - Parameters:
    ///   - id: Whose alert.
    ///   - acknowledgement: Who, and what they say.
    /// - Returns: The alert as clients see it, or why it cannot be acknowledged.
    /// - Throws: What the engine says.
    func acknowledge(
        _ id: UInt64, _ acknowledgement: StockAlert.Acknowledgement
    ) throws(EngineError) -> Result<[UInt8], Problem> {
        guard let article = try article(id)?.article, let known = try alert(id) else {
            return .failure(.noAlert(id))
        }
        var record = known
        let silencedUntil = try silencedUntil(article)
        guard
            let notices = record.alert.acknowledge(
                acknowledgement, isSilenced: silencedUntil != nil)
        else {
            return .failure(
                Problem(
                    .conflict,
                    "the alert of article \(id) is \(known.alert.phaseName.rawValue), not activa"))
        }
        try put(record, replacing: known, article, silencedUntil: silencedUntil)
        let quantity = try stockTotals(id).quantity
        try announce(notices, record, article, quantity)
        return .success(record.json(article, quantity))
    }

    /// Ends the alert of an article that goes, and forgets it.
    func endAlert(of article: Article) throws(EngineError) {
        let digits = StockRecords.digits(article.id)
        try delete(StockRecords.below, digits)
        guard var record = try alert(article.id) else { return }
        let quantity = try stockTotals(article.id).quantity
        let notices = record.alert.observe(
            quantity, AlertRule(), silencedUntil: try silencedUntil(article), now: now)
        try announce(notices, record, article, quantity)
        try delete(AlertRecord.open, digits)
        try delete(AlertRecord.closed, digits)
        try cancelTimer(.stockAlert, digits)
    }

    // MARK: Timers

    /// Looks at an alert of which the deadline has come.
    func watchAgain(_ timer: DurableTimer) throws(EngineError) {
        guard let id = parseDecimal(timer.name.utf8), let article = try article(id)?.article
        else { return }
        try watch(article, try stockTotals(id), warehouse: nil)
    }

    /// Looks at some of the open alerts, and puts a timer for the rest.
    func sweepAlerts(_ timer: DurableTimer) throws(EngineError) {
        let after = String(lossyUTF8: timer.payload)
        let records = try records(
            AlertRecord.open, prefix: "", after: after, limit: StockSweep.alertsInOneTurn,
            descending: false)
        for record in records {
            guard let id = parseDecimal(record.key.utf8), let article = try article(id)?.article
            else { continue }
            try watch(article, try stockTotals(id), warehouse: nil)
        }
        guard records.count == StockSweep.alertsInOneTurn, let last = records.last else { return }
        try put(DurableTimer(timer.kind, timer.name, due: now, payload: Array(last.key.utf8)))
    }

    // MARK: Steps

    /// Keeps the list of those below their minimum.
    private func mark(_ article: Article, _ totals: StockTotals) throws(EngineError) {
        let digits = StockRecords.digits(article.id)
        let isMarked = try record(StockRecords.below, digits) != nil
        guard totals.isBelow(article) != isMarked else { return }
        if isMarked {
            try delete(StockRecords.below, digits)
        } else {
            try put(StockRecords.below, digits, [])
        }
        try count(below: isMarked ? -1 : 1)
    }

    private func put(
        _ record: AlertRecord, replacing known: AlertRecord?, _ article: Article,
        silencedUntil: Timestamp?
    ) throws(EngineError) {
        let digits = StockRecords.digits(record.article)
        if record != known {
            let isOpen = record.alert.isOpen
            try put(isOpen ? AlertRecord.open : AlertRecord.closed, digits, record.record)
            if known?.alert.isOpen == !isOpen {
                try delete(isOpen ? AlertRecord.closed : AlertRecord.open, digits)
            }
        }
        let deadline = record.alert.deadline(article.alertRule, silencedUntil: silencedUntil)
        guard try timer(.stockAlert, digits) != deadline else { return }
        if let deadline {
            try put(DurableTimer(.stockAlert, digits, due: deadline))
        } else {
            try cancelTimer(.stockAlert, digits)
        }
    }

    private func announce(
        _ notices: [StockAlert.Notice], _ record: AlertRecord, _ article: Article,
        _ quantity: Quantity
    ) throws(EngineError) {
        for notice in notices {
            let payload = record.json(article, quantity, notice)
            if case .fired = notice {
                try announce(.low, payload, warehouse: record.warehouse)
            }
            try announce(.alert, payload, warehouse: record.warehouse)
        }
    }
}

/// How open alerts are looked at when a silence begins or is taken back.
enum StockSweep {
    /// As many as one transaction takes.
    static let alertsInOneTurn = 100
}

extension Problem {
    static func noAlert(_ id: UInt64) -> Problem {
        Problem(.notFound, "article \(id) has no alert")
    }
}
