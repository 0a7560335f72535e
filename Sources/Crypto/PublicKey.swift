import COpenSSL

/// A public key that signatures are verified with; its type decides how.
///
/// It is `Sendable` because libcrypto reads a key without changing it, and counts its
/// references by atomics.
@safe
public final class PublicKey: @unchecked Sendable {
    /// What the key is for; there is one way to sign with each.
    public enum Kind: Equatable, Sendable {
        /// PKCS #1 v1.5 with SHA-256 (RFC 8017 §8.2).
        case rsa
        /// ECDSA over P-256 with SHA-256; a signature is `r` and `s`, 32 bytes each (RFC 7518 §3.4).
        case p256
        /// RFC 8032 §5.1.
        case ed25519
    }

    /// The shortest modulus that is taken (RFC 7518 §3.3).
    public static let leastRSABits = 2048
    /// The longest, for the work grows with its square.
    public static let mostRSABits = 8192

    public let kind: Kind
    /// The key as SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7): the same for the same key,
    /// whichever form it was read from.
    public let encoded: [UInt8]
    private let key: OpaquePointer

    private init?(owning key: OpaquePointer?) {
        guard let key = unsafe key else { return nil }
        guard let kind = unsafe Self.kind(of: key) else {
            unsafe EVP_PKEY_free(key)
            return nil
        }
        self.kind = kind
        encoded = unsafe Self.encode(key)
        unsafe self.key = key
    }

    deinit { unsafe EVP_PKEY_free(key) }

    private static func encode(_ key: OpaquePointer) -> [UInt8] {
        let count = Int(max(unsafe i2d_PUBKEY(key, nil), 0))
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { output, written in
            var end = output.baseAddress
            written = Int(max(unsafe i2d_PUBKEY(key, &end), 0))
        }
    }

    private static func kind(of key: OpaquePointer) -> Kind? {
        if unsafe EVP_PKEY_is_a(key, "RSA") == 1 {
            let bits = unsafe Int(EVP_PKEY_get_bits(key))
            return (leastRSABits...mostRSABits).contains(bits) ? .rsa : nil
        }
        if unsafe EVP_PKEY_is_a(key, "EC") == 1 {
            return unsafe copenssl_is_p256(key) == 1 ? .p256 : nil
        }
        return unsafe EVP_PKEY_is_a(key, "ED25519") == 1 ? .ed25519 : nil
    }

    /// Takes an RSA key.
    ///
    /// - Parameters:
    ///   - modulus: Big-endian, 2048 to 8192 bits.
    ///   - exponent: Big-endian.
    public convenience init?(rsaModulus modulus: [UInt8], exponent: [UInt8]) {
        guard modulus.count <= Self.mostRSABits / 8 + 1, exponent.count <= 8 else { return nil }
        let key = unsafe copenssl_rsa_key(modulus, modulus.count, exponent, exponent.count)
        unsafe self.init(owning: key)
    }

    /// Takes a point of P-256.
    ///
    /// - Parameters:
    ///   - x: 32 bytes, big-endian.
    ///   - y: 32 bytes, big-endian.
    public convenience init?(p256X x: [UInt8], y: [UInt8]) {
        guard x.count == 32, y.count == 32 else { return nil }
        let point = [0x04] + x + y
        unsafe self.init(owning: copenssl_p256_key(point, point.count))
    }

    /// Takes a key of Ed25519: 32 bytes.
    public convenience init?(ed25519 bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        let key = unsafe EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, bytes, bytes.count)
        unsafe self.init(owning: key)
    }

    /// The public keys of a PEM text (RFC 7468 §13), one behind the other.
    ///
    /// - Parameter pem: The text.
    /// - Returns: The keys; `nil` where there is none, or one is of a kind that is not taken.
    public static func keys(pem: [UInt8]) -> [PublicKey]? {
        guard let length = Int32(exactly: pem.count),
            let text = unsafe BIO_new_mem_buf(pem, length)
        else { return nil }
        defer { unsafe BIO_free_all(text) }
        var keys: [PublicKey] = []
        while let key = unsafe copenssl_pem_key(text) {
            guard let key = unsafe PublicKey(owning: key) else { return nil }
            keys.append(key)
        }
        return keys.isEmpty ? nil : keys
    }

    /// Whether a signature fits a message under this key.
    ///
    /// - Parameters:
    ///   - signature: As JWS writes it (RFC 7515 §3).
    ///   - message: What was signed.
    /// - Returns: Whether it fits.
    public func verify(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        switch kind {
        case .rsa: return verify("SHA256", signature, message)
        case .ed25519: return verify(nil, signature, message)
        case .p256:
            guard signature.count == 64 else { return false }
            return verify("SHA256", Self.der(signature), message)
        }
    }

    private func verify(_ digest: String?, _ signature: [UInt8], _ message: [UInt8]) -> Bool {
        unsafe copenssl_verify(
            key, digest, signature, signature.count, message, message.count) == 1
    }

    /// ECDSA's two numbers as libcrypto wants them (RFC 3279 §2.2.3).
    private static func der(_ signature: [UInt8]) -> [UInt8] {
        let content = integer(signature[..<32]) + integer(signature[32...])
        return [0x30, UInt8(content.count)] + content
    }

    private static func integer(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var digits = Array(bytes.drop { $0 == 0 })
        if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
        return [0x02, UInt8(digits.count)] + digits
    }
}
