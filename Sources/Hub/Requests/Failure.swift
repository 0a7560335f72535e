import HTTP1
import Log

/// Every way in which the hub says no: one row for HTTP, WebSocket and the docs.
public enum Failure: String, CaseIterable, Error, Sendable {
    /// HTTP itself was not kept to; the status says how.
    case malformedRequest = "malformed_request"
    case malformedJSON = "malformed_json"
    case invalidBody = "invalid_body"
    case invalidParameter = "invalid_parameter"
    case invalidGroup = "invalid_group"
    case invalidEventType = "invalid_event_type"
    case invalidKey = "invalid_idempotency_key"
    case invalidMessage = "invalid_message"
    case unknownMessageType = "unknown_message_type"
    case groupReserved = "group_reserved"
    case unauthenticated = "unauthenticated"
    case forbidden = "forbidden"
    case rateLimited = "rate_limited"
    case tooManyConnections = "too_many_connections"
    case conflict = "conflict"
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    case notAcceptable = "not_acceptable"
    case unsupportedMediaType = "unsupported_media_type"
    case preconditionFailed = "precondition_failed"
    case keyReused = "idempotency_key_reused"
    case rulesBroken = "rules_broken"
    case commandUnknown = "command_unknown"
    case commandFailed = "command_failed"
    case commandUnanswered = "command_unanswered"
    case eventTooLarge = "event_too_large"
    case tooManySubscriptions = "too_many_subscriptions"
    case batchTooLarge = "batch_too_large"
    case tooSlow = "too_slow"
    case upgradeRequired = "upgrade_required"
    case overCapacity = "over_capacity"
    case notReady = "not_ready"
    case overloaded = "overloaded"
    case storeUnavailable = "store_unavailable"
    case storeDamaged = "store_damaged"
    case storeFull = "store_full"

    /// The status that HTTP answers with.
    public var status: Status { row.status }

    /// What it is in general; the detail of a problem says what it was this time.
    public var title: String { row.title }

    /// Whether the same request may succeed later.
    public var isRetryable: Bool {
        status == .serviceUnavailable || status == .insufficientStorage
    }

    private var row: (status: Status, title: String) {
        switch self {
        case .malformedRequest: (.badRequest, "the request is not HTTP as RFC 9112 has it")
        case .malformedJSON: (.badRequest, "the body is not JSON")
        case .invalidBody: (.unprocessableContent, "the body is not what this route takes")
        case .invalidParameter: (.badRequest, "a parameter of the query cannot be read")
        case .invalidGroup: (.unprocessableContent, "this is not the name of a group")
        case .invalidEventType: (.unprocessableContent, "this is not an event type")
        case .invalidKey: (.badRequest, "the idempotency key cannot be used")
        case .invalidMessage: (.badRequest, "the message is not what its type asks for")
        case .unknownMessageType: (.badRequest, "the hub knows no such message")
        case .groupReserved: (.forbidden, "groups that begin with $ belong to the hub")
        case .unauthenticated: (.unauthorized, "the hub has to know who asks")
        case .forbidden: (.forbidden, "the credentials do not grant this")
        case .rateLimited: (.tooManyRequests, "there were too many requests in this time")
        case .tooManyConnections:
            (.tooManyRequests, "the client has as many connections as it may")
        case .conflict: (.conflict, "the resource is in another state")
        case .notFound: (.notFound, "there is nothing here")
        case .methodNotAllowed: (.methodNotAllowed, "the resource does not take this method")
        case .notAcceptable: (.notAcceptable, "none of the accepted media types can be sent")
        case .unsupportedMediaType:
            (.unsupportedMediaType, "the resource does not take this media type")
        case .preconditionFailed: (.preconditionFailed, "the resource was changed by another")
        case .keyReused:
            (.unprocessableContent, "the idempotency key was used for another request")
        case .rulesBroken: (.unprocessableContent, "the event breaks the rules of its group")
        case .commandUnknown: (.notFound, "no such command is registered")
        case .commandFailed: (.badGateway, "who carries the command out says that it failed")
        case .commandUnanswered: (.gatewayTimeout, "nobody answered the command in time")
        case .eventTooLarge: (.contentTooLarge, "the event is too large")
        case .tooManySubscriptions: (.badRequest, "the connection has too many subscriptions")
        case .batchTooLarge: (.contentTooLarge, "the batch has too many events")
        case .tooSlow: (.serviceUnavailable, "the consumer did not read its events in time")
        case .upgradeRequired: (.upgradeRequired, "this path speaks WebSocket")
        case .overCapacity: (.serviceUnavailable, "the hub has as many connections as it may")
        case .notReady: (.serviceUnavailable, "the hub is starting or ending")
        case .overloaded: (.serviceUnavailable, "too many writes wait")
        case .storeUnavailable: (.serviceUnavailable, "the store cannot be used now")
        case .storeDamaged: (.internalServerError, "the store is damaged")
        case .storeFull: (.insufficientStorage, "the disk is full")
        }
    }
}

extension Failure {
    /// How the hub says what the engine says.
    public init(_ error: EngineError) {
        self =
            switch error {
            case .full: .storeFull
            case .overloaded: .overloaded
            case .unavailable: .storeUnavailable
            case .corrupt: .storeDamaged
            case .stopped: .notReady
            }
    }
}
