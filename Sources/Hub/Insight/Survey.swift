import HTTP1
import Log

/// A question that all loops answer together.
public struct Survey: Sendable {
    /// What the loops and the log have said.
    public struct Findings: Sendable {
        public var connected: [ConnectionReport]
        /// Those who left most recently; bounded by the server.
        public var departed: [ConnectionReport]
        /// Who has credentials; none on a hub that asks nobody.
        public var principals: [Principal]
        public var head: UInt64
        /// The event that was asked for; `nil` where it is not kept.
        public var event: Event?
        public var groups: [GroupSummary]

        public init(
            connected: [ConnectionReport], departed: [ConnectionReport],
            principals: [Principal], head: UInt64, event: Event?, groups: [GroupSummary]
        ) {
            self.connected = connected
            self.departed = departed
            self.principals = principals
            self.head = head
            self.event = event
            self.groups = groups
        }
    }

    /// What is read of the log first.
    public enum Subject: Sendable {
        case nothing
        /// The event at a position.
        case event(UInt64)
        /// Groups behind a name.
        case groups(after: String?, limit: Int)
    }

    public var subject: Subject
    public var respond: @Sendable (Findings) -> Reaction.Answer
}
