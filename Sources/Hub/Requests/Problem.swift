import HTTP1
import JSON
import Log

/// An answer that says no (RFC 9457, `application/problem+json`).
public struct Problem: Error, Equatable, Sendable {
    /// A fault at one place of the body.
    public struct Fault: Equatable, Sendable {
        /// Where it stands (RFC 6901).
        public var pointer: String
        public var detail: String

        public init(_ pointer: String, _ detail: String) {
            self.pointer = pointer
            self.detail = detail
        }
    }

    public var failure: Failure
    /// The failure's own, but where HTTP knows better.
    public var status: Status
    public var detail: String
    public var faults: [Fault]
    /// What goes with the status, `Allow` for example.
    public var fields: Fields

    /// Says no.
    ///
    /// - Parameters:
    ///   - failure: The kind.
    ///   - detail: What it was this time: the place, the value and the mend.
    ///   - faults: Each fault of the body at its place.
    ///   - fields: Header fields that go with it.
    public init(
        _ failure: Failure, _ detail: String, faults: [Fault] = [], fields: Fields = [:]
    ) {
        self.failure = failure
        status = failure.status
        self.detail = detail
        self.faults = faults
        self.fields = fields
    }

    /// A request that breaks HTTP, or a handshake that breaks WebSocket's rules.
    ///
    /// - Parameters:
    ///   - status: What the RFC answers.
    ///   - detail: What is wrong.
    ///   - fields: What the status asks for.
    public init(malformed status: Status, _ detail: String, fields: Fields = [:]) {
        self.init(.malformedRequest, detail, fields: fields)
        self.status = status
    }

    /// A body that is not JSON, or in which a value is of the wrong kind.
    public init(_ error: JSONError) {
        let fault = Fault(error.pointer, error.message)
        let failure: Failure = error.isOfGrammar ? .malformedJSON : .invalidBody
        self.init(failure, "\(error.message) at byte \(error.offset)", faults: [fault])
    }

    /// What the engine could not do.
    public init(_ error: EngineError) {
        let failure = Failure(error)
        self.init(failure, failure.title, fields: failure.isRetryable ? ["Retry-After": "1"] : [:])
    }

    /// The problem as a response.
    ///
    /// - Parameter instance: The path that was asked for.
    /// - Returns: `application/problem+json` with the problem's status.
    public func response(instance: String) -> Response {
        var json = Writer()
        json.object { json in
            json.member("type", "urn:campana:problem:\(failure.rawValue)")
            json.member("title", title)
            json.member("status", status.rawValue)
            json.member("detail", detail)
            json.member("instance", instance)
            json.member("code", failure.rawValue)
            json.write(faults)
        }
        var fields = fields
        fields.append("Content-Type", "application/problem+json")
        fields.append("Cache-Control", "no-store")
        return Response(status, fields: fields, body: json.bytes)
    }

    private var title: String {
        status == failure.status ? failure.title : "\(status.reason)"
    }

}

extension Writer {
    /// Writes the member `errors`, unless there is none.
    mutating func write(_ faults: [Problem.Fault]) {
        guard !faults.isEmpty else { return }
        member("errors") { json in
            json.array { json in
                for fault in faults {
                    json.object { json in
                        json.member("pointer", fault.pointer)
                        json.member("detail", fault.detail)
                    }
                }
            }
        }
    }
}

extension JSONError {
    /// Whether the text is no JSON at all, or more than the limits take.
    var isOfGrammar: Bool {
        switch kind {
        case .mismatch, .notAnInteger, .numberOutOfRange: false
        default: true
        }
    }
}
