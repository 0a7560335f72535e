import Bytes
import CSV
import HTTP1

/// What a request asks of an import (docs/protocol.md).
struct ImportPlan: Sendable {
    enum Mode: String, CaseIterable, Sendable {
        /// All rows, or none where one is at fault.
        case all
        /// The rows that are right; those at fault are told and left out.
        case skip
    }

    /// How the rows are written.
    enum Form: Sendable {
        case csv(CSV.Separator?, CSV.Encoding?)
        /// A JSON object a line.
        case lines
    }

    /// The most rows of one request; each is some steps on the engine's one thread.
    static let maxRows = 2000
    /// The most faults that an answer tells; the others are counted.
    static let maxToldFaults = 100
    static let maxOriginBytes = 64
    static let types = ["text/csv", "application/x-ndjson"]

    var form: Form
    var mode = Mode.all
    var isDryRun = false
    /// The system that the rows come from, where it is to be remembered which of them it has given.
    var origin: String?

    /// Reads what a request asks; `nil` for one whose body is none of an import.
    init?(_ request: Request) throws(Problem) {
        guard let form = try Self.form(of: request) else { return nil }
        self.form = form
        let target = request.head.target
        isDryRun = try request.flag("dry_run") ?? false
        if let text = target.queryValue("mode") {
            guard let mode = Mode(rawValue: text) else {
                throw Problem(
                    .invalidParameter, "mode: \"\(text.prefix(64))\" is neither all nor skip")
            }
            self.mode = mode
        }
        if let text = target.queryValue("origen") {
            guard !text.isEmpty, text.utf8.count <= Self.maxOriginBytes,
                text.utf8.allSatisfy({ Self.isNameOctet($0) })
            else {
                throw Problem(
                    .invalidParameter,
                    "origen: a system's name is 1 to \(Self.maxOriginBytes) of A-Z a-z 0-9 _ . -")
            }
            origin = text
        }
    }

    private static func form(of request: Request) throws(Problem) -> Form? {
        let type = request.head.fields.contentType
        switch type?.essence {
        case "text/csv":
            return .csv(
                try separator(request.head.target.queryValue("separator")),
                try encoding(type?.charset))
        case "application/x-ndjson", "application/ndjson", "application/jsonl": return .lines
        default: return nil
        }
    }

    private static func separator(_ name: String?) throws(Problem) -> CSV.Separator? {
        guard let name else { return nil }
        guard let separator = CSV.Separator(rawValue: name) else {
            let known = CSV.Separator.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(
                .invalidParameter, "separator: \"\(name.prefix(64))\" is none of \(known)")
        }
        return separator
    }

    private static func encoding(_ charset: String?) throws(Problem) -> CSV.Encoding? {
        guard let charset else { return nil }
        guard let encoding = CSV.Encoding(label: charset) else {
            throw Problem(
                .unsupportedMediaType,
                "the charset \"\(charset.prefix(64))\" is not read; send utf-8 or iso-8859-1",
                fields: ["Accept": "text/csv;charset=utf-8, text/csv;charset=iso-8859-1"])
        }
        return encoding
    }

    private static func isNameOctet(_ octet: UInt8) -> Bool {
        ASCII.isAlpha(octet) || ASCII.isDigit(octet) || octet == ASCII.underscore
            || octet == ASCII.dot || octet == ASCII.minus
    }
}
