import JSON
import Log

/// A page of a collection: the records that a filter takes, each as a client sees it.
struct RecordPage {
    static let defaultCount = 100
    static let maxCount = 1000
    /// The most records that one page of a filtered list looks at.
    static let maxScanned = 10_000
    /// A page ends behind the row with which it has so many bytes.
    static let maxBytes = 4 << 20

    private(set) var rows: [[UInt8]] = []
    /// The key to go on behind; `nil` at the end.
    private(set) var next: String?

    /// Reads a page.
    ///
    /// - Parameters:
    ///   - snapshot: Where.
    ///   - collection: What is listed.
    ///   - prefix: What the keys begin with.
    ///   - after: The key to go on behind; `nil` for the first.
    ///   - limit: The most rows.
    ///   - descending: Whether the last key comes first.
    ///   - last: The end of the list, itself left out; `nil` for that of the prefix.
    ///   - row: Makes a row of a record, or `nil` to leave it out.
    /// - Throws: What the engine says.
    init(
        _ snapshot: any Snapshot, _ collection: Log.Collection, prefix: String = "",
        after: String?, limit: Int, descending: Bool = false, upTo last: String? = nil,
        _ row: (Record) throws(EngineError) -> [UInt8]?
    ) throws(EngineError) {
        var place = after
        var (scanned, bytes) = (0, 0)
        while true {
            let records = try snapshot.records(
                collection, prefix: prefix, after: place, limit: limit + 1, descending: descending)
            for record in records {
                if let last, descending ? record.key <= last : record.key >= last { return }
                if rows.count == limit || scanned == Self.maxScanned || bytes >= Self.maxBytes {
                    next = place
                    return
                }
                scanned += 1
                place = record.key
                guard let row = try row(record) else { continue }
                rows.append(row)
                bytes += row.count
            }
            if records.count <= limit { return }
        }
    }

    /// The page as clients see it.
    ///
    /// - Parameters:
    ///   - name: What the rows are.
    ///   - writeNext: Writes what a client asks for next, of a key; the key itself else.
    /// - Returns: A JSON object.
    func json(
        _ name: String, next writeNext: (inout Writer, String) -> Void = { $0.string($1) }
    ) -> [UInt8] {
        var json = Writer(capacity: 64 + rows.reduce(0) { $0 + $1.count + 1 })
        json.object { json in
            json.member(name) { json in
                json.array { json in for row in rows { json.raw(row) } }
            }
            json.key("next")
            if let next { writeNext(&json, next) } else { json.null() }
        }
        return json.bytes
    }
}
