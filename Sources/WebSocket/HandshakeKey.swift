import Bytes

/// The proof that a server has read this very request (RFC 6455 §1.3).
enum HandshakeKey {
    /// The length of a key before it is written in base64 (§4.1).
    static let byteCount = 16

    /// Whether `text` is what Sec-WebSocket-Key may say (§4.2.1): 16 bytes in base64.
    static func isValid(_ text: String) -> Bool {
        Base64.decode(text)?.count == byteCount
    }

    /// What Sec-WebSocket-Accept must say in answer to `key`, as that was sent (§4.2.2).
    static func acceptValue(for key: String, sha1: ([UInt8]) -> [UInt8]) -> String {
        Base64.encode(sha1(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
    }
}
