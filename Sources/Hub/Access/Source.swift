import HTTP1
import Log
import Trust

/// A service that signs what it sends, as the operator has declared it.
public struct Source: Sendable {
    /// How it proves who it is.
    public enum Scheme: Sendable {
        /// `webhook-id`, `webhook-timestamp`, `webhook-signature` (Standard Webhooks).
        case standardWebhooks(StandardWebhook)
        /// `X-Service-Token`, and `X-Encrypted-Payload` where there are keys (seed 003).
        case service(tokens: [[UInt8]], keys: [ServiceKeys])
        /// The code of the body in a field, in hexadecimal digits (seed 001).
        case hexHMAC(field: String, secrets: [[UInt8]], isOnce: Bool)
        /// `X-Hub-Signature-256`, as GitHub has it.
        case github(secrets: [[UInt8]], isOnce: Bool)
        /// `Authorization: Bearer`.
        case bearer(tokens: [[UInt8]])
    }

    public let name: String
    public let scheme: Scheme
    /// Where events of `POST /hooks/{name}` go.
    public let group: Group
    /// The type of those events, where the operator has fixed it.
    public let type: EventType?
    /// What it may do with the other routes that take signed requests.
    public let grants: [Grant]

    /// As whom it is known.
    public var principal: Principal { Principal(name: "source:\(name)", grants: grants) }
}

/// A request whose sender has proved who they are by what they have signed.
public struct SignedRequest: Sendable {
    /// The request, from its source, its content opened where it was encrypted.
    public var request: Request
    public var source: Source
    /// What is taken once, and never again.
    var proof: Proof

    enum Proof: Sendable {
        /// A message that its sender repeats until it is answered: the answer is repeated too.
        case message(id: IdempotencyKey)
        /// A body that is signed, and nothing else is: a name for the delivery can be made up, so
        /// that the body itself is what is taken once.
        case body(digest: IdempotencyKey, id: IdempotencyKey?)
        /// A nonce; who sends it again is no honest sender.
        case nonce(String)
        /// A token alone: nothing tells one request from the next.
        case token
    }
}

extension Source {
    /// Holds a request to the source's proof.
    ///
    /// - Parameters:
    ///   - request: As it came.
    ///   - primitives: The functions to check by.
    /// - Returns: The request as its source meant it.
    /// - Throws: 401 with what is wrong, 400 where the content cannot be one.
    public func authenticate(
        _ request: Request, primitives: Primitives
    ) throws(Problem) -> SignedRequest {
        var signed = SignedRequest(request: request, source: self, proof: .token)
        signed.request.principal = principal
        switch scheme {
        case .standardWebhooks(let webhook):
            signed.proof = try Self.verify(request, webhook)
        case .service(let tokens, let keys):
            let fields = request.head.fields
            guard let token = fields.first("x-service-token"),
                ServiceMessage.isToken(token, oneOf: tokens, primitives: primitives)
            else { throw .unauthenticated("X-Service-Token is missing or is not of this source") }
            guard !keys.isEmpty else {
                guard !fields.contains("x-encrypted-payload") else {
                    throw .unauthenticated("no keys are declared for this source")
                }
                break
            }
            let message = try Self.open(request, keys, primitives)
            signed.request.body = message.data
            signed.request.isOpened = true
            signed.proof = .nonce(message.nonce)
        case .hexHMAC(let field, let secrets, let isOnce):
            try Self.verifyCode(in: field, secrets, request, primitives)
            if isOnce { signed.proof = try Self.body(of: request, id: nil, primitives) }
        case .github(let secrets, let isOnce):
            try Self.verifyCode(in: "X-Hub-Signature-256", secrets, request, primitives)
            let id = try request.head.fields.first("x-github-delivery")
                .map { text throws(Problem) in try IdempotencyKey(text) }
            if isOnce {
                signed.proof = try Self.body(of: request, id: id, primitives)
            } else if let id {
                signed.proof = .message(id: id)
            }
        case .bearer(let tokens): try Self.verifyBearer(tokens, request, primitives)
        }
        return signed
    }

    private static func body(
        of request: Request, id: IdempotencyKey?, _ primitives: Primitives
    ) throws(Problem) -> SignedRequest.Proof {
        var digest: [UInt8] = []
        digest.append(hex: primitives.sha256(request.body))
        return .body(digest: try IdempotencyKey(String(decoding: digest, as: UTF8.self)), id: id)
    }

    private static func verify(
        _ request: Request, _ webhook: StandardWebhook
    ) throws(Problem) -> SignedRequest.Proof {
        typealias Headers = StandardWebhook.Headers
        let fields = request.head.fields
        guard let id = fields.first(Headers.idName),
            let timestamp = fields.first(Headers.timestampName),
            let signature = fields.first(Headers.signatureName)
        else {
            throw .unauthenticated(
                "\(Headers.idName), \(Headers.timestampName) and \(Headers.signatureName) "
                    + "must all be there")
        }
        do {
            try webhook.verify(
                request.body,
                headers: Headers(id: id, timestamp: timestamp, signature: signature),
                now: request.now)
        } catch {
            throw .unauthenticated(error.message)
        }
        return .message(id: try IdempotencyKey(id))
    }

    private static func open(
        _ request: Request, _ keys: [ServiceKeys], _ primitives: Primitives
    ) throws(Problem) -> ServiceMessage {
        // Seed 003 does not say whether the payload is the field's value or the body: a value
        // without a colon only announces that the body is encrypted.
        guard let field = request.head.fields.first("x-encrypted-payload") else {
            throw .unauthenticated("X-Encrypted-Payload is missing; this source encrypts")
        }
        let text = field.contains(":") ? field : String(decoding: request.body, as: UTF8.self)
        do {
            return try ServiceMessage(
                opening: text, keys: keys, now: request.now, primitives: primitives)
        } catch {
            if case .contentMalformed(let detail) = error {
                throw Problem(.invalidBody, "the decrypted payload: \(detail)")
            }
            throw .unauthenticated(error.message)
        }
    }
}

extension SignedRequest {
    private static let nonces = Collection(rawValue: "nonces")

    /// Makes the write take its message once, with a record that outlives a restart.
    ///
    /// A message of Standard Webhooks, or a signed body, that comes again gets the first answer;
    /// a nonce of seed 003 that comes again is 409.
    ///
    /// - Parameters:
    ///   - write: What the message leads to.
    ///   - idempotency: How answers are remembered.
    /// - Returns: The write, to be carried out in its place.
    public func once(
        _ write: @escaping Reaction.Write, _ idempotency: Idempotency
    ) -> Reaction.Write {
        switch proof {
        case .token: return write
        case .message(let id):
            return once(id, as: "signed", write, idempotency)
        case .body(let digest, let id):
            let taken = once(digest, as: "signed body", write, idempotency)
            return id.map { once($0, as: "signed", taken, idempotency) } ?? taken
        case .nonce(let nonce):
            let key = "\(source.name) \(nonce)"
            return { transaction throws(EngineError) in
                guard try transaction.record(Self.nonces, key) == nil else {
                    return .refuse(
                        .failure(
                            Problem(.conflict, "this nonce was used before; make another message")))
                }
                let outcome = try write(transaction)
                guard case .commit = outcome else { return outcome }
                // Longer than both clocks may differ by, however late in a turn this runs.
                let end = transaction.now + ServiceMessage.rememberFor + .seconds(60)
                try transaction.put(Self.nonces, key, [], expires: end)
                return outcome
            }
        }
    }

    private func once(
        _ key: IdempotencyKey, as kind: String, _ write: @escaping Reaction.Write,
        _ idempotency: Idempotency
    ) -> Reaction.Write {
        var longer = idempotency
        longer.age = max(idempotency.age, StandardWebhook.rememberFor)
        return longer.once(
            key, operation: "\(kind) \(source.name)", content: request.body, write)
    }
}

extension Request {
    /// The name of the source that the request says it comes from; `nil` for an unsigned one.
    ///
    /// The path of an inbound hook names it; for others it is `X-Microservice-Source`, or
    /// `?source=` with the fields of Standard Webhooks.
    public var sourceName: String? {
        if let name = head.fields.first("x-microservice-source") { return name }
        guard head.fields.contains(StandardWebhook.Headers.signatureName) else { return nil }
        return head.target.queryValue("source") ?? ""
    }
}
