import JSON

/// What a client, a row of a file or another system says of an article.
///
/// A member that is left out stays as it is; one that is `null` goes back to its default, and a
/// column that is `null` goes.
struct ArticleDraft: Sendable {
    enum Change<Content: Sendable>: Sendable {
        case none
        case reset
        case set(Content)

        /// Puts the change over what is there.
        func apply(to content: inout Content, default initial: @autoclosure () -> Content) {
            switch self {
            case .none: break
            case .reset: content = initial()
            case .set(let new): content = new
            }
        }
    }

    var name: Change<String> = .none
    var minimum: Change<Quantity?> = .none
    var recovery: Change<Quantity?> = .none
    var reference: Change<String?> = .none
    var allowsNegative: Change<Bool> = .none
    var minimumSeconds: Change<Int64> = .none
    var repeatSeconds: Change<Int64> = .none
    var columns: [Value.Member] = []
    /// What is wrong with the members that were set, each at its pointer.
    private(set) var faults: [Problem.Fault] = []

    /// The members that no client sets; a body may have them, since GET gives them.
    static let hubsOwn: Set<String> = ["id", "fecha_creacion", "fecha_actualizacion"]

    init() {}

    /// Reads a body.
    ///
    /// - Parameters:
    ///   - body: A JSON object.
    ///   - limits: What the text may ask for.
    /// - Throws: A text that is no JSON object; faults of its members stand in ``faults``.
    init(_ body: [UInt8], limits: JSON.Limits) throws(Problem) {
        try Reader.readBody(body, limits: limits) { name, reader throws(JSONError) in
            set(Value.Member(name, try reader.readValue()))
        }
    }

    /// The name that another system gives it, where the draft says one.
    var givenReference: String? {
        if case .set(let reference) = reference { reference } else { nil }
    }

    /// Takes one member or column; a fault is kept in ``faults``.
    ///
    /// Quantities and seconds are taken as numbers or as texts of them, so that a cell of a file
    /// needs no conversion.
    mutating func set(_ member: Value.Member) {
        if Self.hubsOwn.contains(member.name) { return }
        switch member.name {
        case "nombre": name = text(member, maxCharacters: Article.maxNameCharacters)
        case "umbral_minimo": minimum = quantity(member)
        case "umbral_recuperacion": recovery = quantity(member)
        case "referencia_externa":
            switch referenceText(member) {
            case .none: reference = .none
            case .reset: reference = .reset
            case .set(let text): reference = .set(text)
            }
        case "permite_negativo": allowsNegative = flag(member)
        case "duracion_minima_s": minimumSeconds = seconds(member)
        case "repetir_cada_s": repeatSeconds = seconds(member)
        default: columns.append(member)
        }
    }

    /// Puts what the draft says over an article.
    func apply(to article: inout Article) {
        name.apply(to: &article.name, default: "")
        minimum.apply(to: &article.minimum, default: nil)
        recovery.apply(to: &article.recovery, default: nil)
        reference.apply(to: &article.reference, default: nil)
        allowsNegative.apply(to: &article.allowsNegative, default: false)
        minimumSeconds.apply(to: &article.minimumSeconds, default: 0)
        repeatSeconds.apply(to: &article.repeatSeconds, default: 0)
        guard !columns.isEmpty else { return }
        var merged = Value.object(article.columns)
        merged.merge(patch: .object(columns))
        if case .object(let members) = merged { article.columns = members }
    }

    // MARK: Kinds of members

    private mutating func fault<Content>(_ member: Value.Member, _ detail: String) -> Change<
        Content
    > {
        faults.append(.init("/\(member.name)", detail))
        return .none
    }

    private mutating func text(_ member: Value.Member, maxCharacters: Int) -> Change<String> {
        switch member.value {
        case .null: return .reset
        case .string(let text):
            if text.allSatisfy(\.isWhitespace) { return fault(member, "is empty") }
            let count = text.unicodeScalars.count
            guard count <= maxCharacters else {
                return fault(member, "has \(count) characters, and \(maxCharacters) are taken")
            }
            return .set(text)
        case .bool, .number, .array, .object: return fault(member, "must be a string")
        }
    }

    /// Other systems also write their identifiers as numbers: `"7"` and `7` are the same.
    private mutating func referenceText(_ member: Value.Member) -> Change<String> {
        var member = member
        if case .number(let digits) = member.value { member.value = .string(digits) }
        return text(member, maxCharacters: Article.maxReferenceCharacters)
    }

    private mutating func quantity(_ member: Value.Member) -> Change<Quantity?> {
        if case .null = member.value { return .reset }
        do {
            guard let quantity = try member.value.quantity() else {
                return fault(member, "must be a number")
            }
            return .set(quantity)
        } catch {
            return fault(member, error.message)
        }
    }

    private mutating func flag(_ member: Value.Member) -> Change<Bool> {
        switch member.value {
        case .null: .reset
        case .bool(let isTrue): .set(isTrue)
        case .number, .string, .array, .object: fault(member, "must be true or false")
        }
    }

    private mutating func seconds(_ member: Value.Member) -> Change<Int64> {
        switch member.value {
        case .null: return .reset
        case .number(let text), .string(let text):
            guard let seconds = Int64(text), (0...Article.maxSeconds).contains(seconds) else {
                return fault(member, "must be whole seconds from 0 to \(Article.maxSeconds)")
            }
            return .set(seconds)
        case .bool, .array, .object: return fault(member, "must be a number of seconds")
        }
    }
}
