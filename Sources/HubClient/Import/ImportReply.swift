import JSON

/// What the hub says of the rows of one request (docs/protocol.md).
struct ImportReply: Equatable {
    /// A fault of one row.
    struct Fault: Equatable {
        /// From 1, within the request.
        var row = 0
        var column: Int?
        /// The column's name.
        var name: String?
        var detail = ""
    }

    var created = 0
    var updated = 0
    var unchanged = 0
    var rejected = 0
    var faults: [Fault] = []
    var untoldFaults = 0

    /// Reads an answer.
    ///
    /// - Parameter body: Of status 200, or of a 422 that is a report as well.
    /// - Throws: A body that is none; one without the counts is none.
    init(_ body: [UInt8]) throws(JSONError) {
        var reader = JSON.Reader(body, limits: JSON.Limits(maxBytes: Exchange.answerLimitBytes))
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "created": created = try reader.readCount()
            case "updated": updated = try reader.readCount()
            case "unchanged": unchanged = try reader.readCount()
            case "rejected": rejected = try reader.readCount()
            case "more_errors": untoldFaults = try reader.readCount()
            case "errors":
                try reader.readArray { reader throws(JSONError) in
                    faults.append(try Fault(&reader))
                }
            default: break
            }
        }
        try reader.finish()
    }
}

extension ImportReply.Fault {
    fileprivate init(_ reader: inout JSON.Reader) throws(JSONError) {
        self.init()
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "row": row = try reader.readCount()
            case "column": column = try reader.readCount()
            case "detail": detail = try reader.readString()
            case "pointer":
                // "/2/diametro"; the name of a column holds neither ~ nor / but escaped.
                let parts = try reader.readString().split(separator: "/")
                self.name = parts.count > 1 ? String(parts[1]) : nil
            default: break
            }
        }
    }
}

extension JSON.Reader {
    /// A whole number that counts something.
    fileprivate mutating func readCount() throws(JSONError) -> Int {
        Int(clamping: min(max(0, try readInt()), 1 << 40))  // so that sums fit
    }
}
