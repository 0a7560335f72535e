import Log

/// One message of the hub (WIRE §4), as far as a consumer acts on it.
public enum ServerMessage: Equatable, Sendable {
    case event(EventLine)
    case welcome(Welcome)
    case subscribed(Subscribed)
    case caughtUp(Cursor?)
    case gap(Gap)
    /// Nothing that was asked for came up to here.
    case bookmark(Cursor)
    case lag
    case goodbye(reason: String, reconnectIn: Duration?)
    case error(Refusal)
    case published(cursor: String, seq: UInt64)
    case pong(ref: UInt64?)
    /// The credentials of the connection end then, in RFC 3339.
    case authExpiring(at: String)
    /// Others are taken in their place.
    case authenticated(until: String?)
    /// A kind that this client has no use for; a newer hub may send more of them.
    case other(type: String)

    public struct Welcome: Equatable, Sendable {
        /// How many clients are connected, this one among them.
        public var clients: UInt64?
        public var version: String?
    }

    public struct Subscribed: Equatable, Sendable {
        public var groups: [String]
        public var verdict: Verdict
        public var cursor: Cursor?
        public var ref: UInt64?
    }

    /// What became of the events since the cursor that was asked for (WIRE §4, "Resume").
    public enum Verdict: String, Equatable, Sendable {
        /// All of them follow.
        case complete
        /// Some are past retention; `gap` stands at their place.
        case gap
        /// The cursor is of another epoch: all that is kept follows.
        case reset
        /// None was asked for: what follows is new.
        case live
    }

    public struct Gap: Equatable, Sendable {
        public var group: String
        public var lostAtMost: UInt64?
    }

    public struct Refusal: Equatable, Sendable {
        public var code: String
        public var message: String
        /// The group that was refused, where it is one of several.
        public var group: String?
        public var ref: UInt64?
        /// How long to wait before the same is asked again, where that helps.
        public var retryAfter: Duration?

        public init(
            code: String, message: String, group: String? = nil, ref: UInt64? = nil,
            retryAfter: Duration? = nil
        ) {
            self.code = code
            self.message = message
            self.group = group
            self.ref = ref
            self.retryAfter = retryAfter
        }

        /// Whether the credentials do not grant it, or are not taken.
        var isOfCredentials: Bool { code == "forbidden" || code == "unauthenticated" }
    }
}

/// An event as it came over the wire, and what a consumer needs to know of it.
public struct EventLine: Equatable, Sendable {
    /// The whole JSON object on one line, without the newline.
    public var json: [UInt8]
    public var type: String
    public var group: String
    public var seq: UInt64
    public var cursor: Cursor
    /// Where the time stands in ``json``, with its quotes; empty where there is none.
    public var timestamp: Range<Int>
    /// Where the payload stands in ``json``; empty where there is none.
    public var payload: Range<Int>
}
