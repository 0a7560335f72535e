import Bytes
import Crypto
import Log
import Testing
import Trust

/// Seed 003, "crypto_service.py": AES-256-CBC, HMAC-SHA256, timestamp and nonce.
@Suite("Service messages")
struct ServiceMessageTests {
    static let encryption = [UInt8](repeating: 1, count: 32)
    static let authentication = [UInt8](repeating: 2, count: 32)
    static let vector = [UInt8](repeating: 3, count: 16)
    static let now = Timestamp(seconds: 1_700_000_000)

    static func keys(_ encryption: UInt8 = 1, _ authentication: UInt8 = 2) throws -> ServiceKeys {
        try #require(
            ServiceKeys(
                encryption: [UInt8](repeating: encryption, count: 32),
                authentication: [UInt8](repeating: authentication, count: 32)))
    }

    static func seal(_ text: String) -> String {
        let cipher = AES256CBC.encrypt(Array(text.utf8), key: encryption, vector: vector)
        let code = HMACSHA256(key: authentication).code(for: vector + cipher)
        return [vector, cipher, code].map(Base64.encode).joined(separator: ":")
    }

    private func open(
        _ text: String, _ keys: [ServiceKeys], at now: Timestamp = now
    ) -> Result<ServiceMessage, ServiceFault> {
        do {
            return .success(
                try ServiceMessage(opening: text, keys: keys, now: now, primitives: .libcrypto))
        } catch {
            return .failure(error)
        }
    }

    @Test(
        "a message says its data, its time and its nonce",
        arguments: [
            ("1700000000", 0), ("1700000000.25", 250), (#""2023-11-14T22:13:20Z""#, 0),
            (#""2023-11-14T22:13:20.125000""#, 125), (#""2023-11-14T17:13:20-05:00""#, 0),
        ])
    func opened(time: String, milliseconds: Int64) throws {
        let text = #"{"data": {"a": [1, 2]}, "timestamp": \#(time), "nonce": "n-1234567"}"#
        let message = try open(Self.seal(text), [Self.keys()]).get()
        #expect(message.data == Array(#"{"a":[1,2]}"#.utf8))
        #expect(message.nonce == "n-1234567")
        #expect(message.timestamp.milliseconds == 1_700_000_000_000 + milliseconds)
    }

    @Test(
        "300 s either way are taken, and no more",
        arguments: [
            (-300_001, .fromTheFuture), (-300_000, nil), (300_000, nil), (300_001, .tooOld),
        ] as [(Int64, ServiceFault?)])
    func age(milliseconds: Int64, fault: ServiceFault?) throws {
        let sealed = Self.seal(#"{"data":1,"timestamp":1700000000,"nonce":"n-1234567"}"#)
        let now = Timestamp(seconds: 1_700_000_000, milliseconds: milliseconds)
        let verdict = open(sealed, [try Self.keys()], at: now)
        if let fault {
            #expect(verdict == .failure(fault))
        } else {
            #expect(throws: Never.self) { try verdict.get() }
        }
    }

    @Test("every byte that is changed is noticed, before anything is decrypted")
    func tampering() throws {
        let keys = [try Self.keys()]
        let sealed = Self.seal(#"{"data":1,"timestamp":1700000000,"nonce":"n-1234567"}"#)
        let parts = sealed.split(separator: ":").map { Base64.decode(String($0)) ?? [] }
        for part in parts.indices {
            for index in parts[part].indices {
                var changed = parts
                changed[part][index] ^= 1
                let text = changed.map(Base64.encode).joined(separator: ":")
                #expect(open(text, keys) == .failure(.tampered))
            }
        }
    }

    @Test("keys are changed without a gap: a message under any of them is opened")
    func rotation() throws {
        let sealed = Self.seal(#"{"data":1,"timestamp":1700000000,"nonce":"n-1234567"}"#)
        let (new, old) = (try Self.keys(7, 8), try Self.keys())
        #expect(throws: Never.self) { try open(sealed, [new, old]).get() }
        #expect(open(sealed, [new]) == .failure(.tampered))
        #expect(open(sealed, []) == .failure(.tampered))
    }

    @Test(
        "what is not three base64 texts is malformed",
        arguments: [
            "", "::", "a:b", "AAAA:AAAA:AAAA", "AAAAAAAAAAAAAAAAAAAAAA==:AAAA:!",
            "AAAAAAAAAAAAAAAAAAAAAA==::AAAA", "AAAAAAAAAAAAAAAAAAAAAA==:AAAA:AAAA:AAAA",
        ])
    func malformed(text: String) throws {
        #expect(open(text, [try Self.keys()]) == .failure(.malformed))
    }

    @Test(
        "what was opened must be whole",
        arguments: [
            "[]", "{}", #"{"data":1,"nonce":"n-1234567"}"#,
            #"{"data":1,"timestamp":"soon","nonce":"n-1234567"}"#,
            #"{"data":1,"timestamp":1e300,"nonce":"n-1234567"}"#,
            #"{"data":1,"timestamp":1700000000,"nonce":"1234567"}"#,
            #"{"data":1,"timestamp":1700000000,"nonce":"with space"}"#,
            #"{"timestamp":1700000000,"nonce":"n-1234567"}"#,
            #"{"data":1,"timestamp":1700000000,"nonce":"n-1234567"} x"#,
        ])
    func content(text: String) throws {
        guard case .failure(.contentMalformed) = open(Self.seal(text), [try Self.keys()]) else {
            Issue.record("was opened")
            return
        }
    }

    @Test("a cipher text whose padding is wrong is tampered with, though its code be right")
    func padding() throws {
        let cipher = [UInt8](repeating: 9, count: 16)
        let code = HMACSHA256(key: Self.authentication).code(for: Self.vector + cipher)
        let text = [Self.vector, cipher, code].map(Base64.encode).joined(separator: ":")
        #expect(open(text, [try Self.keys()]) == .failure(.tampered))
    }

    @Test("keys have 32 bytes and differ")
    func keys() {
        let key = [UInt8](repeating: 1, count: 32)
        let short = [UInt8](repeating: 2, count: 31)
        #expect(ServiceKeys(encryption: key, authentication: key) == nil)
        #expect(ServiceKeys(encryption: key, authentication: short) == nil)
        #expect(ServiceKeys(encryption: short, authentication: key) == nil)
    }

    @Test("a token is one of several", arguments: [("a", true), ("b", true), ("c", false)])
    func token(text: String, isOne: Bool) {
        let tokens = [Array("a".utf8), Array("b".utf8)]
        #expect(
            ServiceMessage.isToken(text, oneOf: tokens, primitives: .libcrypto) == isOne)
    }
}
