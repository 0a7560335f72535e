import Bytes

/// A symmetric secret of Standard Webhooks: `whsec_` and the base64 of 24 to 64 bytes.
///
/// It has no description, so that it gets into no log by accident.
public struct WebhookSecret: Equatable, Sendable {
    /// What the text of a secret begins with.
    public static let prefix = "whsec_"
    /// How many bytes a key may have (Standard Webhooks, "Signature scheme").
    public static let keyBytes = 24...64

    let key: [UInt8]

    /// Takes a secret as it is written in a configuration.
    ///
    /// - Parameter text: With `whsec_` in front, or without as some senders write it.
    /// - Throws: What is wrong with it; the secret itself is not in the error.
    public init(_ text: String) throws(WebhookSecretError) {
        let digits = text.hasPrefix(Self.prefix) ? text.dropFirst(Self.prefix.count) : text[...]
        guard let key = Base64.decode(String(digits)) else { throw .notBase64 }
        try self.init(key: key)
    }

    /// Takes the bytes of a key.
    ///
    /// - Parameter key: Random bytes.
    /// - Throws: Where they are too few or too many.
    public init(key: [UInt8]) throws(WebhookSecretError) {
        guard Self.keyBytes.contains(key.count) else { throw .wrongLength(bytes: key.count) }
        self.key = key
    }

    /// The secret as it is given to the other side: shown once, and never logged.
    public var text: String { Self.prefix + Base64.encode(key) }
}

/// What is wrong with the text of a secret.
public enum WebhookSecretError: Error, Equatable, Sendable {
    case notBase64
    case wrongLength(bytes: Int)

    /// What to tell the one who wrote it.
    public var message: String {
        switch self {
        case .notBase64: "the secret must be whsec_ and standard base64, with its padding"
        case .wrongLength(let bytes):
            "the secret has \(bytes) bytes; it must have \(WebhookSecret.keyBytes.lowerBound)"
                + " to \(WebhookSecret.keyBytes.upperBound)"
        }
    }
}
