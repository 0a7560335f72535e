import JSON
import Log

/// Whose a consumer is, and what it hears: all that has to be known of it to count it.
public struct Hearing: Sendable {
    /// One thing that it listens to.
    public struct Interest: Sendable {
        public var pattern: GroupPattern
        /// The position after which it is wanted.
        public var start: UInt64
        /// Everything wanted up to here was handed to the peer's system.
        public var reached: UInt64

        public init(pattern: GroupPattern, start: UInt64, reached: UInt64) {
            self.pattern = pattern
            self.start = start
            self.reached = reached
        }
    }

    /// Never a secret.
    public var principal: String
    public var interests: [Interest]
    /// What it asked for and may not hear.
    public var refused: [GroupPattern]

    public init(principal: String, interests: [Interest], refused: [GroupPattern]) {
        self.principal = principal
        self.interests = interests
        self.refused = refused
    }

    /// The position behind which a reconnect would miss nothing.
    var reached: UInt64? { interests.map { max($0.reached, $0.start) }.min() }

    /// Whether it listens to the group.
    func hears(_ group: Group) -> Bool {
        interests.contains { $0.pattern.matches(group) }
    }
}

/// What a loop knows of one consumer, at the moment it was asked.
public struct ConnectionReport: Sendable {
    /// How its events travel.
    public enum Transport: String, Sendable {
        case websocket, sse, ndjson, poll
    }

    /// Names the connection as long as the hub runs.
    public var id: String
    public var hearing: Hearing
    public var address: String
    public var transport: Transport
    public var since: Timestamp
    /// What waits to be sent, in bytes.
    public var queueBytes: Int
    /// When it ended; `nil` while it is connected.
    public var ended: Timestamp?

    public init(
        id: String, hearing: Hearing, address: String, transport: Transport, since: Timestamp,
        queueBytes: Int, ended: Timestamp? = nil
    ) {
        self.id = id
        self.hearing = hearing
        self.address = address
        self.transport = transport
        self.since = since
        self.queueBytes = queueBytes
        self.ended = ended
    }

    /// The connection as clients see it.
    func json(epoch: Epoch, head: UInt64) -> [UInt8] {
        var json = Writer(capacity: 256)
        json.object { json in
            json.member("id", id)
            json.member("principal", hearing.principal)
            json.member("address", address)
            json.member("transport", transport.rawValue)
            json.member("since", since.rfc3339)
            json.member("groups", hearing.interests.map(\.pattern))
            if !hearing.refused.isEmpty { json.member("refused", hearing.refused) }
            if let reached = hearing.reached {
                json.member("cursor", Cursor(epoch: epoch, position: reached).text)
                json.member("lag", head - min(reached, head))
            }
            json.member("queue_bytes", queueBytes)
        }
        return json.bytes
    }
}

extension Writer {
    /// Writes the texts of patterns as an array.
    mutating func member(_ name: String, _ patterns: [GroupPattern]) {
        member(name) { json in
            json.array { json in for pattern in patterns { json.string(pattern.text) } }
        }
    }
}
