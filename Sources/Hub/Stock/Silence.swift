import JSON
import Log

/// A time in which nothing is said of some articles' alerts; their life goes on.
struct Silence: Equatable, Sendable {
    enum Scope: Equatable, Sendable {
        case article(UInt64)
        /// All whose name a pattern matches: `*` stands for any text, and case does not matter.
        case names(NamePattern)
    }

    /// Counted from 1 over the whole hub; never used again.
    var id: UInt64
    var scope: Scope
    /// From here on, this moment among it.
    var from: Timestamp
    /// Up to here, this moment not among it.
    var until: Timestamp
    /// Who asked for it, and why.
    var author: String
    var reason: String

    /// `<silence>` → the record, which expires at its end.
    static let collection = Collection(rawValue: "stock_silences")
    /// The most at one time: each is looked at when an alert has something to say.
    static let maxCount = 200
    static let maxReasonCharacters = 1000
    /// The longest, in seconds: a year.
    static let maxSeconds: Int64 = 366 * 86_400

    func covers(_ article: Article, at now: Timestamp) -> Bool {
        guard from <= now, now < until else { return false }
        return switch scope {
        case .article(let id): id == article.id
        case .names(let pattern): pattern.matches(article.name)
        }
    }

    var json: [UInt8] {
        var json = Writer(capacity: 256)
        json.object { json in
            json.member("id", id)
            switch scope {
            case .article(let id): json.member("articulo", id)
            case .names(let pattern): json.member("patron", pattern.text)
            }
            json.member("desde", from.rfc3339)
            json.member("hasta", until.rfc3339)
            json.member("por", author)
            json.member("motivo", reason)
        }
        return json.bytes
    }

    init(
        id: UInt64, scope: Scope, from: Timestamp, until: Timestamp, author: String, reason: String
    ) {
        self.id = id
        self.scope = scope
        self.from = from
        self.until = until
        self.author = author
        self.reason = reason
    }

    /// Reads a record.
    ///
    /// - Throws: `corrupt`, where the record was not written by the hub.
    init(record: [UInt8]) throws(EngineError) {
        let members = try StoredMembers(record, "a silence")
        id = try members.id("id")
        if let text = members.text("patron") {
            guard let pattern = NamePattern(text) else {
                throw .corrupt("a silence has no pattern")
            }
            scope = .names(pattern)
        } else {
            scope = .article(try members.id("articulo"))
        }
        from = try members.value("desde", Timestamp.init(rfc3339:))
        until = try members.value("hasta", Timestamp.init(rfc3339:))
        author = members.text("por") ?? ""
        reason = members.text("motivo") ?? ""
    }
}

/// A pattern of names: `*` stands for any text, and case does not matter.
struct NamePattern: Equatable, Sendable {
    let text: String
    private let letters: [Character]

    static let maxCharacters = 200

    /// Takes a pattern that is not empty.
    init?(_ text: String) {
        guard !text.isEmpty, text.unicodeScalars.count <= Self.maxCharacters else { return nil }
        self.text = text
        letters = Array(text.lowercased())
    }

    /// Whether the whole name is matched; costs at most the product of both lengths.
    func matches(_ name: String) -> Bool {
        let name = Array(name.lowercased())
        var (place, letter) = (0, 0)
        var lastStar: (letter: Int, place: Int)?
        while place < name.count {
            if letter < letters.count, letters[letter] == "*" {
                lastStar = (letter, place)
                letter += 1
            } else if letter < letters.count, letters[letter] == name[place] {
                place += 1
                letter += 1
            } else if let star = lastStar {
                // The last star takes one more, and what follows it is tried again.
                lastStar = (star.letter, star.place + 1)
                place = star.place + 1
                letter = star.letter + 1
            } else {
                return false
            }
        }
        return letters[letter...].allSatisfy { $0 == "*" }
    }
}
