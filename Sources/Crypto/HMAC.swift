import COpenSSL

/// HMAC-SHA256 under one key (RFC 2104), for one thread.
///
/// The key is prepared once; a message then costs half of what it costs with the key.
@safe
public final class HMACSHA256 {
    /// The length of an authentication code, in bytes.
    public static let length = 32

    private let keyed: OpaquePointer

    /// Prepares a key.
    ///
    /// - Parameter key: Of any length; 32 bytes are as good as more.
    public init(key: [UInt8]) {
        guard let keyed = unsafe copenssl_hmac_sha256(key, key.count) else {
            fatalError("libcrypto has no HMAC-SHA256; is a provider missing from openssl.cnf?")
        }
        unsafe self.keyed = keyed
    }

    deinit { unsafe EVP_MAC_CTX_free(keyed) }

    /// The authentication code of `message`: 32 bytes.
    ///
    /// - Parameter message: What to authenticate.
    /// - Returns: The code; compare it by ``constantTimeEquals(_:_:)`` only.
    public func code(for message: [UInt8]) -> [UInt8] {
        guard let context = unsafe EVP_MAC_CTX_dup(keyed) else {
            fatalError("libcrypto is out of memory")
        }
        defer { unsafe EVP_MAC_CTX_free(context) }
        return unsafe [UInt8](unsafeUninitializedCapacity: Self.length) { code, count in
            let isDone =
                unsafe EVP_MAC_update(context, message, message.count) == 1
                && EVP_MAC_final(context, code.baseAddress, &count, Self.length) == 1
            precondition(isDone && count == Self.length, "libcrypto is out of memory")
        }
    }
}

/// Whether two byte strings are equal, in a time that does not tell where they differ.
///
/// Their lengths are no secret.
///
/// - Parameters:
///   - one: What came.
///   - other: What is right.
/// - Returns: Whether they are equal.
public func constantTimeEquals(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    guard one.count == other.count else { return false }
    return unsafe CRYPTO_memcmp(one, other, one.count) == 0
}
