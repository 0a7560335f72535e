import COpenSSL

/// AES-256 in CBC mode with PKCS #7 padding (NIST SP 800-38A §6.2).
///
/// It hides and does not protect: authenticate what is encrypted, and check that before it is
/// decrypted, or the padding tells an attacker the plain text.
public enum AES256CBC {
    public static let keyBytes = 32
    public static let blockBytes = 16

    /// Encrypts a text of any length.
    ///
    /// - Parameters:
    ///   - plain: What to hide.
    ///   - key: 32 bytes.
    ///   - vector: 16 random bytes that were never used before.
    /// - Returns: The cipher text: the next multiple of 16 bytes.
    public static func encrypt(_ plain: [UInt8], key: [UInt8], vector: [UInt8]) -> [UInt8] {
        guard let cipher = run(true, plain, key: key, vector: vector) else {
            fatalError("libcrypto is out of memory")
        }
        return cipher
    }

    /// Decrypts a text.
    ///
    /// - Parameters:
    ///   - cipher: What ``encrypt(_:key:vector:)`` gave.
    ///   - key: 32 bytes.
    ///   - vector: The 16 bytes that it was encrypted with.
    /// - Returns: The plain text; `nil` where length or padding are wrong.
    public static func decrypt(_ cipher: [UInt8], key: [UInt8], vector: [UInt8]) -> [UInt8]? {
        guard !cipher.isEmpty, cipher.count.isMultiple(of: blockBytes) else { return nil }
        return run(false, cipher, key: key, vector: vector)
    }

    private static func run(
        _ encrypts: Bool, _ input: [UInt8], key: [UInt8], vector: [UInt8]
    ) -> [UInt8]? {
        precondition(key.count == keyBytes, "a key has 32 bytes")
        precondition(vector.count == blockBytes, "an initialization vector has 16 bytes")
        guard let length = Int32(exactly: input.count), length <= .max - 32 else { return nil }
        var isDone = false
        let output = unsafe [UInt8](
            unsafeUninitializedCapacity: input.count + blockBytes
        ) { output, count in
            let written = unsafe copenssl_aes256_cbc(
                encrypts ? 1 : 0, key, vector, input, length, output.baseAddress)
            isDone = written >= 0
            count = Int(max(written, 0))
        }
        return isDone ? output : nil
    }
}
