/// The cryptographic functions that credentials are checked with, handed in by the server.
///
/// They come from a library that the core does not name; each may be called on any thread.
public struct Primitives: Sendable {
    /// The digest of a message: 32 bytes (FIPS 180-4).
    public var sha256: @Sendable (_ message: [UInt8]) -> [UInt8]
    /// The authentication code of a message under a key: 32 bytes (RFC 2104, SHA-256).
    public var hmacSHA256: @Sendable (_ key: [UInt8], _ message: [UInt8]) -> [UInt8]
    /// The plain text of AES-256-CBC; `nil` where length or padding are wrong.
    public var decryptAES256CBC:
        @Sendable (_ cipher: [UInt8], _ key: [UInt8], _ vector: [UInt8]) -> [UInt8]?
    /// Whether two byte strings are equal, in a time that does not tell where they differ.
    public var areEqual: @Sendable ([UInt8], [UInt8]) -> Bool

    /// Takes the functions.
    public init(
        sha256: @escaping @Sendable (_ message: [UInt8]) -> [UInt8],
        hmacSHA256: @escaping @Sendable (_ key: [UInt8], _ message: [UInt8]) -> [UInt8],
        decryptAES256CBC:
            @escaping @Sendable (_ cipher: [UInt8], _ key: [UInt8], _ vector: [UInt8]) -> [UInt8]?,
        areEqual: @escaping @Sendable ([UInt8], [UInt8]) -> Bool
    ) {
        self.sha256 = sha256
        self.hmacSHA256 = hmacSHA256
        self.decryptAES256CBC = decryptAES256CBC
        self.areEqual = areEqual
    }
}
