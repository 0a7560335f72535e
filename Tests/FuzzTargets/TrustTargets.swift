import Bytes
import Crypto
import HTTP1
import Hub
import JSON
import Log
import Trust

extension FuzzTarget {
    /// No token is believed but one that is signed here; one that is signed keeps its times.
    ///
    /// The input is a token; or, with a NUL in it, a header and claims that are signed here.
    static let tokens = FuzzTarget(name: "tokens") { input throws(Finding) in
        let raw = verified(String(decoding: input, as: UTF8.self))
        try hold(raw.error != nil, "nobody else can sign")
        let parts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return }
        let content = parts.map { Base64.encodeURL(Array($0)) }.joined(separator: ".")
        let code = Primitives.libcrypto.hmacSHA256(secret, Array(content.utf8))
        let text = "\(content).\(Base64.encodeURL(code))"
        guard case .success(let claims) = verified(text) else { return }
        try hold(claims.expires > HubScene.now, "what has expired is not believed: \(text)")
        guard case .object(let header)? = try? Value.parse(Array(parts[0])),
            case .string("HS256")? = header.first(where: { $0.name == "alg" })?.value
        else { throw Finding(description: "a secret serves HS256 alone: \(text)") }
        try hold(!header.contains { $0.name == "crit" }, "no extension is known: \(text)")
        // The last digit of base64 has bits that say nothing; one text has one meaning.
        for index in text.utf8.indices.suffix(3) {
            var other = text
            other.replaceSubrange(index...index, with: text[index] == "A" ? "B" : "A")
            try hold(verified(other).error != nil, "a signature has one text: \(other)")
        }
    }

    /// A key set is read or refused at its place; what it holds is a key, or none.
    static let keySets = FuzzTarget(name: "key-sets") { input throws(Finding) in
        switch Result(catching: { () throws(KeySetFault) in try SetKey.read(input) }) {
        case .failure(let fault):
            try checkPointer(fault.pointer)
        case .success(let keys):
            for key in keys {
                switch key.material {
                case .rsa(let modulus, let exponent):
                    _ = PublicKey(rsaModulus: modulus, exponent: exponent)
                case .p256(let x, let y): _ = PublicKey(p256X: x, y: y)
                case .ed25519(let bytes):
                    guard let key = PublicKey(ed25519: bytes) else { continue }
                    try hold(!key.verify(bytes + bytes, of: input), "nobody has signed this")
                }
            }
        }
        _ = PublicKey.keys(pem: input)
    }

    /// Standard Webhooks: no signature is believed but ours, and ours is, in its time.
    ///
    /// The input is id, timestamp, signature and body, a line each.
    static let webhookHeaders = FuzzTarget(name: "webhook-headers") { input throws(Finding) in
        guard let webhook else { return }
        let lines = input.split(
            separator: ASCII.lf, maxSplits: 3, omittingEmptySubsequences: false)
        guard lines.count == 4 else { return }
        let texts = lines.map { String(decoding: $0, as: UTF8.self) }
        let body = Array(lines[3])
        let given = StandardWebhook.Headers(
            id: texts[0], timestamp: texts[1], signature: texts[2])
        let result = Result { () throws(WebhookFault) in
            try webhook.verify(body, headers: given, now: HubScene.now)
        }
        guard let error = result.error else {
            throw Finding(description: "nobody else can sign: \(given)")
        }
        try hold(
            error.message.utf8.allSatisfy { $0 != ASCII.quote }, "a fault can stand in a field")
        guard StandardWebhook.isID(texts[0]) else { return }
        var own = webhook.sign(body, id: texts[0], now: HubScene.now)
        own.signature = "v1a,x \(own.signature)"
        let check = Result { () throws(WebhookFault) in
            try webhook.verify(body, headers: own, now: HubScene.now)
        }
        try hold(check.error == nil, "what is signed is believed: \(own)")
        // What is signed is all of it: not a byte can go from one part to the next.
        own.timestamp += "."
        let moved = Result { () throws(WebhookFault) in
            try webhook.verify(body, headers: own, now: HubScene.now)
        }
        try hold(moved.error != nil, "a timestamp has no dot")
    }

    /// Seed 003: no message is opened but one of ours, and it keeps its bounds.
    ///
    /// The input is `iv:ciphertext:hmac`, and what is encrypted here as well.
    static let serviceMessages = FuzzTarget(name: "service-messages") { input throws(Finding) in
        let raw = opened(String(decoding: input, as: UTF8.self))
        try hold(raw.error != nil, "nobody else can encrypt")
        let vector = [UInt8](repeating: 7, count: 16)
        let cipher = AES256CBC.encrypt(input, key: encryption, vector: vector)
        let code = Primitives.libcrypto.hmacSHA256(authentication, vector + cipher)
        let parts = [vector, cipher, code].map { Base64.encode($0) }
        switch opened(parts.joined(separator: ":")) {
        case .success(let message):
            let age = HubScene.now - message.timestamp
            try hold(
                age <= ServiceMessage.tolerance && .zero - age <= ServiceMessage.tolerance,
                "what is opened is of now: \(message)")
            try hold((8...128).contains(message.nonce.utf8.count), "a nonce has its length")
            try same(try? compact(message.data), message.data, "data is JSON on one line")
        case .failure(let error):
            try hold(error != .malformed && error != .tampered, "what we encrypt is opened")
        }
        for index in parts.indices {
            var others = parts
            others[index] = Base64.encode([1] + vector.dropFirst() + cipher)
            try hold(opened(others.joined(separator: ":")).error != nil, "no part can be another")
        }
    }

    /// Grants and keys as people write them.
    static let grants = FuzzTarget(name: "grants") { input throws(Finding) in
        let text = String(decoding: input, as: UTF8.self)
        switch Result(catching: { () throws(GrantFault) in try Grant.parse(text) }) {
        case .success(let grants):
            try hold(!grants.isEmpty, "a text grants something: \(text)")
            try hold(Set(grants).count == grants.count, "nothing is granted twice: \(text)")
            let again = grants.map { "\($0.action.rawValue):\($0.pattern.text)" }
            try same(try? Grant.parse(again), grants, "a grant is its text")
            let principal = Principal(name: "a", grants: grants)
            for grant in grants {
                try hold(
                    principal.may(grant.action, all: grant.pattern), "a grant covers itself")
            }
        case .failure(let fault): try hold(!fault.message.isEmpty, "a fault has words")
        }
        if let key = APIKey(text) {
            try same(key.text, text, "a key is its text")
            try hold(text.hasPrefix(APIKey.prefix + key.id), "a key begins with its id")
        }
    }

    /// A file of sources is taken or refused; unsigned requests are refused whatever it says.
    static let sources = FuzzTarget(name: "sources") { input throws(Finding) in
        switch Result(catching: { () throws(SourcesFault) in
            try Sources(input, primitives: .libcrypto)
        }) {
        case .success(let sources):
            let scene = HubScene(sources: sources)
            guard !sources.isEmpty else { return }
            let line = "POST\t/publish/a\tX-Microservice-Source: a\tX-Service-Token: x\n1"
            guard let line = RequestLine(Array(line.utf8)[...]),
                let response = try scene.send(line)
            else { return }
            try same(response.status.rawValue, 401, "who does not sign is refused")
        case .failure(let fault):
            try checkPointer(fault.pointer)
        }
    }

    private static let secret = Array("a secret of thirty-two bytes, or more".utf8)
    private static let encryption = [UInt8](repeating: 1, count: 32)
    private static let authentication = [UInt8](repeating: 2, count: 32)

    private static let webhook: StandardWebhook? = {
        guard let secret = try? WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") else {
            return nil
        }
        return StandardWebhook(secrets: [secret], primitives: .libcrypto)
    }()

    /// With a secret, and public keys whose signature is their own name.
    private static let verifier: TokenVerifier = {
        var keys = [TokenAlgorithm.rs256, .es256, .edDSA].map { algorithm in
            TokenKey(id: algorithm.rawValue, algorithm: algorithm, fingerprint: 0) {
                signature, _ in signature == secret
            }
        }
        if let key = TokenKey(secret: secret, primitives: .libcrypto) { keys.append(key) }
        return TokenVerifier(keys: keys, issuer: nil, audiences: [], leeway: .seconds(5))
    }()

    private static func verified(_ text: String) -> Result<TokenClaims, TokenFault> {
        Result { () throws(TokenFault) in try verifier.verify(text, now: HubScene.now) }
    }

    private static func opened(_ text: String) -> Result<ServiceMessage, ServiceFault> {
        let keys = ServiceKeys(encryption: encryption, authentication: authentication)
        return Result { () throws(ServiceFault) in
            try ServiceMessage(
                opening: text, keys: [keys].compactMap { $0 }, now: HubScene.now,
                primitives: .libcrypto)
        }
    }
}

extension Primitives {
    static let libcrypto = Primitives(
        sha256: SHA256.hash,
        hmacSHA256: { key, message in HMACSHA256(key: key).code(for: message) },
        decryptAES256CBC: { AES256CBC.decrypt($0, key: $1, vector: $2) },
        areEqual: { one, other in constantTimeEquals(one, other) })
}
