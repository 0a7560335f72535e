import Log
import Testing
import Trust

/// Standard Webhooks 1.0, with the example of its specification and libraries.
@Suite("Standard Webhooks")
struct StandardWebhookTests {
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    static let other = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
    static let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    static let seconds: Int64 = 1_614_265_330
    static let payload = Array(#"{"test": 2432232314}"#.utf8)
    static let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    static let headers = StandardWebhook.Headers(
        id: id, timestamp: "\(seconds)", signature: signature)

    static func scheme(_ secrets: String...) throws -> StandardWebhook {
        StandardWebhook(
            secrets: try secrets.map { text throws(WebhookSecretError) in
                try WebhookSecret(text)
            }, primitives: .libcrypto)
    }

    private func verdict(
        _ headers: StandardWebhook.Headers, payload: [UInt8] = payload,
        at now: Timestamp = Timestamp(seconds: seconds), _ scheme: StandardWebhook
    ) -> WebhookFault? {
        do {
            try scheme.verify(payload, headers: headers, now: now)
            return nil
        } catch {
            return error
        }
    }

    @Test("the example of the reference libraries")
    func example() throws {
        let scheme = try Self.scheme(Self.secret)
        let now = Timestamp(seconds: Self.seconds, milliseconds: 999)
        #expect(scheme.sign(Self.payload, id: Self.id, now: now) == Self.headers)
        #expect(verdict(Self.headers, scheme) == nil)
    }

    @Test(
        "300 s either way are taken, and no more",
        arguments: [
            (-300_001, .fromTheFuture), (-300_000, nil), (0, nil), (300_000, nil),
            (300_999, nil), (301_000, .tooOld),
        ] as [(Int64, WebhookFault?)])
    func age(milliseconds: Int64, fault: WebhookFault?) throws {
        let now = Timestamp(seconds: Self.seconds, milliseconds: milliseconds)
        #expect(try verdict(Self.headers, at: now, Self.scheme(Self.secret)) == fault)
    }

    @Test("any signature by any secret will do, so that secrets can be changed")
    func rotation() throws {
        let (old, new) = (try Self.scheme(Self.secret), try Self.scheme(Self.other))
        let both = try Self.scheme(Self.other, Self.secret)
        let now = Timestamp(seconds: Self.seconds)
        let signed = both.sign(Self.payload, id: Self.id, now: now)
        #expect(signed.signature.split(separator: " ").count == 2)
        #expect(verdict(signed, old) == nil)
        #expect(verdict(signed, new) == nil)
        #expect(verdict(Self.headers, both) == nil)
        #expect(verdict(Self.headers, new) == .wrongSignature)
    }

    struct Forgery: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var fault: WebhookFault
        var headers = StandardWebhookTests.headers

        init(_ name: String, _ fault: WebhookFault, _ forge: (inout Self) -> Void) {
            testDescription = name
            self.fault = fault
            forge(&self)
        }
    }

    @Test(
        "what was changed is not believed",
        arguments: [
            Forgery("another id", .wrongSignature) { $0.headers.id = "msg_other" },
            Forgery("another time", .wrongSignature) { $0.headers.timestamp = "1614265331" },
            Forgery("no id", .malformed("webhook-id")) { $0.headers.id = "" },
            Forgery("an id with a dot, for it could hide a timestamp", .malformed("webhook-id")) {
                $0.headers.id = "msg.1614265330"
            },
            Forgery("an id past the bound", .malformed("webhook-id")) {
                $0.headers.id = String(repeating: "a", count: StandardWebhook.maxIDBytes + 1)
            },
            Forgery("an id with a space", .malformed("webhook-id")) { $0.headers.id = "a b" },
            Forgery("no signature", .wrongSignature) { $0.headers.signature = "" },
            Forgery("of another version", .wrongSignature) {
                $0.headers.signature = "v1a," + $0.headers.signature.dropFirst(3)
            },
            Forgery("cut short", .wrongSignature) {
                $0.headers.signature = "v1,g0hM9SsE+OTPJTGt"
            },
            Forgery("more signatures than the bound", .malformed("webhook-signature")) {
                let all = repeatElement($0.headers.signature, count: 9)
                $0.headers.signature = all.joined(separator: " ")
            },
        ])
    func forged(_ forgery: Forgery) throws {
        #expect(try verdict(forgery.headers, Self.scheme(Self.secret)) == forgery.fault)
    }

    @Test("a body that was changed by a byte is not believed")
    func body() throws {
        let scheme = try Self.scheme(Self.secret)
        let changed = Self.payload + [0x20]
        #expect(verdict(Self.headers, payload: changed, scheme) == .wrongSignature)
    }

    @Test(
        "a timestamp that is no number is refused, signed or not",
        arguments: ["", "1614265330.5", "-1", "+1", "99999999999999999999", "9999999999999999999"])
    func timestamp(text: String) throws {
        let scheme = try Self.scheme(Self.secret)
        var headers = Self.headers
        headers.timestamp = text
        #expect(verdict(headers, scheme) == .wrongSignature)
        let content = Array("\(Self.id).\(text).".utf8) + Self.payload
        let key = try WebhookSecret(Self.secret)
        headers.signature = "v1," + forge(content, key)
        #expect(verdict(headers, scheme) == .malformed("webhook-timestamp"))
    }

    @Test("an id at the bound and eight signatures are taken")
    func bounds() throws {
        let scheme = try Self.scheme(Self.secret)
        let id = String(repeating: "a", count: StandardWebhook.maxIDBytes)
        var headers = scheme.sign(Self.payload, id: id, now: Timestamp(seconds: Self.seconds))
        headers.signature = "v9,x v1,!! " + headers.signature + " a b c d e"
        #expect(verdict(headers, scheme) == nil)
    }

    @Test(
        "a secret is base64 of 24 to 64 bytes",
        arguments: [
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", nil),
            ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", nil),
            ("whsec_", .wrongLength(bytes: 0)),
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaQ=", .wrongLength(bytes: 23)),
            ("whsec_%", .notBase64),
        ] as [(String, WebhookSecretError?)])
    func secrets(text: String, fault: WebhookSecretError?) {
        do {
            _ = try WebhookSecret(text)
            #expect(fault == nil)
        } catch {
            #expect(error == fault)
        }
    }

    @Test("a key of 64 bytes is taken, of 65 it is not, and its text gives it back")
    func keyLengths() throws {
        let longest = try WebhookSecret(key: [UInt8](repeating: 7, count: 64))
        #expect(try WebhookSecret(longest.text) == longest)
        #expect(throws: WebhookSecretError.wrongLength(bytes: 65)) {
            try WebhookSecret(key: [UInt8](repeating: 7, count: 65))
        }
    }
}
