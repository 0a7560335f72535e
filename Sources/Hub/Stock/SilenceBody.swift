import Bytes
import JSON
import Log

/// What a client says of a silence: of one article or a pattern of names, up to a moment or for
/// a time, and why.
struct SilenceBody: Sendable {
    private enum End {
        case at(Timestamp)
        case after(seconds: Int64)
    }

    let scope: Silence.Scope
    let reason: String
    /// `nil` for now.
    let from: Timestamp?
    let author: String?
    private let end: End

    static let maxAuthorCharacters = 200

    /// When it ends if it begins at `from`.
    func until(from: Timestamp) -> Timestamp {
        switch end {
        case .at(let moment): moment
        case .after(let seconds): from + .seconds(seconds)
        }
    }

    /// The member that says when it ends.
    var endPointer: String {
        switch end {
        case .at: "/hasta"
        case .after: "/duracion_s"
        }
    }

    /// Reads a body, and lists all of its faults.
    init(_ body: [UInt8], limits: JSON.Limits) throws(Problem) {
        var fields = Fields()
        try Reader.readBody(body, limits: limits) { name, reader throws(JSONError) in
            if try reader.readNullIfNext() { return }
            try fields.read(name, &reader)
        }
        let ends: [End] =
            [fields.until.map { .at($0) }, fields.seconds.map { .after(seconds: $0) }]
            .compactMap { $0 }
        fields.faults.require([
            ("/motivo", "say why", fields.reason != nil)
        ])
        fields.requireOne(
            fields.scopes.count, of: ["/articulo", "/patron"], "name an articulo or a patron")
        fields.requireOne(
            ends.count, of: ["/hasta", "/duracion_s"], "say hasta or duracion_s")
        try fields.faults.check("the silence")
        guard let scope = fields.scopes.first, let reason = fields.reason, let end = ends.first
        else { preconditionFailure("a member that is missing is a fault") }
        self.scope = scope
        self.reason = reason
        self.end = end
        from = fields.from
        author = fields.author
    }

    /// The members, as far as they were read.
    private struct Fields {
        var scopes: [Silence.Scope] = []
        var reason: String?
        var from: Timestamp?
        var until: Timestamp?
        var seconds: Int64?
        var author: String?
        var faults = BodyFaults()

        mutating func read(_ name: String, _ reader: inout Reader) throws(JSONError) {
            switch name {
            case "articulo": try readArticle(&reader)
            case "patron": try readPattern(&reader)
            case "desde": from = try readMoment(&reader, "/desde")
            case "hasta": until = try readMoment(&reader, "/hasta")
            case "duracion_s": try readSeconds(&reader)
            case "motivo":
                reason = try faults.readText(
                    &reader, "/motivo", maxCharacters: Silence.maxReasonCharacters)
            case "por":
                author = try faults.readText(
                    &reader, "/por", maxCharacters: SilenceBody.maxAuthorCharacters)
            default: break
            }
        }

        private mutating func readArticle(_ reader: inout Reader) throws(JSONError) {
            guard let text = try faults.readName(&reader) else { return }
            if let id = parseDecimal(text.utf8), id <= StockRecords.maxID {
                scopes.append(.article(id))
            } else {
                faults.add("/articulo", "must be the id of an article")
            }
        }

        private mutating func readPattern(_ reader: inout Reader) throws(JSONError) {
            let text = try faults.read { () throws(JSONError) in try reader.readString() }
            guard let text else { return }
            if let pattern = NamePattern(text) {
                scopes.append(.names(pattern))
            } else {
                faults.add(
                    "/patron", "must be 1 to \(NamePattern.maxCharacters) characters, such as Tub*")
            }
        }

        private mutating func readMoment(
            _ reader: inout Reader, _ pointer: String
        ) throws(JSONError) -> Timestamp? {
            let text = try faults.read { () throws(JSONError) in try reader.readString() }
            guard let text else { return nil }
            let moment = Timestamp(rfc3339: text)
            if moment == nil { faults.add(pointer, "is no time such as 2026-01-15T10:00:00Z") }
            return moment
        }

        private mutating func readSeconds(_ reader: inout Reader) throws(JSONError) {
            let number = try faults.read { () throws(JSONError) in try reader.readInt() }
            guard let number else { return }
            if (1...Silence.maxSeconds).contains(number) {
                seconds = number
            } else {
                faults.add("/duracion_s", "must be from 1 to \(Silence.maxSeconds)")
            }
        }

        /// Holds two members that exclude each other to one of them.
        mutating func requireOne(_ count: Int, of pointers: [String], _ detail: String) {
            if faults.faults.contains(where: { pointers.contains($0.pointer) }) { return }
            switch count {
            case 1: break
            case 0: faults.add(pointers[0], "is missing; \(detail)")
            default: faults.add(pointers[1], "is one too many; \(detail), not both")
            }
        }
    }
}
