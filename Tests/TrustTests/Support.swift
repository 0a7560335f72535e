import Bytes
import Crypto
import Log
import Trust

extension Primitives {
    /// The functions of libcrypto, as the server hands them in.
    static let libcrypto = Primitives(
        sha256: SHA256.hash,
        hmacSHA256: { key, message in HMACSHA256(key: key).code(for: message) },
        decryptAES256CBC: { AES256CBC.decrypt($0, key: $1, vector: $2) },
        areEqual: { one, other in constantTimeEquals(one, other) })
}

extension Timestamp {
    /// A moment in seconds since 1970.
    init(seconds: Int64, milliseconds: Int64 = 0) {
        self.init(milliseconds: seconds * 1000 + milliseconds)
    }
}

/// A signature over anything, as one who knows the secret could make it.
func forge(_ content: [UInt8], _ secret: WebhookSecret) -> String {
    let digits = secret.text.dropFirst(WebhookSecret.prefix.count)
    let key = Base64.decode(String(digits)) ?? []
    return Base64.encode(Primitives.libcrypto.hmacSHA256(key, content))
}
