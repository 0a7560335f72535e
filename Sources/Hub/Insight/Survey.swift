import Log

/// A question that all loops answer together.
///
/// What is read of the log is read first. Then each loop looks at its consumers, one by one and
/// some in a turn, and counts; what it tells of each is bounded by who asks.
public struct Survey: Sendable {
    /// What is known before the loops are asked.
    public struct Found: Sendable {
        /// Who has credentials; none on a hub that asks nobody.
        public var principals: [Principal]
        public var head: UInt64
        /// The event that was asked for; `nil` where it is not kept.
        public var event: Event?
        public var groups: [GroupSummary]

        public init(
            principals: [Principal], head: UInt64, event: Event? = nil, groups: [GroupSummary] = []
        ) {
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

    /// What the loops are asked, and what is made of what they say.
    public struct Question: Sendable {
        /// As how much work one look counts: a loop does so much of it in a turn.
        public var weight = 1
        /// Looks at one consumer, on its loop; a report of it is made only where it is told of.
        public var look: @Sendable (inout Tally, Hearing, () -> ConnectionReport) -> Void
        /// Makes the answer, on any thread.
        public var respond: @Sendable (Tally) -> Reaction.Answer
    }

    public var subject: Subject
    /// The connection to go on behind; `nil` for the first.
    public var after: String?
    /// Says what the loops are asked, or why they need not be.
    public var begin: @Sendable (Found) -> Result<Question, Problem>
}

/// What loops have counted of their consumers, and those of them that are told of.
public struct Tally: Sendable {
    struct Row: Sendable {
        var id: String
        var json: [UInt8]
    }

    private(set) var counts: [String: Int] = [:]
    /// In the order of the loops, and of the connections on each.
    var rows: [Row] = []
    /// Who is here of those that were asked about.
    var seen: Set<String> = []
    /// Those who left most recently; bounded by the server.
    public var departed: [ConnectionReport] = []

    public init() {}

    mutating func count(_ name: String) { counts[name, default: 0] += 1 }

    func counted(_ name: String) -> Int { counts[name] ?? 0 }

    /// Adds what the next loop has counted.
    public mutating func merge(_ next: Tally) {
        counts.merge(next.counts, uniquingKeysWith: +)
        rows += next.rows
        seen.formUnion(next.seen)
        departed += next.departed
    }
}
