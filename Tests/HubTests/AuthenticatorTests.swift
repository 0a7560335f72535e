import Bytes
import HTTP1
import Log
import Testing
import Trust

@testable import Hub

/// WIRE §6: where credentials may stand, where not, and which of several count.
@Suite("WIRE §6 Who asks, by what they show")
struct AuthenticatorTests {
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)
    private static let key = APIKey(
        id: [UInt8](repeating: 0xAB, count: 8), secret: [UInt8](repeating: 3, count: 32))
    private static let ring: Keyring = {
        var ring = Keyring()
        let record =
            #"{"id":"\#(key.id)","name":"caja","grants":["publish:caja"],"#
            + #""digest":"\#(Base64.encode(key.digest(.plain)))","#
            + #""created_at":"\#(now.rfc3339)","expires_at":"\#((now + .seconds(1)).rfc3339)"}"#
        if let record = KeyRecord(bytes(record)) { ring.add(record) }
        return ring
    }()
    private static let everything = (try? Grant.parse("write:**")) ?? []

    /// A token of these claims, whose signature is `good` or not.
    private static func token(_ claims: String, signature: String = "good") -> String {
        [#"{"alg":"EdDSA"}"#, claims, signature].map { Base64.encodeURL(bytes($0)) }
            .joined(separator: ".")
    }

    private static let ana = token(#"{"sub":"ana","exp":1700000060,"groups":["tasks"]}"#)

    private static func authenticator(
        tokens: Bool = true, certificates: [Grant]? = everything
    ) -> Authenticator {
        let key = TokenKey(id: nil, algorithm: .edDSA, fingerprint: 9) { signature, _ in
            signature == bytes("good")
        }
        let verifier = TokenVerifier(keys: [key], issuer: nil, audiences: [], leeway: .zero)
        return Authenticator(
            tokens: tokens ? verifier : nil, tokenGrants: everything,
            certificateGrants: certificates, primitives: .plain)
    }

    /// The name of who asks, or the status of the refusal.
    private func answer(
        _ target: String = "/tasks", _ fields: Fields = [:], certificate: String? = nil,
        by authenticator: Authenticator = authenticator(), at now: Timestamp = now
    ) throws -> String {
        var fields = fields
        fields.append("Host", "hub")
        let head = try RequestHead(
            method: .get, target: RequestTarget(target, method: .get), fields: fields)
        do {
            return try authenticator.principal(
                of: head, certificate: certificate, keyring: Self.ring, now: now
            ) { $0 == bytes("digest of tk_good") ? Principal(name: "ticket", grants: []) : nil }
            .name
        } catch {
            return "\(error.status.rawValue)"
        }
    }

    @Test("a name that is long is cut, and two that begin alike stay two")
    func longNames() throws {
        let beginning = String(repeating: "a", count: Authenticator.maxNameBytes)
        func name(_ subject: String) throws -> String {
            let token = Self.token(#"{"sub":"\#(subject)","exp":1700000060}"#)
            return try answer("/tasks", ["Authorization": "Bearer \(token)"])
        }
        #expect(try name(beginning) == "sub:\(beginning)")
        let (one, other) = (try name(beginning + "1"), try name(beginning + "2"))
        #expect(one != other)
        #expect(try one == name(beginning + "1"))
        #expect(one.hasPrefix("sub:aaaa") && one.utf8.count <= Authenticator.maxNameBytes)
        let certificates = try ["1", "2"].map { try answer(certificate: beginning + $0) }
        #expect(Set(certificates).count == 2)
    }

    private static let upgrade: Fields = ["Upgrade": "websocket"]

    @Test("each place, with what is good in it")
    func places() throws {
        let (key, ana) = (Self.key.text, Self.ana)
        let table: [(String, Fields, String)] = [
            ("/tasks", ["Authorization": "Bearer \(key)"], "key:caja"),
            ("/tasks", ["Authorization": "ApiKey \(key)"], "key:caja"),
            ("/tasks", ["Authorization": "bearer   \(ana)"], "sub:ana"),
            ("/ws", ["Sec-WebSocket-Protocol": "campana.v1, campana.bearer.\(key)"], "key:caja"),
            ("/ws", ["Sec-WebSocket-Protocol": "\tcampana.bearer.\(ana) , x"], "sub:ana"),
            ("/stream?ticket=tk_good", [:], "ticket"),
            ("/ws?ticket=tk_good", Self.upgrade, "ticket"),
            ("/tasks", [:], "nobody"), ("/tasks?tickets=x", [:], "nobody"),
            ("/ws", ["Sec-WebSocket-Protocol": "campana.v1"], "nobody"),
            ("/ws", ["Sec-WebSocket-Protocol": "Campana.Bearer.\(key)"], "nobody"),
            ("/tasks", ["Cookie": "token=\(key)"], "nobody"),
        ]
        for (target, fields, name) in table { #expect(try answer(target, fields) == name) }
        #expect(try answer(certificate: "spiffe://erp") == "cert:spiffe://erp")
        #expect(
            try answer(certificate: "erp", by: Self.authenticator(certificates: nil)) == "nobody")
    }

    @Test("what is not good is 401, and is never passed over for what would be")
    func notGood() throws {
        let (key, ana) = (Self.key.text, Self.ana)
        let other = APIKey(
            id: [UInt8](repeating: 0xAB, count: 8), secret: [UInt8](repeating: 4, count: 32)
        ).text
        let fields: [Fields] = [
            ["Authorization": ""], ["Authorization": "Bearer"], ["Authorization": "Bearer "],
            ["Authorization": key], ["Authorization": "Basic \(key)"],
            ["Authorization": "ApiKey \(ana)"], ["Authorization": "Bearer \(other)"],
            ["Authorization": "Bearer \(key)x"], ["Authorization": "Bearer \(key) x"],
            ["Authorization": "Bearer \(Self.token(#"{"exp":1700000060}"#, signature: "bad"))"],
            ["Authorization": "Bearer \(Self.token(#"{"exp":1700000000}"#))"],
            ["Authorization": "Bearer \(Self.token(#"{"exp":1700000060,"groups":["::"]}"#))"],
            ["Sec-WebSocket-Protocol": "campana.bearer."],
            ["Sec-WebSocket-Protocol": "campana.bearer.\(other)"],
        ]
        for fields in fields {
            #expect(try answer("/ws", fields) == "401", "\(fields)")
            // Neither by a certificate nor by a ticket behind it.
            #expect(try answer("/ws", fields, certificate: "erp") == "401")
            #expect(try answer("/stream?ticket=tk_good", fields) == "401")
        }
        #expect(try answer("/stream?ticket=tk_bad") == "401")
        #expect(try answer("/stream?ticket=", certificate: "erp") == "401")
        #expect(
            try answer(
                "/x", ["Authorization": "Bearer \(ana)"], by: Self.authenticator(tokens: false))
                == "401")
    }

    @Test("of several the first of Authorization, subprotocol, ticket and certificate counts")
    func precedence() throws {
        let protocols = "campana.bearer.\(Self.ana), campana.bearer.\(Self.key.text)"
        var all: Fields = ["Sec-WebSocket-Protocol": protocols]
        #expect(try answer("/stream?ticket=tk_good", all, certificate: "erp") == "sub:ana")
        all.append("Authorization", "Bearer \(Self.key.text)")
        #expect(try answer("/stream?ticket=tk_good", all, certificate: "erp") == "key:caja")
        #expect(try answer("/stream?ticket=tk_good", certificate: "erp") == "ticket")
        // Two fields of which one is good are none: who knows which a proxy has looked at?
        all.append("Authorization", "Bearer \(Self.key.text)")
        #expect(try answer("/tasks", all) == "401")
    }

    @Test(
        "URLs get into logs: no credential but a ticket, and that where a stream is opened",
        arguments: [
            "/tasks?token=x", "/ws?access_token=x", "/stream?api_key=x&groups=a", "/x?APIKEY=x",
            "/x?jwt=", "/x?Bearer=x", "/x?authorization=x", "/x?a=1&%74oken=x", "/x?to%6Ben",
            "/tasks?ticket=tk_good", "/publish?ticket=tk_good",
        ])
    func query(_ target: String) throws {
        #expect(try answer(target) == "400")
        #expect(
            try answer(target, ["Authorization": "Bearer \(Self.key.text)"])
                == (target.contains("ticket") ? "key:caja" : "400"))
    }

    @Test("a key is good before its end, and a token before its own")
    func ends() throws {
        let (key, token): (Fields, Fields) = (
            ["Authorization": "Bearer \(Self.key.text)"], ["Authorization": "Bearer \(Self.ana)"]
        )
        #expect(try answer("/x", key, at: Self.now + .milliseconds(999)) == "key:caja")
        #expect(try answer("/x", key, at: Self.now + .seconds(1)) == "401")
        #expect(try answer("/x", token, at: Self.now + .milliseconds(59_999)) == "sub:ana")
        #expect(try answer("/x", token, at: Self.now + .seconds(60)) == "401")
    }

    @Test("what a token grants, and which key has verified it")
    func principal() throws {
        let authenticator = Self.authenticator()
        func principal(_ claims: String) throws -> Principal {
            try authenticator.principal(
                token: Self.token(claims), keyring: Self.ring, now: Self.now)
        }
        let one = try principal(
            #"{"sub":"ana","exp":1700000060,"groups":["a:*"],"grants":["publish:b"]}"#)
        #expect(one.grants == (try Grant.parse(["subscribe:a:*", "publish:b"])))
        #expect(one.expires == Self.now + .seconds(60))
        #expect(one.tokenKey == 9 && one.keyID == nil)
        let two = try principal(#"{"exp":1700000060}"#)
        #expect(two.name == "token" && two.grants == Self.everything)
        #expect(authenticator.believes(9) && !authenticator.believes(8))
        #expect(!Self.authenticator(tokens: false).believes(9))
    }

    @Test("a hub asks where it takes tokens or certificates")
    func asks() {
        #expect(Self.authenticator(certificates: nil).asks)
        #expect(Self.authenticator(tokens: false).asks)
        #expect(!Self.authenticator(tokens: false, certificates: nil).asks)
    }
}
