import Bytes
import HTTP1
import Log
import Trust

/// Finds out who asks, from what they show (WIRE §6).
public struct Authenticator: Sendable {
    private let tokens: TokenVerifier?
    private let tokenGrants: [Grant]
    private let certificateGrants: [Grant]?
    private let primitives: Primitives

    /// Makes one.
    ///
    /// - Parameters:
    ///   - tokens: Verifies JSON Web Tokens; `nil` where none are taken.
    ///   - tokenGrants: What a token grants that says nothing of it.
    ///   - certificateGrants: What a client's certificate grants; `nil` where none are taken.
    ///   - primitives: The functions to compare by.
    public init(
        tokens: TokenVerifier?, tokenGrants: [Grant], certificateGrants: [Grant]? = nil,
        primitives: Primitives
    ) {
        self.tokens = tokens
        self.tokenGrants = tokenGrants
        self.certificateGrants = certificateGrants
        self.primitives = primitives
    }

    /// Whether tokens or certificates are taken, so that the hub is not open though it has no key.
    public var asks: Bool { tokens != nil || certificateGrants != nil }

    /// Whether what the key of that fingerprint has verified is still believed.
    public func believes(_ tokenKey: UInt64) -> Bool { tokens?.has(tokenKey) ?? false }

    /// The subprotocol in which a browser shows a token: `campana.bearer.<token>`; never echoed.
    public static let subprotocolPrefix = "campana.bearer."

    /// Who asks.
    ///
    /// - Parameters:
    ///   - head: Of their request.
    ///   - certificate: Whom their certificate names; `nil` where they have shown none.
    ///   - keyring: All keys.
    ///   - now: The time.
    ///   - redeem: Takes a ticket, by its digest.
    /// - Returns: Who they are; ``Principal/nobody`` where they show nothing.
    /// - Throws: 401 for credentials that are not good, 400 for such in a place where they
    ///   get into logs.
    public func principal(
        of head: RequestHead, certificate: String?, keyring: Keyring, now: Timestamp,
        redeem: (_ digest: [UInt8]) -> Principal?
    ) throws(Problem) -> Principal {
        try Self.refuseQueryTokens(head.target)
        if let field = head.fields["authorization"] {
            return try principal(authorization: field, keyring: keyring, now: now)
        }
        if let token = Self.subprotocolToken(head) {
            return try principal(token: token, keyring: keyring, now: now)
        }
        guard let text = head.target.queryValue("ticket") else {
            guard let certificate, let certificateGrants else { return .nobody }
            return Principal(name: "cert:\(short(certificate))", grants: certificateGrants)
        }
        guard head.fields.hasMember("websocket", in: "upgrade") || head.target.path == "/stream"
        else {
            throw Problem(.invalidParameter, "ticket: one opens a WebSocket or /stream only")
        }
        guard let principal = redeem(primitives.sha256(Array(text.utf8))) else {
            throw .unauthenticated("the ticket was used, or is older than 30 s; ask for another")
        }
        return principal
    }

    /// Whose token or key it is.
    ///
    /// - Parameters:
    ///   - token: A JSON Web Token or an API key.
    ///   - keyring: All keys.
    ///   - now: The time.
    /// - Returns: Who they are.
    /// - Throws: 401.
    public func principal(
        token: String, keyring: Keyring, now: Timestamp
    ) throws(Problem) -> Principal {
        if token.hasPrefix(APIKey.prefix) {
            return try keyring.principal(of: token, now: now, primitives: primitives)
        }
        guard let tokens else {
            throw .unauthenticated("this hub takes keys that begin with \(APIKey.prefix) only")
        }
        let claims: TokenClaims
        do {
            claims = try tokens.verify(token, now: now)
        } catch {
            throw .unauthenticated(error.message)
        }
        return Principal(
            name: claims.subject.map { "sub:\(short($0))" } ?? "token",
            grants: try grants(claims), expires: claims.expires, tokenKey: claims.key)
    }

    /// The longest name of somebody that is kept as it is, in bytes.
    static let maxNameBytes = 128

    /// What a long name is called by: its beginning and its digest, so that no two are one.
    private func short(_ name: String) -> String {
        guard name.utf8.count > Self.maxNameBytes else { return name }
        var digest: [UInt8] = []
        digest.append(hex: primitives.sha256(Array(name.utf8)).suffix(16))
        return "\(name.prefix(64))…\(String(decoding: digest, as: UTF8.self))"
    }

    private func grants(_ claims: TokenClaims) throws(Problem) -> [Grant] {
        if claims.groups.isEmpty, claims.grants.isEmpty { return tokenGrants }
        do {
            let heard = claims.groups.map { "\(Action.subscribe.rawValue):\($0)" }
            return try Grant.parse(heard + claims.grants)
        } catch {
            throw .unauthenticated("groups or grants of the token cannot be read")
        }
    }

    /// RFC 9110 §11.4: a scheme in any case, and what it is about.
    private func principal(
        authorization field: String, keyring: Keyring, now: Timestamp
    ) throws(Problem) -> Principal {
        let parts = field.split(separator: " ", maxSplits: 1)
        let token = parts.count == 2 ? parts[1].drop { $0 == " " } : ""
        switch parts.first?.lowercased() {
        case "bearer": return try principal(token: String(token), keyring: keyring, now: now)
        case "apikey":
            return try keyring.principal(of: String(token), now: now, primitives: primitives)
        default: throw .unauthenticated("Authorization must be Bearer or ApiKey")
        }
    }

    private static func subprotocolToken(_ head: RequestHead) -> String? {
        guard let field = head.fields["sec-websocket-protocol"] else { return nil }
        for name in field.split(separator: ",") {
            let name = name.drop { $0 == " " || $0 == "\t" }
            guard name.hasPrefix(subprotocolPrefix) else { continue }
            return String(
                name.dropFirst(subprotocolPrefix.count).prefix { $0 != " " && $0 != "\t" })
        }
        return nil
    }

    /// URLs get into logs, histories and Referer: what is good for longer must not be in them.
    private static func refuseQueryTokens(_ target: RequestTarget) throws(Problem) {
        for (name, _) in target.query where refusedParameters.contains(name.lowercased()) {
            throw Problem(
                .invalidParameter,
                "\(name.lowercased()): credentials do not go into a URL; send Authorization, or get "
                    + "a ticket by POST /tickets and open the stream with ?ticket=")
        }
    }

    private static let refusedParameters: Set = [
        "access_token", "token", "bearer", "jwt", "api_key", "apikey", "authorization",
    ]
}
