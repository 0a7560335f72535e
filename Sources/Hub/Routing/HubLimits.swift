import JSON

/// The bounds that the hub's own rules keep; all others are the server's.
public struct HubLimits: Sendable {
    /// The largest message or body, in bytes.
    public var maxMessageBytes: Int
    /// The largest `data` of a published event, in bytes.
    public var maxEventBytes: Int
    /// The most lines of a batch.
    public var maxBatchEvents: Int
    /// The most patterns of one connection.
    public var maxSubscriptions: Int
    /// How long an entry of the integration log is kept.
    public var integrationLogAge: Duration
    /// How long a notification is kept; `nil` for ever.
    public var notificationsAge: Duration?

    public init(
        maxMessageBytes: Int, maxEventBytes: Int, maxBatchEvents: Int, maxSubscriptions: Int,
        integrationLogAge: Duration = .seconds(30 * 86_400), notificationsAge: Duration? = nil
    ) {
        self.maxMessageBytes = maxMessageBytes
        self.maxEventBytes = maxEventBytes
        self.maxBatchEvents = maxBatchEvents
        self.maxSubscriptions = maxSubscriptions
        self.integrationLogAge = integrationLogAge
        self.notificationsAge = notificationsAge
    }

    /// What a JSON text may ask for; its size is bounded where it is received.
    var json: JSON.Limits { JSON.Limits(maxBytes: maxMessageBytes) }
}
