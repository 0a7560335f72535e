/// The cryptographic functions that credentials are checked with, handed in by the server.
///
/// They come from a library that the core does not name; each may be called on any thread.
public struct Primitives: Sendable {
    /// The authentication code of a message under a key: 32 bytes (RFC 2104, SHA-256).
    public var hmacSHA256: @Sendable (_ key: [UInt8], _ message: [UInt8]) -> [UInt8]
    /// Whether two byte strings are equal, in a time that does not tell where they differ.
    public var areEqual: @Sendable ([UInt8], [UInt8]) -> Bool

    /// Takes the functions.
    public init(
        hmacSHA256: @escaping @Sendable (_ key: [UInt8], _ message: [UInt8]) -> [UInt8],
        areEqual: @escaping @Sendable ([UInt8], [UInt8]) -> Bool
    ) {
        self.hmacSHA256 = hmacSHA256
        self.areEqual = areEqual
    }
}
