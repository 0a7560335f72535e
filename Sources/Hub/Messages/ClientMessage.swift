import Bytes
import JSON
import Log

/// What a client says over WebSocket (WIRE §4).
public enum ClientMessage: Sendable {
    case subscribe(SubscribeRequest)
    case unsubscribe([GroupPattern], ref: [UInt8]?)
    case publish(PublishRequest, ref: [UInt8]?)
    case markRead(MarkReadRequest)
    case ping(ref: [UInt8]?)
    /// New credentials, for a connection that goes on.
    case auth(token: String, ref: [UInt8]?)
}

/// A message that cannot be taken; the connection stays.
public struct MessageFault: Error, Sendable {
    public var failure: Failure
    public var detail: String
    /// What is wrong with what was sent, each at its place.
    public var faults: [Problem.Fault] = []
    /// What the client wants back, where it could be read.
    public var ref: [UInt8]?

    public init(
        failure: Failure, detail: String, faults: [Problem.Fault] = [], ref: [UInt8]?
    ) {
        self.failure = failure
        self.detail = detail
        self.faults = faults
        self.ref = ref
    }

    public var message: ServerMessage {
        .error(failure, detail, faults: faults, ref: ref)
    }
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
    var notificationID: Int64?
    var consumer: String?
    var token: String?
    var ref: [UInt8]?
    /// The first value of the wrong kind; the text is read on, for its `ref` may follow.
    private var firstFault: JSONError?

    /// The longest `ref`, in bytes, as it was written.
    static let maxRefBytes = 256
    /// The most groups that one message names; further ones may come in further messages.
    static let maxGroups = 1000

    init(_ text: [UInt8], limits: JSON.Limits) throws(MessageFault) {
        do {
            var reader = Reader(text, limits: limits)
            try reader.readObject { name, reader throws(JSONError) in
                try read(name, from: &reader)
            }
            try reader.finish()
        } catch {
            throw fault(error)
        }
        if let firstFault { throw fault(firstFault) }
    }

    private func fault(_ error: JSONError) -> MessageFault {
        let place = error.pointer.isEmpty ? "" : " at \(error.pointer)"
        return fault(
            error.isOfGrammar ? .malformedJSON : .invalidMessage,
            "\(error.message)\(place), byte \(error.offset)")
    }

    private mutating func read(
        _ name: String, from reader: inout Reader
    ) throws(JSONError) {
        switch name {
        case "type": type = try string(&reader)
        case "groups": groups = try strings(&reader)
        case "group": group = try string(&reader)
        case "since": since = try string(&reader)
        case "event": event = try string(&reader)
        case "key": key = try string(&reader)
        case "token": token = try string(&reader)
        case "data": data = try reader.readCompact()
        case "notification_id":
            notificationID = try noting { () throws(JSONError) in try reader.readInt() }
        case "consumer":  // a number in systems that count theirs
            consumer = try noting { () throws(JSONError) in
                try reader.peekKind() == .number
                    ? String(reader.readInt()) : reader.readString()
            }
        case "ref":
            let value = try reader.readCompact()
            if value.count <= Self.maxRefBytes { ref = value }
        default: break
        }
    }

    /// Reads a string; what is none is noted, and passed over.
    private mutating func string(_ reader: inout Reader) throws(JSONError) -> String? {
        try noting { () throws(JSONError) in try reader.readString() }
    }

    private mutating func noting<Value>(
        _ read: () throws(JSONError) -> Value
    ) throws(JSONError) -> Value? {
        do {
            return try read()
        } catch {
            try note(error)
            return nil
        }
    }

    private mutating func strings(_ reader: inout Reader) throws(JSONError) -> [String]? {
        var strings: [String] = []
        do {
            try reader.readArray { reader throws(JSONError) in
                // One more than may be tells; what follows is only checked, and passed over.
                guard strings.count <= Self.maxGroups else { return }
                if let text = try string(&reader) { strings.append(text) }
            }
        } catch {
            try note(error)
        }
        return strings
    }

    private mutating func note(_ error: JSONError) throws(JSONError) {
        guard !error.isOfGrammar else { throw error }
        firstFault = firstFault ?? error
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
        case "mark_read": self = .markRead(try raw.markRead())
        case "auth":
            guard let token = raw.token else {
                throw raw.fault(.invalidMessage, "the member \"token\" is missing")
            }
            self = .auth(token: token, ref: raw.ref)
        case nil:
            throw raw.fault(.invalidMessage, "the member \"type\" is missing")
        case let type?:
            throw raw.fault(
                .unknownMessageType,
                "\"\(type.prefix(64))\" is none of subscribe, unsubscribe, publish, mark_read, auth, ping"
            )
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
        guard groups.count <= Self.maxGroups else {
            throw fault(
                .tooManySubscriptions,
                "a message may name \(Self.maxGroups) groups; name the others in another")
        }
        var patterns: [GroupPattern] = []
        var known: Set<GroupPattern> = []
        for name in groups {
            do {
                let pattern = try GroupPattern(name)
                if known.insert(pattern).inserted { patterns.append(pattern) }
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

    func markRead() throws(MessageFault) -> MarkReadRequest {
        guard let notificationID else {
            throw fault(.invalidMessage, "the member \"notification_id\" is missing")
        }
        guard let consumer else { return MarkReadRequest(notificationID: notificationID, ref: ref) }
        guard let id = ConsumerID(consumer) else {
            throw fault(
                .invalidMessage,
                "consumer: \"\(consumer.prefix(64))\" is not \(ConsumerID.grammar)")
        }
        return MarkReadRequest(notificationID: notificationID, consumer: id, ref: ref)
    }

    func publishRequest(maxEventBytes: Int) throws(MessageFault) -> PublishRequest {
        do {
            return try PublishRequest(
                group: group, type: event ?? PublishRequest.defaultType,
                data: data ?? Array("null".utf8), key: key, maxEventBytes: maxEventBytes)
        } catch {
            throw fault(error.failure, error.detail)
        }
    }
}
