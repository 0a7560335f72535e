import Crypto
import Trust

extension Primitives {
    /// The functions of libcrypto.
    static let libcrypto = Primitives(
        hmacSHA256: { key, message in HMACSHA256(key: key).code(for: message) },
        areEqual: { one, other in constantTimeEquals(one, other) })
}
