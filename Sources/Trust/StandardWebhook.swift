import Bytes
import Log

/// The symmetric scheme of Standard Webhooks 1.0: `v1`, HMAC-SHA256 over `id.timestamp.payload`.
///
/// One value signs what the hub sends and verifies what it gets. While a secret is changed there
/// are two: a message is signed with all of them, and a signature by any of them will do.
public struct StandardWebhook: Sendable {
    /// How far a timestamp may lie from now, either way; at it, the message is still taken.
    public static let tolerance = Duration.seconds(300)
    /// The longest `webhook-id`, in bytes.
    public static let maxIDBytes = 200
    /// The most signatures of one message that are looked at; more are a fault.
    public static let maxSignatures = 8

    private let secrets: [WebhookSecret]
    private let primitives: Primitives

    /// Makes a signer and verifier.
    ///
    /// - Parameters:
    ///   - secrets: The one in use, and those that are on their way in or out.
    ///   - primitives: The functions to sign with.
    public init(secrets: [WebhookSecret], primitives: Primitives) {
        self.secrets = secrets
        self.primitives = primitives
    }

    /// The three fields that a signed message carries.
    public struct Headers: Equatable, Sendable {
        public static let idName = "webhook-id"
        public static let timestampName = "webhook-timestamp"
        public static let signatureName = "webhook-signature"

        /// Names the message: the same at each attempt, so that the receiver takes it once.
        public var id: String
        /// The time of the attempt, in whole seconds since 1970.
        public var timestamp: String
        /// `v1,` and base64, several of them with spaces between.
        public var signature: String

        /// Takes the values of the fields.
        public init(id: String, timestamp: String, signature: String) {
            self.id = id
            self.timestamp = timestamp
            self.signature = signature
        }
    }

    /// Signs a message with every secret.
    ///
    /// - Parameters:
    ///   - payload: The body, byte for byte as it is sent.
    ///   - id: Names the message; without a dot (see ``isID(_:)``).
    ///   - now: The time of the attempt.
    /// - Returns: The fields to send along.
    public func sign(_ payload: [UInt8], id: String, now: Timestamp) -> Headers {
        let timestamp = String(now.milliseconds / 1000)
        let content = Self.content(payload, id: id, timestamp: timestamp)
        let signatures = secrets.map { secret in
            "v1," + Base64.encode(primitives.hmacSHA256(secret.key, content))
        }
        return Headers(
            id: id, timestamp: timestamp, signature: signatures.joined(separator: " "))
    }

    /// Holds a message to its signature and to the clock.
    ///
    /// That an id is taken only once is the caller's to see to, and for as long as a timestamp
    /// is taken: ``rememberFor``.
    ///
    /// - Parameters:
    ///   - payload: The body, byte for byte as it came.
    ///   - headers: The fields that came with it.
    ///   - now: The time.
    /// - Throws: Why it is not to be believed.
    public func verify(
        _ payload: [UInt8], headers: Headers, now: Timestamp
    ) throws(WebhookFault) {
        guard Self.isID(headers.id) else { throw .malformed(Headers.idName) }
        let signatures = headers.signature.split(separator: " ")
        guard signatures.count <= Self.maxSignatures else {
            throw .malformed(Headers.signatureName)
        }
        // The clock is asked last, so that only one who knows a secret learns what it says.
        let content = Self.content(payload, id: headers.id, timestamp: headers.timestamp)
        guard matches(signatures, content) else { throw .wrongSignature }
        guard let seconds = parseDecimal(headers.timestamp.utf8).flatMap({ Int64(exactly: $0) }),
            seconds <= Int64.max / 1000
        else { throw .malformed(Headers.timestampName) }
        let age = now - Timestamp(milliseconds: seconds * 1000)
        // A signer that cuts off its fraction is up to a second older than it says.
        if age >= Self.tolerance + .seconds(1) { throw .tooOld }
        if age < .zero - Self.tolerance { throw .fromTheFuture }
    }

    /// How long an id is to be remembered so that no replay is taken.
    public static let rememberFor = tolerance * 2 + .seconds(1)

    /// Whether `text` may be an id: visible ASCII, without a dot.
    ///
    /// With a dot in it the end of the id could be taken for a timestamp, and one signature
    /// would stand for two messages.
    public static func isID(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= maxIDBytes
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != ASCII.dot }
    }

    /// Tries every signature with every secret, whichever fits, so that time tells neither.
    private func matches(_ signatures: [Substring], _ content: [UInt8]) -> Bool {
        let given = signatures.compactMap { text in
            text.hasPrefix("v1,") ? Base64.decode(String(text.dropFirst(3))) : nil
        }
        var isMatched = false
        for secret in secrets {
            let right = primitives.hmacSHA256(secret.key, content)
            for signature in given where primitives.areEqual(signature, right) {
                isMatched = true
            }
        }
        return isMatched
    }

    private static func content(_ payload: [UInt8], id: String, timestamp: String) -> [UInt8] {
        var content: [UInt8] = []
        content.reserveCapacity(id.utf8.count + timestamp.utf8.count + 2 + payload.count)
        content.append(utf8: id)
        content.append(ASCII.dot)
        content.append(utf8: timestamp)
        content.append(ASCII.dot)
        content.append(contentsOf: payload)
        return content
    }
}

/// Why a signed message is not believed.
public enum WebhookFault: Error, Equatable, Sendable {
    /// A field of the three is missing or is none of its kind; its name.
    case malformed(String)
    case wrongSignature
    case tooOld
    case fromTheFuture

    /// What to tell the sender.
    public var message: String {
        switch self {
        case .malformed(let field): "\(field) is missing or malformed"
        case .wrongSignature: "no signature fits this body under a secret that is known here"
        case .tooOld: "the message was signed more than 300 s ago"
        case .fromTheFuture: "the message is signed more than 300 s ahead of this clock"
        }
    }
}
