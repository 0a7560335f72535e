import Bytes
import HTTP1
import JSON
import Log

/// A client's name for one write (draft-ietf-httpapi-idempotency-key-header).
public struct IdempotencyKey: Hashable, Sendable {
    public let text: String
    /// Whose it is: each client's keys are its own; `nil` on an open hub.
    public var owner: String?

    /// The longest key, in bytes.
    public static let maxBytes = 255

    /// Takes a key of visible ASCII.
    public init(_ text: String) throws(Problem) {
        guard !text.isEmpty, text.utf8.count <= Self.maxBytes,
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw Problem(
                .invalidKey, "a key is 1 to \(Self.maxBytes) visible ASCII characters; give another"
            )
        }
        self.text = text
    }
}

/// What was answered to a write, kept with it under the client's key.
///
/// The record is put by the transaction that does the write, so that a crash leaves both or
/// neither. Two requests with one key never run at once: the engine's transactions are
/// serial, and the second finds what the first has answered.
struct RememberedAnswer {
    static let collection = Collection(rawValue: "idempotency")

    /// A digest of the request, so that a key is not used for two things.
    var fingerprint: String
    var status: UInt16
    var fields: [String: String]
    var body: [UInt8]

    /// What the hub has written it can read: an answer is as long as its batch.
    private static let limits = JSON.Limits(maxBytes: .max, maxStringBytes: .max)

    /// The fields of an answer that belong to what was written.
    static let keptFields = ["Content-Type", "Location", "ETag"]

    init(fingerprint: String, answer: Response) {
        self.fingerprint = fingerprint
        status = answer.status.rawValue
        fields = [:]
        for name in Self.keptFields { fields[name] = answer.fields.first(name) }
        body = if case .bytes(let bytes) = answer.content { bytes } else { [] }
    }

    init?(_ record: [UInt8]) {
        var fingerprint: String?
        var status: UInt16?
        var fields: [String: String] = [:]
        var body: [UInt8] = []
        do {
            var reader = Reader(record, limits: Self.limits)
            try reader.readObject { name, reader throws(JSONError) in
                switch name {
                case "fingerprint": fingerprint = try reader.readString()
                case "status": status = UInt16(exactly: try reader.readInt())
                case "body": body = Array(try reader.readString().utf8)
                default: fields[name] = try reader.readString()
                }
            }
            try reader.finish()
        } catch {
            return nil  // written by no version of ours: the key is free again
        }
        guard let fingerprint, let status else { return nil }
        self.fingerprint = fingerprint
        self.status = status
        self.fields = fields
        self.body = body
    }

    var record: [UInt8] {
        var json = Writer()
        json.object { json in
            json.member("fingerprint", fingerprint)
            json.member("status", status)
            for name in Self.keptFields {
                if let value = fields[name] { json.member(name, value) }
            }
            json.member("body", String(lossyUTF8: body))
        }
        return json.bytes
    }

    var response: Response {
        var response = Response(
            Status(rawValue: status), fields: ["Idempotency-Replayed": "true"], body: body)
        for name in Self.keptFields {
            if let value = fields[name] { response.fields.append(name, value) }
        }
        return response
    }
}

/// Runs a write once for its key.
public struct Idempotency: Sendable {
    /// How long an answer is remembered.
    public var age: Duration
    /// A digest that nobody can find a second request for (SHA-256), as hexadecimal digits.
    public var digest: @Sendable ([UInt8]) -> String

    public init(age: Duration, digest: @escaping @Sendable ([UInt8]) -> String) {
        self.age = age
        self.digest = digest
    }

    /// The write of a request, done once for its key where it names one.
    ///
    /// - Parameters:
    ///   - request: The request; its body tells a second use of the key from a retry.
    ///   - operation: What is written to: one key serves several of them.
    ///   - write: What to do the first time.
    /// - Returns: The write, to be carried out in its place.
    /// - Throws: 400, where the key cannot be used.
    func write(
        _ request: Request, _ operation: String, _ write: @escaping Reaction.Write
    ) throws(Problem) -> Reaction {
        guard let key = try request.idempotencyKey() else { return .write(write) }
        return .write(once(key, operation: operation, content: request.body, write))
    }

    /// Makes `write` answer as it did the first time where its key was used before.
    ///
    /// - Parameters:
    ///   - key: What the client calls this write.
    ///   - operation: What is written to: one key serves several of them.
    ///   - content: All that the request says, to tell a second use of the key from a retry.
    ///   - write: What to do the first time.
    /// - Returns: The write, to be carried out in its place.
    func once(
        _ key: IdempotencyKey, operation: String, content: [UInt8],
        _ write: @escaping Reaction.Write
    ) -> Reaction.Write {
        let owner = key.owner.map { " \($0)" } ?? ""
        let name = "\(operation) \(key.text)\(owner)"
        let fingerprint = digest(content)
        let age = age
        return { transaction throws(EngineError) in
            if let record = try transaction.record(RememberedAnswer.collection, name),
                let remembered = RememberedAnswer(record)
            {
                guard remembered.fingerprint == fingerprint else {
                    let mend = "the key was used with another body; give each write its own"
                    return .refuse(.failure(Problem(.keyReused, mend)))
                }
                return .refuse(.success(remembered.response))
            }
            let outcome = try write(transaction)
            if case .commit(.success(let answer)) = outcome {
                let record = RememberedAnswer(fingerprint: fingerprint, answer: answer).record
                try transaction.put(
                    RememberedAnswer.collection, name, record, expires: transaction.now + age)
            }
            return outcome
        }
    }
}
