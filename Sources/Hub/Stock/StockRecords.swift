import Bytes
import JSON
import Log

/// Where stock is kept.
///
/// Identifiers stand in keys with sixteen digits, moments with fifteen, so that the order of keys
/// is that of numbers and of time. What a page or a report asks for is the beginning of a key
/// somewhere: none of them reads the whole history.
enum StockRecords {
    /// `<article>` → the article with its version.
    static let articles = Collection(rawValue: "stock_articles")
    /// What another system calls it → `<article>`.
    static let references = Collection(rawValue: "stock_references")
    /// `<name>` LF `<article>`: the articles of a name.
    static let names = Collection(rawValue: "stock_names")
    /// `<article>:<warehouse>` → the quantity that lies there.
    static let levels = Collection(rawValue: "stock_levels")
    /// `<article>` → ``StockTotals``.
    static let totals = Collection(rawValue: "stock_totals")
    /// `<article>`, for those below their minimum.
    static let below = Collection(rawValue: "stock_below")
    /// `<moment>:<movement>` → the movement.
    static let movements = Collection(rawValue: "stock_movements")
    /// `<movement>` → its key in ``movements``.
    static let movementKeys = Collection(rawValue: "stock_movement_keys")
    /// `<article>:<moment>:<movement>`: the movements of an article.
    static let movementsOfArticle = Collection(rawValue: "stock_movements_of_article")
    /// The key in ``movements`` of each that waits for approval.
    static let pending = Collection(rawValue: "stock_movements_pending")
    /// The last identifiers.
    static let counters = Collection(rawValue: "stock_counters")

    static let idDigits = 16
    static let maxID: UInt64 = 9_999_999_999_999_999
    private static let momentDigits = 15
    private static let maxMoment: Int64 = 999_999_999_999_999

    static func digits(_ id: UInt64) -> String { padded(id, idDigits) }

    /// A moment as it stands in keys; one before 1970 is taken for its beginning.
    static func digits(_ moment: Timestamp) -> String {
        padded(UInt64(min(max(moment.milliseconds, 0), maxMoment)), momentDigits)
    }

    /// The identifier with which a key ends, without zeros in front.
    static func id(_ key: String) -> String {
        let digits = key.utf8.suffix(idDigits).drop { $0 == ASCII.zero }
        return digits.isEmpty ? "0" : String(lossyUTF8: Array(digits))
    }

    /// Writes what a client asks for next in a list that goes by identifiers.
    static func writeID(to json: inout Writer, of key: String) { json.string(id(key)) }

    static func movementKey(_ movement: Movement) -> String {
        "\(digits(movement.at)):\(digits(movement.id))"
    }

    static func levelKey(_ article: UInt64, _ warehouse: Warehouse?) -> String {
        "\(digits(article)):\(warehouse?.name ?? "")"
    }

    static func nameKey(_ article: Article) -> String {
        "\(article.name)\n\(digits(article.id))"
    }

    private static func padded(_ number: UInt64, _ width: Int) -> String {
        var text: [UInt8] = []
        text.append(decimal: number, width: width)
        return String(lossyUTF8: text)
    }
}

extension Transaction {
    /// The next identifier of a kind, from 1.
    func nextID(_ counter: String) throws(EngineError) -> UInt64 {
        let last = try record(StockRecords.counters, counter) ?? [ASCII.zero]
        guard let last = parseDecimal(last), last < StockRecords.maxID else {
            throw .corrupt("the counter \(counter) of stock cannot be read")
        }
        try put(StockRecords.counters, counter, Array(String(last + 1).utf8))
        return last + 1
    }
}
