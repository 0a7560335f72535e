extension ClientAction {
    /// How much is listed, and in which form.
    public struct Listing: Equatable, Sendable {
        /// The most lines.
        public var limit = 1000
        /// Whether each is printed as the hub sent it.
        public var isJSON = false

        public init() {}
    }

    /// What `campana connections` needs.
    public struct Connections: Equatable, Sendable {
        /// Only those of this one.
        public var principal: String?
        /// Only those that listen to this group.
        public var group: String?
        public var listing = Listing()

        public init() {}
    }

    /// What `campana trace` needs.
    public struct Trace: Equatable, Sendable {
        /// Of the event, as it was written.
        public var cursor = ""
        public var listing = Listing()

        public init() {}
    }

    /// What `campana explain` needs.
    public struct Explain: Equatable, Sendable {
        public var principal = ""
        public var group = ""
        /// Whether the answer is printed as the hub sent it.
        public var isJSON = false

        public init() {}
    }
}
