import COpenSSL

/// SHA-1 (FIPS 180-4), for the WebSocket handshake (RFC 6455 §4.2.2), which gains no security
/// from it; for nothing else.
public enum SHA1 {
    private static let algorithm = DigestAlgorithm("SHA1", length: 20)

    /// The digest of `message`: 20 bytes.
    ///
    /// - Parameter message: What to digest.
    /// - Returns: The digest.
    public static func hash(_ message: [UInt8]) -> [UInt8] { algorithm.hash(message) }
}

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    private static let algorithm = DigestAlgorithm("SHA256", length: 32)

    /// The digest of `message`: 32 bytes.
    ///
    /// - Parameter message: What to digest.
    /// - Returns: The digest.
    public static func hash(_ message: [UInt8]) -> [UInt8] { algorithm.hash(message) }
}

/// A digest of libcrypto, looked up once: the look-up by name costs more than the digest.
///
/// It is `Sendable` because libcrypto never changes an `EVP_MD` after the fetch, and counts its
/// references by atomics.
@safe
private struct DigestAlgorithm: @unchecked Sendable {
    private let method: OpaquePointer
    private let length: Int

    init(_ name: String, length: Int) {
        guard let method = unsafe EVP_MD_fetch(nil, name, nil) else {
            fatalError("libcrypto has no \(name); is a provider missing from openssl.cnf?")
        }
        unsafe self.method = method
        self.length = length
    }

    func hash(_ message: [UInt8]) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: length) { digest, count in
            let isDone = unsafe EVP_Digest(
                message, message.count, digest.baseAddress, nil, method, nil)
            precondition(isDone == 1, "libcrypto is out of memory")
            count = length
        }
    }
}
