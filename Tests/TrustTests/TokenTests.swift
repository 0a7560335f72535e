import Bytes
import Crypto
import Log
import Testing
import Trust

/// RFC 7519, RFC 7515 and RFC 8725, with tokens signed by HS256.
@Suite("RFC 7519 JSON Web Token")
struct TokenTests {
    static let secret = [UInt8](repeating: 7, count: 32)
    static let now = Timestamp(seconds: 1_700_000_000)

    static func token(
        _ payload: String, header: String = #"{"alg":"HS256","typ":"JWT"}"#,
        secret: [UInt8] = secret
    ) -> String {
        let message = [header, payload].map { Base64.encodeURL(Array($0.utf8)) }
            .joined(separator: ".")
        let code = HMACSHA256(key: secret).code(for: Array(message.utf8))
        return message + "." + Base64.encodeURL(code)
    }

    private func verdict(
        _ text: String, issuer: String? = nil, audiences: [String] = [],
        keys: [TokenKey]? = nil, leeway: Duration = .seconds(30)
    ) -> Result<TokenClaims, TokenFault> {
        let keys = keys ?? [TokenKey(secret: Self.secret, primitives: .libcrypto)].compactMap { $0 }
        let verifier = TokenVerifier(
            keys: keys, issuer: issuer, audiences: audiences, leeway: leeway)
        do {
            return .success(try verifier.verify(text, now: Self.now))
        } catch {
            return .failure(error)
        }
    }

    @Test("what a token says is read once it is believed")
    func claims() throws {
        let claims = try verdict(
            Self.token(
                #"{"sub":"ana","exp":1700000060,"groups":["a","b:*"],"grants":"publish:a"}"#)
        ).get()
        #expect(claims.subject == "ana")
        #expect(claims.expires == Timestamp(seconds: 1_700_000_090))
        #expect(claims.groups == ["a", "b:*"])
        #expect(claims.grants == ["publish:a"])
    }

    @Test("a key is recognized when it is read again, and what it has verified names it")
    func fingerprint() throws {
        let keys = [[UInt8](repeating: 1, count: 32), Self.secret].compactMap {
            TokenKey(secret: $0, primitives: .libcrypto)
        }
        let again = try #require(TokenKey(secret: Self.secret, primitives: .libcrypto))
        let claims = try verdict(Self.token(#"{"exp":1700000060}"#), keys: keys).get()
        #expect(claims.key == again.fingerprint)
        #expect(keys.map(\.fingerprint) != [again.fingerprint, again.fingerprint])
        let verifier = TokenVerifier(keys: [again], issuer: nil, audiences: [], leeway: .zero)
        #expect(keys.map { verifier.has($0.fingerprint) } == [false, true])
    }

    @Test(
        "§4.1 the claims, each at its bound and past it",
        arguments: [
            (#"{"sub":"a"}"#, .neverExpires),
            (#"{"exp":1699999970}"#, .expired), (#"{"exp":1699999970.001}"#, nil),
            (#"{"exp":1700000060,"nbf":1700000030}"#, nil),
            (#"{"exp":1700000060,"nbf":1700000030.001}"#, .notYetValid),
            (#"{"exp":1700000060,"iat":1700000030.001}"#, .notYetValid),
            (#"{"exp":1700000060,"aud":"other"}"#, .wrongAudience),
            (#"{"exp":"soon"}"#, .malformed), (#"{"exp":1,"exp":1700000060}"#, .malformed),
            (#"{"exp":1e300}"#, nil), (#"{"exp":-1e300}"#, .expired), ("[]", .malformed),
            (#"{"exp":1700000060} x"#, .malformed),
        ] as [(String, TokenFault?)])
    func bounds(payload: String, fault: TokenFault?) {
        switch verdict(Self.token(payload)) {
        case .success: #expect(fault == nil)
        case .failure(let error): #expect(error == fault)
        }
    }

    @Test("§4.1.1, §4.1.3 issuer and audience are held to where they are configured")
    func addressees() {
        let token = Self.token(#"{"exp":1700000060,"iss":"us","aud":["x","hub"]}"#)
        let bare = Self.token(#"{"exp":1700000060}"#)
        #expect(throws: Never.self) { try verdict(token, issuer: "us", audiences: ["hub"]).get() }
        #expect(verdict(token, issuer: "us", audiences: ["h"]) == .failure(.wrongAudience))
        #expect(verdict(token, issuer: "them", audiences: ["hub"]) == .failure(.wrongIssuer))
        #expect(verdict(bare, audiences: ["hub"]) == .failure(.wrongAudience))
        #expect(verdict(bare, issuer: "us") == .failure(.wrongIssuer))
    }

    @Test(
        "RFC 8725 §3.1 the key decides how, and nothing that is not known is overlooked",
        arguments: [
            (#"{"alg":"none"}"#, .unknownKey), (#"{"alg":"RS256"}"#, .unknownKey),
            (#"{"alg":"hs256"}"#, .unknownKey), ("{}", .unknownKey), ("x", .malformed),
            (#"{"alg":"HS256","crit":["exp"]}"#, .criticalExtension),
        ] as [(String, TokenFault)])
    func headers(header: String, fault: TokenFault) {
        #expect(
            verdict(Self.token(#"{"exp":1700000060}"#, header: header)) == .failure(fault))
    }

    @Test("a key is chosen by its kid, where both have one")
    func keyIDs() {
        let payload = #"{"exp":1700000060}"#
        let named = Self.token(payload, header: #"{"alg":"HS256","kid":"b"}"#)
        func key(_ id: String?, _ fits: Bool) -> TokenKey {
            TokenKey(id: id, algorithm: .hs256, fingerprint: 0) { _, _ in fits }
        }
        #expect(throws: Never.self) {
            try verdict(named, keys: [key("a", false), key("b", true)]).get()
        }
        #expect(verdict(named, keys: [key("a", true)]) == .failure(.unknownKey))
        #expect(throws: Never.self) { try verdict(named, keys: [key(nil, true)]).get() }
        #expect(throws: Never.self) {
            try verdict(Self.token(payload), keys: [key("a", true)]).get()
        }
        #expect(verdict(named, keys: []) == .failure(.unknownKey))
    }

    @Test(
        "what is no token, or another's, is refused",
        arguments: [
            ("", .malformed), ("..", .malformed), ("a.b", .malformed), ("a.b.c.d", .malformed),
            (token(#"{"exp":1700000060}"#, secret: [1]), .wrongSignature),
            (token(#"{"exp":1700000060}"#) + "A", .wrongSignature),
            (token(#"{"exp":1700000060}"#) + "=", .malformed),
            (String(repeating: "a", count: TokenVerifier.maxBytes + 1), .tooLong),
            (String(repeating: "a", count: TokenVerifier.maxBytes), .malformed),
        ] as [(String, TokenFault)])
    func refused(text: String, fault: TokenFault) {
        #expect(verdict(text) == .failure(fault))
    }

    @Test("a secret has 32 bytes at least")
    func secretLength() {
        #expect(TokenKey(secret: [UInt8](repeating: 1, count: 31), primitives: .libcrypto) == nil)
        #expect(TokenKey(secret: [UInt8](repeating: 1, count: 32), primitives: .libcrypto) != nil)
    }
}

@Suite("API keys")
struct APIKeyTests {
    private let key = APIKey(
        id: [UInt8](0..<8), secret: [UInt8](repeating: 0xFF, count: 32))

    @Test("a key is its prefix, its id and its secret, and is read back")
    func form() throws {
        #expect(key.id == "0001020304050607")
        #expect(key.text.hasPrefix("sk_0001020304050607_"))
        let read = try #require(APIKey(key.text))
        #expect(read.id == key.id)
        #expect(read.digest(.libcrypto) == SHA256.hash(Array(key.text.utf8)))
    }

    @Test(
        "what is not of this form is no key",
        arguments: [
            "", "sk_", "sk_live_abc123def456",
            "pk_0001020304050607_" + String(repeating: "a", count: 43),
            "sk_000102030405060g_" + String(repeating: "a", count: 43),
            "sk_0001020304050607-" + String(repeating: "a", count: 43),
            "sk_0001020304050607_" + String(repeating: "a", count: 42),
            "sk_0001020304050607_" + String(repeating: "a", count: 44),
        ])
    func malformed(text: String) { #expect(APIKey(text) == nil) }
}

@Suite("RFC 7517 JSON Web Key Set")
struct KeySetTests {
    @Test("keys that verify signatures are taken, others are left out")
    func kinds() throws {
        let set = #"""
            {"keys":[
            {"kty":"RSA","kid":"r","n":"AQ","e":"AQAB"},{"kty":"RSA","alg":"RS512","n":"AQ","e":"AQAB"},
            {"kty":"EC","crv":"P-256","x":"AQ","y":"Ag"},{"kty":"EC","crv":"P-384","x":"AQ","y":"Ag"},
            {"kty":"OKP","crv":"Ed25519","x":"Aw","use":"sig"},
            {"kty":"OKP","crv":"Ed25519","x":"Aw","use":"enc"},{"kty":"oct","k":"AQ"}]}
            """#
        let keys = try SetKey.read(Array(set.utf8))
        #expect(keys.map(\.id) == ["r", nil, nil])
        #expect(
            keys.map(\.material) == [
                .rsa(modulus: [1], exponent: [1, 0, 1]), .p256(x: [1], y: [2]), .ed25519([3]),
            ])
    }

    @Test(
        "a fault is named by its place",
        arguments: [
            ("[]", ""), (#"{"keys":1}"#, "/keys"), (#"{"keys":[1]}"#, "/keys/0"),
            (#"{"keys":[{"kty":"RSA","e":"AQAB"}]}"#, "/keys/0/n"),
            (#"{"kty":"OKP","crv":"Ed25519","x":"A="}"#, "/x"),
        ])
    func faults(json: String, pointer: String) {
        do {
            _ = try SetKey.read(Array(json.utf8))
            Issue.record("was read")
        } catch {
            #expect(error.pointer == pointer)
        }
    }
}
