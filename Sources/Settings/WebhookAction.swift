extension ClientAction {
    /// What `campana webhooks` was asked to do.
    public enum Webhooks: Equatable, Sendable {
        case list
        case show(id: String)
        case create(WebhookDraft)
        case update(id: String, WebhookDraft)
        case delete(id: String)
        case pause(id: String)
        case resume(id: String)
        case rotate(id: String, overlap: Duration?)
        case test(id: String)
        case deliveries(id: String, limit: Int?)
        case replay(id: String, Replay)
    }

    /// The members of a webhook that were given.
    public struct WebhookDraft: Equatable, Sendable {
        public var name: String?
        public var url: String?
        public var evento: String?
        public var groups: [String] = []
        public var types: [String] = []
        public var order: String?
        /// Each as `Name: value`.
        public var headers: [String] = []
        public var since: String?
        public var isPaused = false

        public init() {}
    }

    /// What is to be sent again.
    public struct Replay: Equatable, Sendable {
        /// As it was written: a cursor, `earliest`, a duration or an RFC 3339 time.
        public var since = "earliest"
        public var until: String?
        public var onlyFailed = false

        public init() {}
    }
}
