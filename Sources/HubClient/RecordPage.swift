import HTTP1
import JSON

/// A page of a list, as the hub answers it: `{"tasks":[…],"next":…}` (docs/protocol.md).
struct RecordPage: Equatable {
    /// Each as it came.
    var records: [[UInt8]] = []
    /// What to ask for next; `nil` on the last page.
    var next: String?
    /// How many there are from this page on, where the hub says it.
    var total: Int?

    /// Reads a page.
    ///
    /// - Parameters:
    ///   - body: The answer.
    ///   - member: What the list is called in it.
    /// - Throws: What is not as it should be.
    init(_ body: [UInt8], of member: String) throws(JSONError) {
        var reader = JSON.Reader(body, limits: JSON.Limits(maxBytes: Exchange.answerLimitBytes))
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case member:
                try reader.readArray { reader throws(JSONError) in
                    records.append(Array(body[try reader.skipValue()]))
                }
            case "next": if try !reader.readNullIfNext() { next = try reader.readString() }
            case "total": total = Int(clamping: try reader.readInt())
            default: break
            }
        }
        try reader.finish()
    }
}

/// Follows the pages of a list, up to a number of records.
///
/// It asks nothing itself: ask for ``target`` while there is one, and hand the answer to
/// ``take(_:)``.
struct Paging {
    /// The most records that one request asks for; the hub's own bound.
    static let pageSize = 1000

    private let name: String
    private let filters: [(name: String, value: String)]
    private var left: Int
    /// What to ask for; `nil` once all is read, or as much as was wanted.
    private(set) var target: String?
    /// How many there are beyond; `nil` for some, where the hub does not count them.
    private(set) var beyond: Int? = 0

    /// Begins before the first page.
    ///
    /// - Parameters:
    ///   - name: The path, and the member of the answer: `connections`.
    ///   - filters: What is asked besides; pairs without a value are left out.
    ///   - limit: The most records, above zero.
    init(_ name: String, filters: KeyValuePairs<String, String?> = [:], limit: Int) {
        self.name = name
        self.filters = filters.compactMap { name, value in value.map { (name, $0) } }
        left = limit
        target = target(after: nil)
    }

    /// Takes an answer.
    ///
    /// - Parameter body: What was answered to ``target``.
    /// - Returns: Its records, each as it came.
    /// - Throws: What is not as it should be.
    mutating func take(_ body: [UInt8]) throws(JSONError) -> [[UInt8]] {
        let page = try RecordPage(body, of: name)
        let records = Array(page.records.prefix(left))
        left -= records.count
        let isMore = page.next != nil || records.count < page.records.count
        beyond = isMore ? page.total.map { max(0, $0 - records.count) } : 0
        // A page of nothing would be asked for without end.
        target = left > 0 && !records.isEmpty ? page.next.map { target(after: $0) } : nil
        return records
    }

    private func target(after: String?) -> String {
        var pairs = filters + [("limit", String(min(left, Self.pageSize)))]
        if let after { pairs.append(("after", after)) }
        return Request.target(segments: [name], pairs: pairs)
    }
}
