import Bytes
import JSON
import Log

/// What a client says over WebSocket (WIRE §4).
public enum ClientMessage: Sendable {
    case subscribe(SubscribeRequest)
    case unsubscribe([GroupPattern], ref: [UInt8]?)
    case publish(PublishRequest, ref: [UInt8]?)
    case ping(ref: [UInt8]?)
}

/// A message that cannot be taken; the connection stays.
public struct MessageFault: Error, Sendable {
    public var failure: Failure
    public var detail: String
    /// What the client wants back, where it could be read.
    public var ref: [UInt8]?

    public var message: ServerMessage { .error(failure, detail, ref: ref) }
}

/// The members of a message, before its type is known: they may come in any order.
struct RawMessage {
    var type: String?
    var groups: [String]?
    var group: String?
    var since: String?
    var event: String?
    var key: String?
    var data: [UInt8]?
    var ref: [UInt8]?

    /// The longest `ref`, in bytes, as it was written.
    static let maxRefBytes = 256

    init(_ text: [UInt8], limits: JSON.Limits) throws(MessageFault) {
        do {
            var reader = Reader(text, limits: limits)
            try reader.readObject { name, reader throws(JSONError) in
                try read(name, from: &reader, of: text)
            }
            try reader.finish()
        } catch {
            let failure: Failure = error.isOfGrammar ? .malformedJSON : .invalidMessage
            let place = error.pointer.isEmpty ? "" : " at \(error.pointer)"
            throw MessageFault(
                failure: failure, detail: "\(error.message)\(place), byte \(error.offset)", ref: ref
            )
        }
    }

    private mutating func read(
        _ name: String, from reader: inout Reader, of text: [UInt8]
    ) throws(JSONError) {
        switch name {
        case "type": type = try reader.readString()
        case "groups":
            var names: [String] = []
            try reader.readArray { reader throws(JSONError) in
                names.append(try reader.readString())
            }
            groups = names
        case "group": group = try reader.readString()
        case "since": since = try reader.readString()
        case "event": event = try reader.readString()
        case "key": key = try reader.readString()
        case "data": data = try reader.readCompact()
        case "ref":
            let value = try reader.readCompact()
            if value.count <= Self.maxRefBytes { ref = value }
        default: break
        }
    }
}

extension ClientMessage {
    /// Reads a text message.
    ///
    /// - Parameters:
    ///   - text: The message; RFC 6455 has it that it is UTF-8.
    ///   - limits: What its JSON may ask for.
    ///   - maxEventBytes: The largest data of an event.
    /// - Throws: What is wrong, with the `ref` that the client gave.
    public init(
        _ text: [UInt8], limits: JSON.Limits, maxEventBytes: Int
    ) throws(MessageFault) {
        let raw = try RawMessage(text, limits: limits)
        switch raw.type {
        case "ping": self = .ping(ref: raw.ref)
        case "subscribe":
            self = .subscribe(
                SubscribeRequest(
                    patterns: try raw.patterns(), since: try raw.start(), ref: raw.ref))
        case "unsubscribe": self = .unsubscribe(try raw.patterns(), ref: raw.ref)
        case "publish":
            self = .publish(try raw.publishRequest(maxEventBytes: maxEventBytes), ref: raw.ref)
        case nil:
            throw raw.fault(.invalidMessage, "the member \"type\" is missing")
        case let type?:
            throw raw.fault(
                .unknownMessageType,
                "\"\(type.prefix(64))\" is none of subscribe, unsubscribe, publish, ping")
        }
    }
}

extension RawMessage {
    func fault(_ failure: Failure, _ detail: String) -> MessageFault {
        MessageFault(failure: failure, detail: detail, ref: ref)
    }

    func patterns() throws(MessageFault) -> [GroupPattern] {
        guard let groups, !groups.isEmpty else {
            throw fault(.invalidMessage, "the member \"groups\" must name one group at least")
        }
        var patterns: [GroupPattern] = []
        for name in groups {
            do {
                let pattern = try GroupPattern(name)
                if !patterns.contains(pattern) { patterns.append(pattern) }
            } catch {
                throw fault(.invalidGroup, "\"\(name.prefix(64))\": \(error.message)")
            }
        }
        return patterns
    }

    func start() throws(MessageFault) -> Since {
        guard let since else { return .now }
        guard let start = Since(since) else {
            throw fault(
                .invalidMessage, "since: \"\(since.prefix(64))\" is not \(Since.grammar)")
        }
        return start
    }

    func publishRequest(maxEventBytes: Int) throws(MessageFault) -> PublishRequest {
        guard let group else { throw fault(.invalidMessage, "the member \"group\" is missing") }
        do {
            return try PublishRequest(
                group: group, type: event ?? PublishRequest.defaultType,
                data: data ?? Array("null".utf8), key: key, maxEventBytes: maxEventBytes)
        } catch {
            throw fault(error.failure, error.detail)
        }
    }
}
