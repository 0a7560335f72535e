import Crypto
import Trust

extension Primitives {
    /// The functions of libcrypto.
    static let libcrypto = Primitives(
        sha256: SHA256.hash,
        hmacSHA256: { key, message in HMACSHA256(key: key).code(for: message) },
        decryptAES256CBC: { AES256CBC.decrypt($0, key: $1, vector: $2) },
        areEqual: { one, other in constantTimeEquals(one, other) })
}
