import Bytes
import HTTP1
import JSON

/// What a body claims to be.
enum BodyForm {
    case json
    /// One JSON value a line.
    case lines
    /// Any other text; what `curl -d` sends among it.
    case text
}

extension Request {
    /// The media type without its parameters, in lower case; `nil` where none is given.
    private var mediaType: String? {
        if isOpened { return Self.json }
        guard let field = head.contentType else { return nil }
        if field == Self.json { return field }
        return head.fields.contentType?.essence ?? "a malformed type"
    }

    private static let json = "application/json"

    /// What the body is to be read as.
    ///
    /// - Throws: A content coding, which the hub does not decode (RFC 9110 §8.4).
    func bodyForm() throws(Problem) -> BodyForm {
        try refuseContentCoding()
        switch mediaType {
        case Self.json: return .json
        case "application/x-ndjson", "application/ndjson", "application/jsonl": return .lines
        case let type? where type.hasSuffix("+json"): return .json
        case nil: return head.target.segments.count > 1 ? .text : .json
        default: return .text
        }
    }

    /// Holds the body to JSON; one without a media type is taken for it.
    ///
    /// - Parameter types: The media types that are taken.
    /// - Throws: 415, with what is taken.
    func requireJSON(_ types: [String] = ["application/json"]) throws(Problem) {
        try refuseContentCoding()
        guard let mediaType, !types.contains(mediaType) else { return }
        let accept = types.joined(separator: ", ")
        throw Problem(
            .unsupportedMediaType, "\"\(mediaType.prefix(64))\" is not taken; send \(accept)",
            fields: ["Accept": accept])
    }

    private func refuseContentCoding() throws(Problem) {
        guard let coding = head.fields.first("content-encoding"), coding != "identity" else {
            return
        }
        throw Problem(
            .unsupportedMediaType, "no content coding is taken; send the body as it is",
            fields: ["Accept-Encoding": "identity"])
    }

    /// The client's name for this write, if it gives one.
    func idempotencyKey() throws(Problem) -> IdempotencyKey? {
        let values = head.fields.values("idempotency-key")
        guard let text = values.first else { return nil }
        guard values.count == 1 else { throw Problem(.invalidKey, "there is more than one key") }
        var key = try IdempotencyKey(text)
        key.owner = principal.keyOwner
        return key
    }
}

extension Response {
    /// A response of JSON that the hub has written.
    static func json(_ status: Status, _ body: [UInt8], fields: Fields = [:]) -> Response {
        guard !fields.isEmpty else {
            return Response(status, fields: status == .ok ? .current : .json, body: body)
        }
        var fields = fields
        fields.append("Content-Type", "application/json")
        if status == .ok, !fields.contains("Cache-Control") {
            fields.append("Cache-Control", "no-store")
        }
        return Response(status, fields: fields, body: body)
    }
}

extension Fields {
    /// The one field that most responses have.
    static let json: Fields = ["Content-Type": "application/json"]

    /// Data as they are now, for who may see them: no cache is to keep what is 200, and which it
    /// would keep by itself (RFC 9111 §4.2.2).
    static let current: Fields = [
        "Content-Type": "application/json", "Cache-Control": "no-store",
    ]
}
