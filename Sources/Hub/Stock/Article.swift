import Bytes
import HTTP1
import JSON
import Log

/// An article as seed 001 has it: what the hub knows of it, and any other columns as given.
struct Article: Sendable {
    /// Counted from 1 over the whole hub; never used again.
    var id: UInt64
    var name = ""
    /// Below this an alert begins; `nil` for none.
    var minimum: Quantity?
    /// From here on an alert ends; `minimum` where it is not given.
    var recovery: Quantity?
    /// What another system calls it; of one article at a time.
    var reference: String?
    /// Whether its quantity may go below zero.
    var allowsNegative = false
    /// How long it must be below before the alert fires; 0 for at once.
    var minimumSeconds: Int64 = 0
    /// How often an alert is repeated until it is acknowledged; 0 for never.
    var repeatSeconds: Int64 = 0
    var createdAt: String
    var updatedAt: String
    /// `material`, `diametro` and whatever else a client keeps here, in its order.
    var columns: [Value.Member] = []

    static let maxNameCharacters = 200
    static let maxReferenceCharacters = 255
    /// The longest time of an alert's settings: 31 days.
    static let maxSeconds: Int64 = 31 * 86_400
    static let maxColumns = 200
    /// The largest article, in bytes of its JSON.
    static let maxBytes = 16_384

    init(id: UInt64, now: Timestamp) {
        self.id = id
        createdAt = now.rfc3339
        updatedAt = createdAt
    }

    var json: [UInt8] {
        var json = Writer(capacity: 320)
        json.object { json in
            json.member("id", id)
            json.member("nombre", name)
            json.member("umbral_minimo", minimum)
            json.member("umbral_recuperacion", recovery)
            json.member("referencia_externa", orNull: reference)
            json.member("permite_negativo", allowsNegative)
            json.member("duracion_minima_s", minimumSeconds)
            json.member("repetir_cada_s", repeatSeconds)
            json.member("fecha_creacion", createdAt)
            json.member("fecha_actualizacion", updatedAt)
            for column in columns { json.member(column.name, column.value.write) }
        }
        return json.bytes
    }

    /// Reads an article that the hub has written.
    init(json: [UInt8]) throws(EngineError) {
        guard case .object(let members)? = try? Value.parse(json, limits: Limits(maxBytes: .max))
        else { throw .corrupt("an article cannot be read") }
        var draft = ArticleDraft()
        var own: [String: Value] = [:]
        for member in members {
            if ArticleDraft.hubsOwn.contains(member.name) {
                own[member.name] = member.value
            } else {
                draft.set(member)
            }
        }
        guard draft.faults.isEmpty, case .number(let digits)? = own["id"],
            let id = parseDecimal(digits.utf8),
            case .string(let createdAt)? = own["fecha_creacion"],
            case .string(let updatedAt)? = own["fecha_actualizacion"]
        else { throw .corrupt("an article lacks what the hub has written") }
        self.id = id
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        draft.apply(to: &self)
    }

    /// Whether a client would see no difference.
    func isSame(as other: Article) -> Bool {
        var (left, right) = (self, other)
        left.updatedAt = ""
        right.updatedAt = ""
        return left.json == right.json
    }

    /// What becomes of its members together: each may be right, and the whole wrong.
    var faults: [Problem.Fault] {
        var faults: [Problem.Fault] = []
        if name.isEmpty { faults.append(.init("/nombre", "is missing; an article has a name")) }
        // A line feed ends the name in the keys by which articles are found.
        if name.contains(where: \.isNewline) {
            faults.append(.init("/nombre", "has a line end"))
        }
        if let recovery {
            if let minimum {
                if recovery < minimum {
                    faults.append(
                        .init("/umbral_recuperacion", "is below umbral_minimo, \(minimum.text)"))
                }
            } else {
                faults.append(
                    .init("/umbral_recuperacion", "has a meaning only beside umbral_minimo"))
            }
        }
        if columns.count > Self.maxColumns {
            faults.append(
                .init("", "has \(columns.count) other columns, \(Self.maxColumns) are taken"))
        }
        let size = json.count
        if size > Self.maxBytes {
            faults.append(.init("", "is \(size) bytes long, and \(Self.maxBytes) are taken"))
        }
        return faults
    }
}

/// An article with its version, as it is kept: the version, a line feed, and the object.
struct StoredArticle: Sendable {
    /// From 1, one more with each change.
    var version: UInt64
    var article: Article

    init(version: UInt64, article: Article) {
        self.version = version
        self.article = article
    }

    /// Reads a record.
    ///
    /// - Throws: `corrupt`, where the record was not written by the hub.
    init(record: [UInt8]) throws(EngineError) {
        let digits = record.prefix { $0 != ASCII.lf }
        guard let version = parseDecimal(digits) else {
            throw .corrupt("an article has no version")
        }
        self.init(
            version: version, article: try Article(json: Array(record.dropFirst(digits.count + 1))))
    }

    var record: [UInt8] {
        var record: [UInt8] = []
        record.append(decimal: version)
        record.append(ASCII.lf)
        return record + article.json
    }

    var tag: EntityTag { EntityTag(String(version)) }

    var fields: Fields {
        ["ETag": tag.text, "Location": "/api/external/articulos/\(article.id)"]
    }
}
