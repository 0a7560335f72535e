import Bytes
import HTTP1
import JSON
import Log
import Trust

// `POST /hooks/{source}`: what another system sends becomes an event (WIRE §5).
extension Publishing {
    /// Publishes the body to the group that is declared for its source, once for each message.
    ///
    /// - Parameters:
    ///   - request: As it came; its own credentials are the source's.
    ///   - name: The source's name.
    /// - Returns: The write; where the event stands is the answer.
    /// - Throws: 401 for who is not that source; what cannot be published.
    func hook(_ request: Request, source name: String) throws(Problem) -> Reaction {
        let signed = try (sources?() ?? .none).authenticate(request, as: name)
        let data = try hookData(signed.request)
        let publish = try PublishRequest(
            group: signed.source.group.name, type: Self.hookType(signed, data), data: data,
            maxEventBytes: limits.maxEventBytes)
        try rules().check(publish.draft, .body, limits: limits.json)
        var write = Self.write(publish.draft)
        if let key = try request.idempotencyKey() {
            write = idempotency.once(
                key, operation: "POST /hooks/\(name)", content: request.body, write)
        }
        return .write(signed.once(write, idempotency))
    }

    /// JSON as it came; any other text as a string.
    private func hookData(_ request: Request) throws(Problem) -> [UInt8] {
        switch try request.bodyForm() {
        case .json, .lines: return try compact(request)
        case .text: return try text(request)
        }
    }

    /// What the operator has fixed; else what the sender says it is, where that is a type.
    private static func hookType(_ signed: SignedRequest, _ data: [UInt8]) -> String {
        if let type = signed.source.type { return type.text }
        if case .github = signed.source.scheme,
            let event = signed.request.head.fields.first("x-github-event"),
            let type = EventType(event)
        {
            return type.text
        }
        return type(in: data)?.text ?? PublishRequest.defaultType
    }

    /// Standard Webhooks' `type`, or seed 001's `evento`.
    private static func type(in data: [UInt8]) -> EventType? {
        guard data.first == ASCII.openBrace else { return nil }
        var named: [String: EventType] = [:]
        do {
            var reader = Reader(data, limits: JSON.Limits(maxBytes: .max))
            try reader.readObject { name, reader throws(JSONError) in
                guard ["type", "evento"].contains(name), try reader.peekKind() == .string else {
                    return
                }
                named[name] = EventType(try reader.readString())
            }
        } catch {
            return nil  // it was read before; if not, it has no type
        }
        return named["type"] ?? named["evento"]
    }
}

extension Rules {
    /// What other systems send.
    static let hookList = [
        Route(
            "/hooks/{source}", door: .signed,
            on(.post) { rules, request, path throws(Problem) in
                try rules.publishing.hook(request, source: path[0])
            })
    ]
}

extension Source {
    /// The name of the field with the code of the body, where none is declared.
    static let defaultCodeField = "X-Signature-SHA256"

    /// Holds a body to its code (RFC 2104), in hexadecimal digits.
    ///
    /// - Parameters:
    ///   - field: Where the code stands, perhaps behind `sha256=`.
    ///   - secrets: The one in use, and those on their way in or out.
    ///   - request: As it came.
    ///   - primitives: The functions to check by.
    /// - Throws: 401.
    static func verifyCode(
        in field: String, _ secrets: [[UInt8]], _ request: Request, _ primitives: Primitives
    ) throws(Problem) {
        guard let text = request.head.fields.first(field) else {
            throw .unauthenticated("\(field) is missing")
        }
        let prefix = "sha256="
        let digits = text.hasPrefix(prefix) ? text.dropFirst(prefix.utf8.count) : text[...]
        let given = Array(digits.lowercased().utf8)
        var isRight = false
        for secret in secrets {
            var code: [UInt8] = []
            code.append(hex: primitives.hmacSHA256(secret, request.body))
            if primitives.areEqual(given, code) { isRight = true }
        }
        guard isRight else {
            throw .unauthenticated("\(field) fits no secret that is known here")
        }
    }

    /// Holds a request to `Authorization: Bearer` (RFC 6750 §2.1).
    static func verifyBearer(
        _ tokens: [[UInt8]], _ request: Request, _ primitives: Primitives
    ) throws(Problem) {
        let parts = (request.head.fields.first("authorization") ?? "").split(
            separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer",
            ServiceMessage.isToken(
                String(parts[1].drop { $0 == " " }), oneOf: tokens, primitives: primitives)
        else { throw .unauthenticated("Authorization must be Bearer with a token of this source") }
    }
}
