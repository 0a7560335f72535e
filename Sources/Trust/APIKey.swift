import Bytes

/// An API key as its owner shows it: `sk_`, an id, `_`, a secret.
///
/// It has no description, so that it gets into no log by accident. What the hub keeps is the id,
/// by which it is found and recognized, and the digest of the whole.
public struct APIKey: Sendable {
    /// What every key begins with.
    public static let prefix = "sk_"
    /// The random bytes of an id, which is twice as many hexadecimal digits.
    public static let idBytes = 8
    /// The random bytes of a secret: no guess will find it, so a plain digest keeps it.
    public static let secretBytes = 32
    private static let idLength = idBytes * 2
    private static let length = prefix.utf8.count + idLength + 1 + 43

    public let id: String
    public let text: String

    /// Makes a key of random bytes.
    ///
    /// - Parameters:
    ///   - id: 8 of them.
    ///   - secret: 32 of them.
    public init(id: [UInt8], secret: [UInt8]) {
        precondition(id.count == Self.idBytes && secret.count == Self.secretBytes, "of this size")
        var digits: [UInt8] = []
        digits.append(hex: id)
        self.id = String(decoding: digits, as: UTF8.self)
        text = "\(Self.prefix)\(self.id)_\(Base64.encodeURL(secret))"
    }

    /// Takes what somebody has shown; `nil` where it is no key.
    public init?(_ text: String) {
        let octets = Array(text.utf8)
        let start = Self.prefix.utf8.count
        let end = start + Self.idLength
        guard octets.count == Self.length, text.hasPrefix(Self.prefix),
            octets[start..<end].allSatisfy({ ASCII.hexValue($0) != nil }),
            octets[end] == ASCII.underscore
        else { return nil }
        id = String(decoding: octets[start..<end], as: UTF8.self)
        self.text = text
    }

    /// What is kept of it.
    ///
    /// - Parameter primitives: The digest.
    /// - Returns: 32 bytes.
    public func digest(_ primitives: Primitives) -> [UInt8] { primitives.sha256(Array(text.utf8)) }
}
