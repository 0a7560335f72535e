import Bytes
import JSON
import Log
import PubSub

/// What the hub says to a consumer beside events (WIRE §4): each a JSON object on one line.
///
/// One vocabulary for all transports; how a line is framed is not known here.
public enum ServerMessage: Sendable {
    case welcome(clients: Int, cursor: Cursor, version: String, limits: Limits)
    case subscribed([GroupPattern], Subscription.Verdict, cursor: Cursor, ref: [UInt8]?)
    case unsubscribed([GroupPattern], ref: [UInt8]?)
    case caughtUp(Cursor)
    case bookmark(Cursor)
    case gap(Gap, epoch: Epoch)
    /// How many events the consumer is behind.
    case lag(Cursor, behind: UInt64)
    /// The answer to a publish over HTTP, as it was made or remembered: a JSON object.
    case published(answer: [UInt8], ref: [UInt8]?)
    /// What a consumer of notifications is told first (seed 004).
    case initialNotifications(InitialNotifications)
    /// The answer to a `mark_read` that no event answers.
    case markedRead(Int64, ref: [UInt8]?)
    /// The credentials end soon: renew them by `auth`.
    case authExpiring(Timestamp)
    /// The credentials were renewed; they end then, if ever.
    case authenticated(expires: Timestamp?, ref: [UInt8]?)
    case pong(ref: [UInt8]?)
    case goodbye(reason: String, reconnectInMilliseconds: Int64)
    /// The faults are those of what was sent, each at its place.
    case error(Failure, String, faults: [Problem.Fault] = [], ref: [UInt8]?)
    /// A message that came past a limit: it is not acted upon, and may be sent again then.
    case limited(Failure, String, retryAfterMilliseconds: Int64, ref: [UInt8]?)

    /// What a client may rely on, told in `welcome`.
    public struct Limits: Sendable {
        public var messageBytes: Int
        public var eventBytes: Int
        public var subscriptions: Int
        public var queueBytes: Int

        public init(messageBytes: Int, eventBytes: Int, subscriptions: Int, queueBytes: Int) {
            self.messageBytes = messageBytes
            self.eventBytes = eventBytes
            self.subscriptions = subscriptions
            self.queueBytes = queueBytes
        }
    }

    /// The `type` member; the name of the event on an SSE stream.
    public var type: String {
        switch self {
        case .welcome: "welcome"
        case .subscribed: "subscribed"
        case .unsubscribed: "unsubscribed"
        case .caughtUp: "caught_up"
        case .bookmark: "bookmark"
        case .gap: "gap"
        case .lag: "lag"
        case .published: "published"
        case .initialNotifications: "initial_notifications"
        case .markedRead: "marked_read"
        case .authExpiring: "auth_expiring"
        case .authenticated: "authenticated"
        case .pong: "pong"
        case .goodbye: "goodbye"
        case .error, .limited: "error"
        }
    }

    /// Where a consumer that has read this may resume; `nil` where it says nothing of that.
    public var cursor: Cursor? {
        switch self {
        case .subscribed(_, _, let cursor, _), .caughtUp(let cursor), .bookmark(let cursor),
            .lag(let cursor, _):
            cursor
        case .initialNotifications(let initial): initial.cursor
        case .welcome, .unsubscribed, .gap, .published, .markedRead, .authExpiring, .authenticated,
            .pong, .goodbye, .error, .limited:
            nil
        }
    }

    /// The message as one line of JSON, without a line feed.
    public var json: [UInt8] {
        var json = Writer(capacity: 128)
        json.object { json in
            json.member("type", type)
            writeMembers(to: &json)
        }
        return json.bytes
    }

    private func writeMembers(to json: inout Writer) {
        switch self {
        case .welcome(let clients, let cursor, let version, let limits):
            json.member("clients", clients)
            json.member("cursor", cursor.text)
            json.member("version", version)
            json.member("limits") { limits.write(to: &$0) }
        case .subscribed(let patterns, let verdict, let cursor, let ref):
            json.write(groups: patterns)
            json.member("resume", verdict.rawValue)
            json.member("cursor", cursor.text)
            json.write(ref: ref)
        case .unsubscribed(let patterns, let ref):
            json.write(groups: patterns)
            json.write(ref: ref)
        case .caughtUp(let cursor), .bookmark(let cursor):
            json.member("cursor", cursor.text)
        case .gap(let gap, let epoch):
            json.member("group", gap.group.text)
            json.member("from", Cursor(epoch: epoch, position: gap.from).text)
            json.member("to", Cursor(epoch: epoch, position: gap.to).text)
            json.member("lost_at_most", gap.lostAtMost)
        case .lag(let cursor, let behind):
            json.member("cursor", cursor.text)
            json.member("behind", behind)
        case .published(let answer, let ref):
            json.write(membersOf: answer)
            json.write(ref: ref)
        case .initialNotifications(let initial):
            json.member("notifications", raw: initial.json)
            json.member("more", initial.hasMore)
            json.member("cursor", initial.cursor.text)
        case .markedRead(let id, let ref):
            json.member("notification_id", id)
            json.write(ref: ref)
        case .authExpiring(let expires): json.member("expires_at", expires.rfc3339)
        case .authenticated(let expires, let ref):
            json.member("expires_at", orNull: expires?.rfc3339)
            json.write(ref: ref)
        case .pong(let ref):
            json.write(ref: ref)
        case .goodbye(let reason, let milliseconds):
            json.member("reason", reason)
            json.member("reconnect_in_ms", milliseconds)
        case .error(let failure, let message, let faults, let ref):
            json.member("code", failure.rawValue)
            json.member("message", message)
            json.write(faults)
            json.write(ref: ref)
        case .limited(let failure, let message, let milliseconds, let ref):
            json.member("code", failure.rawValue)
            json.member("message", message)
            json.member("retry_after_ms", milliseconds)
            json.write(ref: ref)
        }
    }
}

extension ServerMessage {
    /// A subscription that is not granted: an error of its own.
    public static func forbidden(_ pattern: GroupPattern, ref: [UInt8]?) -> ServerMessage {
        let problem = Problem.forbidden(.subscribe, pattern.text)
        return .error(problem.failure, problem.detail, ref: ref)
    }
}

extension ServerMessage.Limits {
    fileprivate func write(to json: inout Writer) {
        json.object { json in
            json.member("message_bytes", messageBytes)
            json.member("event_bytes", eventBytes)
            json.member("subscriptions", subscriptions)
            json.member("queue_bytes", queueBytes)
        }
    }
}

extension Writer {
    fileprivate mutating func write(groups patterns: [GroupPattern]) {
        member("groups") { json in
            json.array { json in
                for pattern in patterns { json.string(pattern.text) }
            }
        }
    }

    /// Echoes what the client gave to find its answer by.
    fileprivate mutating func write(ref: [UInt8]?) {
        if let ref { member("ref", raw: ref) }
    }

    /// Repeats the members of an answer to a publish.
    ///
    /// The event's type is called `event`, as in the client's message: `type` is taken.
    fileprivate mutating func write(membersOf object: [UInt8]) {
        do {
            var reader = Reader(object)
            try reader.readObject { name, reader throws(JSONError) in
                member(name == "type" ? "event" : name, raw: object[try reader.skipValue()])
            }
        } catch {
            preconditionFailure("an answer of the hub is JSON: \(error)")
        }
    }
}
