import Bytes
import JSON
import Log

/// How a token is signed (RFC 7518 §3.1, RFC 8037 §3.1); `none` is no way.
public enum TokenAlgorithm: String, CaseIterable, Sendable {
    case hs256 = "HS256"
    case rs256 = "RS256"
    case es256 = "ES256"
    case edDSA = "EdDSA"
}

/// One key that tokens are verified with.
///
/// It has one algorithm, by its kind. A token can choose among keys, never how a key is used:
/// a public key is not taken for a secret (RFC 8725 §3.1).
public struct TokenKey: Sendable {
    /// `kid` of a key set; `nil` where it has none.
    public var id: String?
    public var algorithm: TokenAlgorithm
    /// Tells it from other keys, and is the same when the key is read again; no secret.
    public var fingerprint: UInt64
    var verify: @Sendable (_ signature: [UInt8], _ message: [UInt8]) -> Bool

    /// Takes a public key.
    ///
    /// - Parameters:
    ///   - id: Its `kid`.
    ///   - algorithm: The one that belongs to its kind.
    ///   - fingerprint: What it is recognized by; see ``fingerprint(of:primitives:)``.
    ///   - verify: Whether a signature fits a message.
    public init(
        id: String?, algorithm: TokenAlgorithm, fingerprint: UInt64,
        verify: @escaping @Sendable (_ signature: [UInt8], _ message: [UInt8]) -> Bool
    ) {
        self.id = id
        self.algorithm = algorithm
        self.fingerprint = fingerprint
        self.verify = verify
    }

    /// What a key of these bytes is recognized by: the head of their digest, which is enough for
    /// the few keys that an operator has, and tells nothing of a secret.
    public static func fingerprint(of key: [UInt8], primitives: Primitives) -> UInt64 {
        primitives.sha256(key).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The shortest secret (RFC 7518 §3.2: as long as the digest).
    public static let leastSecretBytes = 32

    /// Takes a secret for HS256; `nil` where it is too short.
    public init?(secret: [UInt8], primitives: Primitives) {
        guard secret.count >= Self.leastSecretBytes else { return nil }
        self.init(
            id: nil, algorithm: .hs256,
            fingerprint: Self.fingerprint(of: secret, primitives: primitives)
        ) { signature, message in
            primitives.areEqual(signature, primitives.hmacSHA256(secret, message))
        }
    }
}

/// What a token says once it is believed (RFC 7519 §4).
public struct TokenClaims: Equatable, Sendable {
    /// Its `sub`.
    public var subject: String?
    /// `exp`: from then on it is not believed.
    public var expires: Timestamp
    /// `groups`: what its bearer may hear.
    public var groups: [String]
    /// `grants`: what else its bearer may.
    public var grants: [String]
    /// The fingerprint of the key that it was verified with.
    public var key: UInt64
}

/// Verifies JSON Web Tokens (RFC 7519) in the compact form of JWS (RFC 7515 §3.1).
public struct TokenVerifier: Sendable {
    /// The longest token, in bytes.
    public static let maxBytes = 8192
    /// The most keys: those in use, and those on their way in or out.
    public static let maxKeys = 16

    private let keys: [TokenKey]
    private let issuer: String?
    private let audiences: [String]
    /// How far other clocks may be from this one.
    public let leeway: Duration

    /// Makes a verifier.
    ///
    /// - Parameters:
    ///   - keys: Any of which will do.
    ///   - issuer: What `iss` must be; `nil` for anything.
    ///   - audiences: One of which `aud` must name, where it is there.
    ///   - leeway: How far other clocks may be from this one.
    public init(keys: [TokenKey], issuer: String?, audiences: [String], leeway: Duration) {
        self.keys = keys
        self.issuer = issuer
        self.audiences = audiences
        self.leeway = leeway
    }

    /// Whether it verifies by that key.
    public func has(_ fingerprint: UInt64) -> Bool {
        keys.contains { $0.fingerprint == fingerprint }
    }

    /// Holds a token to its signature, its times, and whom it is for.
    ///
    /// - Parameters:
    ///   - text: The token.
    ///   - now: The time.
    /// - Returns: What it says.
    /// - Throws: Why it is not believed.
    public func verify(_ text: String, now: Timestamp) throws(TokenFault) -> TokenClaims {
        guard text.utf8.count <= Self.maxBytes else { throw .tooLong }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64.decodeURL(String(parts[0])),
            let payload = Base64.decodeURL(String(parts[1])),
            let signature = Base64.decodeURL(String(parts[2]))
        else { throw .malformed }
        let key = try verify(
            try TokenHeader(header), signature, of: Array("\(parts[0]).\(parts[1])".utf8))
        return try check(try TokenPayload(payload), now, by: key)
    }

    /// RFC 8725 §3.1: the key decides how; what the token says must only agree.
    private func verify(
        _ header: TokenHeader, _ signature: [UInt8], of message: [UInt8]
    ) throws(TokenFault) -> TokenKey {
        let candidates = keys.filter { key in
            key.algorithm == header.algorithm
                && (key.id == nil || header.keyID == nil || key.id == header.keyID)
        }
        guard !candidates.isEmpty else { throw .unknownKey }
        guard let key = candidates.first(where: { $0.verify(signature, message) }) else {
            throw .wrongSignature
        }
        return key
    }

    private func check(
        _ payload: TokenPayload, _ now: Timestamp, by key: TokenKey
    ) throws(TokenFault) -> TokenClaims {
        // §4.1.4: "on or after which the JWT MUST NOT be accepted"
        guard let expires = payload.expires else { throw .neverExpires }
        guard now < expires + leeway else { throw .expired }
        // §4.1.5, §4.1.6
        for start in [payload.notBefore, payload.issuedAt] {
            if let start, start > now + leeway { throw .notYetValid }
        }
        if let issuer, payload.issuer != issuer { throw .wrongIssuer }
        // §4.1.3: where it names others only, it MUST be rejected.
        if let named = payload.audiences {
            guard named.contains(where: audiences.contains) else { throw .wrongAudience }
        } else if !audiences.isEmpty {
            throw .wrongAudience
        }
        return TokenClaims(
            subject: payload.subject, expires: expires + leeway, groups: payload.groups,
            grants: payload.grants, key: key.fingerprint)
    }
}

/// Why a token is not believed.
public enum TokenFault: Error, Equatable, Sendable {
    case tooLong
    /// Not three parts, or a part that cannot be read.
    case malformed
    /// No key here is of its algorithm and `kid`.
    case unknownKey
    /// It asks for an extension that is not known (RFC 7515 §4.1.11).
    case criticalExtension
    case wrongSignature
    case neverExpires
    case expired
    case notYetValid
    case wrongIssuer
    case wrongAudience

    /// What to tell its bearer; without a quote, for it stands in a field.
    public var message: String {
        switch self {
        case .tooLong: "the token is longer than \(TokenVerifier.maxBytes) bytes"
        case .malformed: "the token is not a JWT"
        case .unknownKey: "no key is known here that the token could be signed with"
        case .criticalExtension: "the token asks for an extension that is not known here"
        case .wrongSignature: "the signature of the token is wrong"
        case .neverExpires: "the token has no exp"
        case .expired: "the token has expired"
        case .notYetValid: "the token is not valid yet"
        case .wrongIssuer: "the token is of another issuer"
        case .wrongAudience: "the token is for another audience"
        }
    }
}

/// What RFC 7515 §4.1 has in a header.
private struct TokenHeader {
    var algorithm: TokenAlgorithm
    var keyID: String?

    init(_ json: [UInt8]) throws(TokenFault) {
        var name: String?
        var keyID: String?
        var hasCritical = false
        do {
            var reader = Reader(json, limits: Limits(maxBytes: TokenVerifier.maxBytes))
            try reader.readObject { member, reader throws(JSONError) in
                switch member {
                case "alg": name = try reader.readString()
                case "kid": keyID = try reader.readString()
                case "crit": hasCritical = true
                default: break
                }
            }
            try reader.finish()
        } catch {
            throw .malformed
        }
        guard !hasCritical else { throw .criticalExtension }
        guard let algorithm = name.flatMap(TokenAlgorithm.init) else { throw .unknownKey }
        self.algorithm = algorithm
        self.keyID = keyID
    }
}

/// RFC 7519 §4.1, and what this hub grants by.
private struct TokenPayload {
    var subject: String?
    var issuer: String?
    var audiences: [String]?
    var expires: Timestamp?
    var notBefore: Timestamp?
    var issuedAt: Timestamp?
    var groups: [String] = []
    var grants: [String] = []

    init(_ json: [UInt8]) throws(TokenFault) {
        do {
            var reader = Reader(json, limits: Limits(maxBytes: TokenVerifier.maxBytes))
            try reader.readObject { name, reader throws(JSONError) in
                switch name {
                case "sub": subject = try reader.readString()
                case "iss": issuer = try reader.readString()
                case "aud": audiences = try Self.strings(&reader)
                case "exp": expires = try Self.date(&reader)
                case "nbf": notBefore = try Self.date(&reader)
                case "iat": issuedAt = try Self.date(&reader)
                case "groups": groups = try Self.strings(&reader)
                case "grants": grants = try Self.strings(&reader)
                default: break
                }
            }
            try reader.finish()
        } catch {
            throw .malformed
        }
    }

    /// One string, or several.
    private static func strings(_ reader: inout Reader) throws(JSONError) -> [String] {
        guard try reader.peekKind() == .array else { return [try reader.readString()] }
        var strings: [String] = []
        try reader.readArray { reader throws(JSONError) in
            strings.append(try reader.readString())
        }
        return strings
    }

    /// NumericDate (§2): seconds, perhaps with a fraction; what is too far off is at the end.
    private static func date(_ reader: inout Reader) throws(JSONError) -> Timestamp {
        let seconds = try reader.readDouble()
        return Timestamp(milliseconds: Int64(min(max(seconds, -1e14), 1e14) * 1000))
    }
}
