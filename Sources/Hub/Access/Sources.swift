import Bytes
import HTTP1
import JSON
import Log
import Trust

/// The services that sign what they send, as a file of the operator's declares them.
///
/// ```json
/// {"sources": [
///   {"name": "compras", "scheme": "standard-webhooks", "secrets": ["whsec_…"],
///    "group": "compras", "type": "pedido", "grants": ["publish:compras:**"]},
///   {"name": "ordenes", "scheme": "service", "tokens": ["…"],
///    "keys": [{"encryption": "…", "authentication": "…"}], "grants": ["publish:ordenes"]}
/// ]}
/// ```
///
/// `group` is `hooks:<name>` where it is not given, and `grants` is `publish` on it.
public struct Sources: Sendable {
    /// The most sources of a file.
    public static let maxCount = 1000
    /// The most secrets, tokens or key pairs of one source: those in use, and those on their way
    /// in and out.
    public static let maxSecrets = 4
    /// The shortest token, in bytes.
    public static let leastTokenBytes = 16

    private let sources: [String: Source]
    let primitives: Primitives?

    /// No source.
    public static let none = Sources()

    private init() {
        sources = [:]
        primitives = nil
    }

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - file: What it holds.
    ///   - primitives: The functions that signatures are checked with.
    /// - Throws: The first thing that is wrong, at its place, without any secret.
    public init(_ file: [UInt8], primitives: Primitives) throws(SourcesFault) {
        let root: Value
        do {
            root = try Value.parse(file)
        } catch {
            throw SourcesFault(error.pointer, "\(error.message) at byte \(error.offset)")
        }
        var sources: [String: Source] = [:]
        let top = try SourceEntry(root, at: "", known: ["sources"])
        let entries = try top.array("sources") ?? []
        guard entries.count <= Self.maxCount else {
            throw SourcesFault("/sources", "there may be \(Self.maxCount) sources")
        }
        for (index, entry) in entries.enumerated() {
            let source = try Source(entry, at: "/sources/\(index)", primitives)
            guard sources.updateValue(source, forKey: source.name) == nil else {
                throw SourcesFault("/sources/\(index)/name", "\"\(source.name)\" is there twice")
            }
        }
        self.sources = sources
        self.primitives = primitives
    }

    public var isEmpty: Bool { sources.isEmpty }
    public var count: Int { sources.count }

    /// The source of that name; `nil` where none was declared.
    public subscript(name: String) -> Source? { sources[name] }

    /// Holds a request to the proof of the source that it names.
    ///
    /// - Parameters:
    ///   - request: As it came.
    ///   - name: The source's name.
    /// - Returns: The request as its source meant it.
    /// - Throws: 401; the same for a source that is not declared as for a wrong signature.
    public func authenticate(
        _ request: Request, as name: String
    ) throws(Problem) -> SignedRequest {
        guard let source = sources[name], let primitives else {
            throw .unauthenticated("no source of this name is declared here")
        }
        return try source.authenticate(request, primitives: primitives)
    }
}

/// What is wrong with a file of sources.
public struct SourcesFault: Error, Equatable, Sendable {
    /// Where (RFC 6901).
    public var pointer: String
    public var detail: String

    init(_ pointer: String, _ detail: String) {
        self.pointer = pointer
        self.detail = detail
    }
}

extension Source {
    fileprivate init(
        _ value: Value, at pointer: String, _ primitives: Primitives
    ) throws(SourcesFault) {
        let entry = try SourceEntry(
            value, at: pointer,
            known: [
                "name", "scheme", "secrets", "tokens", "keys", "field", "group", "type", "grants",
                "once",
            ])
        guard let name = try entry.string("name"), let hooks = try? Group("hooks:\(name)"),
            !name.contains(":")
        else { throw entry.fault("name", "must be a text of A-Z a-z 0-9 _ . -") }
        self.name = name
        switch try entry.string("scheme") {
        case "standard-webhooks":
            scheme = .standardWebhooks(
                StandardWebhook(secrets: try entry.secrets(), primitives: primitives))
        case "service":
            scheme = .service(tokens: try entry.tokens(), keys: try entry.keyPairs())
        case "hex-hmac":
            scheme = .hexHMAC(
                field: try entry.field(), secrets: try entry.tokens("secrets"),
                isOnce: try entry.once() ?? false)
        case "github":
            scheme = .github(
                secrets: try entry.tokens("secrets"), isOnce: try entry.once() ?? true)
        case "bearer": scheme = .bearer(tokens: try entry.tokens())
        default:
            throw entry.fault(
                "scheme", "must be standard-webhooks, hex-hmac, github, bearer or service")
        }
        try entry.checkOnce(scheme)
        group = try entry.group() ?? hooks
        type = try entry.type()
        grants = try entry.grants() ?? [Grant(.publish, GroupPattern(group))]
    }
}

/// One object of the file.
private struct SourceEntry {
    private let members: [String: Value]
    private let pointer: String

    init(_ value: Value, at pointer: String, known: [String]) throws(SourcesFault) {
        guard case .object(let members) = value else {
            throw SourcesFault(pointer, "must be an object")
        }
        for member in members where !known.contains(member.name) {
            let names = known.joined(separator: ", ")
            throw SourcesFault(
                "\(pointer)/\(member.name.escapedForPointer)", "is none of \(names)")
        }
        self.members = Dictionary(members.map { ($0.name, $0.value) }) { $1 }
        self.pointer = pointer
    }

    func fault(_ name: String, _ detail: String) -> SourcesFault {
        SourcesFault("\(pointer)/\(name)", detail)
    }

    /// Other schemes have a proof of their own that a message is new, or none at all.
    func checkOnce(_ scheme: Source.Scheme) throws(SourcesFault) {
        switch scheme {
        case .hexHMAC, .github: return
        case .standardWebhooks, .service, .bearer:
            guard members["once"] == nil else {
                throw fault("once", "is for the schemes hex-hmac and github")
            }
        }
    }

    func string(_ name: String) throws(SourcesFault) -> String? {
        guard let value = members[name] else { return nil }
        guard case .string(let text) = value else { throw fault(name, "must be a string") }
        return text
    }

    func array(_ name: String) throws(SourcesFault) -> [Value]? {
        guard let value = members[name] else { return nil }
        guard case .array(let elements) = value else { throw fault(name, "must be an array") }
        return elements
    }

    private func strings(_ name: String) throws(SourcesFault) -> [String]? {
        guard let elements = try array(name) else { return nil }
        var texts: [String] = []
        for element in elements {
            guard case .string(let text) = element else {
                throw fault("\(name)/\(texts.count)", "must be a string")
            }
            texts.append(text)
        }
        return texts
    }

    private func checkCount(_ name: String, _ count: Int, least: Int = 1) throws(SourcesFault) {
        guard (least...Sources.maxSecrets).contains(count) else {
            throw fault(name, "must have \(least) to \(Sources.maxSecrets) elements")
        }
    }

    func secrets() throws(SourcesFault) -> [WebhookSecret] {
        let texts = try strings("secrets") ?? []
        try checkCount("secrets", texts.count)
        var secrets: [WebhookSecret] = []
        for text in texts {
            do {
                secrets.append(try WebhookSecret(text))
            } catch {
                throw fault("secrets/\(secrets.count)", error.message)
            }
        }
        return secrets
    }

    /// The field of a code.
    func field() throws(SourcesFault) -> String {
        guard let name = try string("field") else { return Source.defaultCodeField }
        guard Fields.isName(name) else { throw fault("field", "is not the name of a field") }
        return name
    }

    func tokens(_ name: String = "tokens") throws(SourcesFault) -> [[UInt8]] {
        let texts = try strings(name) ?? []
        try checkCount(name, texts.count)
        for (index, text) in texts.enumerated() where text.utf8.count < Sources.leastTokenBytes {
            throw fault("\(name)/\(index)", "must have \(Sources.leastTokenBytes) bytes at least")
        }
        return texts.map { Array($0.utf8) }
    }

    func keyPairs() throws(SourcesFault) -> [ServiceKeys] {
        let elements = try array("keys") ?? []
        try checkCount("keys", elements.count, least: 0)
        var pairs: [ServiceKeys] = []
        for element in elements {
            let place = "keys/\(pairs.count)"
            let pair = try SourceEntry(
                element, at: "\(pointer)/\(place)", known: ["encryption", "authentication"])
            guard let encryption = try pair.string("encryption").flatMap(Base64.decode),
                let authentication = try pair.string("authentication").flatMap(Base64.decode),
                let keys = ServiceKeys(encryption: encryption, authentication: authentication)
            else {
                throw fault(
                    place, "encryption and authentication must be two keys of 32 bytes in base64")
            }
            pairs.append(keys)
        }
        return pairs
    }

    /// Whether a signed body is taken once.
    func once() throws(SourcesFault) -> Bool? {
        guard let value = members["once"] else { return nil }
        guard case .bool(let isOnce) = value else { throw fault("once", "must be true or false") }
        return isOnce
    }

    func group() throws(SourcesFault) -> Group? {
        guard let text = try string("group") else { return nil }
        let group: Group
        do {
            group = try Group(text)
        } catch {
            throw fault("group", error.message)
        }
        guard !group.isReserved else { throw fault("group", "must not begin with $") }
        return group
    }

    func type() throws(SourcesFault) -> EventType? {
        guard let text = try string("type") else { return nil }
        guard let type = EventType(text) else {
            throw fault("type", "must be of a-z 0-9 _ . and begin with a letter")
        }
        return type
    }

    func grants() throws(SourcesFault) -> [Grant]? {
        guard let texts = try strings("grants") else { return nil }
        do {
            return try Grant.parse(texts)
        } catch {
            throw fault("grants", error.message)
        }
    }
}
