import Bytes
import JSON
import Log

/// The two keys of one service: 32 bytes each, and never the same.
///
/// It has no description, so that it gets into no log by accident.
public struct ServiceKeys: Sendable {
    public static let keyBytes = 32

    let encryption: [UInt8]
    let authentication: [UInt8]

    /// Takes the keys; `nil` where one has not 32 bytes, or both are the same.
    ///
    /// - Parameters:
    ///   - encryption: For AES-256.
    ///   - authentication: For HMAC-SHA256.
    public init?(encryption: [UInt8], authentication: [UInt8]) {
        guard encryption.count == Self.keyBytes, authentication.count == Self.keyBytes,
            encryption != authentication
        else { return nil }
        self.encryption = encryption
        self.authentication = authentication
    }
}

/// A message between services that is encrypted and then authenticated (seed 003).
///
/// On the wire it is `iv:ciphertext:hmac`, each in standard base64: AES-256-CBC under the one
/// key, and HMAC-SHA256 of `iv` and `ciphertext`, one behind the other, under the other key. In
/// it is a JSON object with `data`, `timestamp` (seconds since 1970, or RFC 3339) and `nonce`.
public struct ServiceMessage: Equatable, Sendable {
    /// What is said: a JSON value, as it was written.
    public var data: [UInt8]
    /// When it was made.
    public var timestamp: Timestamp
    /// Names the message: it is taken once.
    public var nonce: String

    /// How far a timestamp may lie from now, either way; at it, the message is still taken.
    public static let tolerance = Duration.seconds(300)
    /// How long a nonce is to be remembered so that no replay is taken.
    public static let rememberFor = tolerance * 2
    /// The shortest and longest nonce, in bytes.
    public static let nonceBytes = 8...128
    /// The longest that `iv:ciphertext:hmac` may be, in bytes.
    public static let maxBytes = 2 << 20

    /// Opens a message.
    ///
    /// The code is checked before anything is decrypted, and the clock is asked last: one who
    /// knows no key learns nothing but that.
    ///
    /// - Parameters:
    ///   - text: `iv:ciphertext:hmac`.
    ///   - keys: Those in use, and those on their way in or out.
    ///   - now: The time.
    ///   - primitives: The functions to open it with.
    /// - Throws: Why it is not to be believed.
    public init(
        opening text: String, keys: [ServiceKeys], now: Timestamp, primitives: Primitives
    ) throws(ServiceFault) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.maxBytes, parts.count == 3,
            let vector = Base64.decode(String(parts[0])), vector.count == 16,
            let cipher = Base64.decode(String(parts[1])), !cipher.isEmpty,
            let code = Base64.decode(String(parts[2]))
        else { throw .malformed }
        var opened: [UInt8]?
        for pair in keys {
            let right = primitives.hmacSHA256(pair.authentication, vector + cipher)
            guard primitives.areEqual(code, right) else { continue }
            opened = primitives.decryptAES256CBC(cipher, pair.encryption, vector)
        }
        guard let opened else { throw .tampered }
        try self.init(json: opened)
        let age = now - timestamp
        if age > Self.tolerance { throw .tooOld }
        if age < .zero - Self.tolerance { throw .fromTheFuture }
    }

    private init(json: [UInt8]) throws(ServiceFault) {
        var data: [UInt8]?
        var timestamp: Timestamp?
        var nonce: String?
        do {
            var reader = Reader(json, limits: Limits(maxBytes: Self.maxBytes))
            try reader.readObject { name, reader throws(JSONError) in
                switch name {
                case "data": data = try reader.readCompact()
                case "nonce": nonce = try reader.readString()
                case "timestamp": timestamp = try Self.readTime(&reader)
                default: break
                }
            }
            try reader.finish()
        } catch {
            throw .contentMalformed("\(error.message) at byte \(error.offset)")
        }
        guard let data else { throw .contentMalformed("the member \"data\" is missing") }
        guard let timestamp else {
            throw .contentMalformed("\"timestamp\" must be seconds since 1970, or RFC 3339")
        }
        guard let nonce, Self.nonceBytes.contains(nonce.utf8.count),
            nonce.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw .contentMalformed("\"nonce\" must be 8 to 128 visible ASCII characters") }
        self.data = data
        self.timestamp = timestamp
        self.nonce = nonce
    }

    /// Python writes `time.time()` with a fraction, and `datetime.utcnow()` without a zone.
    private static func readTime(_ reader: inout Reader) throws(JSONError) -> Timestamp? {
        guard try reader.peekKind() == .number else {
            let text = try reader.readString()
            return Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "Z")
        }
        let seconds = try reader.readDouble()
        guard seconds.magnitude < 1e12 else { return nil }
        return Timestamp(milliseconds: Int64(seconds * 1000))
    }

    /// Whether a token is one of a service's, tried against all of them.
    ///
    /// - Parameters:
    ///   - token: What came in `X-Service-Token`.
    ///   - tokens: The one in use, and those on their way in or out.
    ///   - primitives: The functions to compare by.
    /// - Returns: Whether it is.
    public static func isToken(
        _ token: String, oneOf tokens: [[UInt8]], primitives: Primitives
    ) -> Bool {
        // Digests have one length, so that not even the token's is told.
        let given = primitives.sha256(Array(token.utf8))
        var isOne = false
        for right in tokens where primitives.areEqual(given, primitives.sha256(right)) {
            isOne = true
        }
        return isOne
    }
}

/// Why a service's message is not believed.
public enum ServiceFault: Error, Equatable, Sendable {
    /// It is not three base64 texts with colons between.
    case malformed
    /// Its code is not right under any key.
    case tampered
    /// It was opened, and what is in it is not as it should be.
    case contentMalformed(String)
    case tooOld
    case fromTheFuture

    /// What to tell the sender.
    public var message: String {
        switch self {
        case .malformed:
            "the encrypted payload must be iv:ciphertext:hmac, each in standard base64"
        case .tampered: "the payload's code is not right under a key that is known here"
        case .contentMalformed(let detail): "the decrypted payload: \(detail)"
        case .tooOld: "the message was made more than 300 s ago"
        case .fromTheFuture: "the message was made more than 300 s ahead of this clock"
        }
    }
}
