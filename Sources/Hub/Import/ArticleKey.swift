import Bytes
import JSON
import Log

/// By what a row names its article: the first of these that it says something in.
enum ArticleKey: Equatable {
    case id(UInt64)
    case reference(String)
    case name(String)

    /// Reads a row's key.
    ///
    /// - Parameters:
    ///   - row: The row.
    ///   - idColumns: The columns that may hold the identifier, each by its own right.
    /// - Returns: `nil` where the row names none; a fault of an identifier that is none.
    static func of(
        _ row: ImportRow, idColumns: [String] = ["id"]
    ) -> Result<ArticleKey?, RowFault> {
        for column in idColumns {
            guard let text = row.text(column) else { continue }
            guard let id = parseDecimal(text.utf8), (1...StockRecords.maxID).contains(id) else {
                return .failure(RowFault(column, "\"\(text.prefix(64))\" is no id of an article"))
            }
            return .success(.id(id))
        }
        if let reference = row.text("referencia_externa") { return .success(.reference(reference)) }
        return .success(row.text("nombre").map { .name($0) })
    }
}

/// What is wrong with a row, at one of its columns.
struct RowFault: Error, Equatable {
    var name: String
    var detail: String

    init(_ name: String, _ detail: String) {
        self.name = name
        self.detail = detail
    }
}

extension Snapshot {
    /// The article that a row means.
    ///
    /// A reference that no article has yet means the one article of the row's name that has no
    /// reference at all, so that what was there before another system told its references is not
    /// made twice.
    ///
    /// - Parameters:
    ///   - key: What the row says.
    ///   - name: The row's name, where it has one.
    /// - Returns: `nil` where there is none, or a fault where there is no saying which.
    /// - Throws: What the engine says.
    func article(
        _ key: ArticleKey, name: String?
    ) throws(EngineError) -> Result<StoredArticle?, RowFault> {
        switch key {
        case .id(let id):
            guard let stored = try article(id) else {
                return .failure(RowFault("id", "there is no article \(id)"))
            }
            return .success(stored)
        case .reference(let reference):
            if let stored = try article(reference: reference) { return .success(stored) }
            guard let name else { return .success(nil) }
            let ids = try articleIDs(named: name, limit: 2)
            guard ids.count == 1, let stored = try article(ids[0]),
                stored.article.reference == nil
            else { return .success(nil) }
            return .success(stored)
        case .name(let name):
            let ids = try articleIDs(named: name, limit: 2)
            guard ids.count < 2 else {
                return .failure(
                    RowFault(
                        "nombre",
                        "several articles have this name; say which by id or referencia_externa"))
            }
            guard let id = ids.first else { return .success(nil) }
            return .success(try article(id))
        }
    }
}
