import Log

/// One thing that somebody did, and what came of it; never a secret, and never what was sent.
public struct Entry: Hashable, Sendable {
    /// When it was done with.
    public var at: Timestamp
    /// Who did it, as credentials name them.
    public var who: String
    /// The address that it came from.
    public var from: String
    /// The trusted proxy that says so; `nil` where none stands between.
    public var via: String?
    /// A method and a route's path without its query, or what a WebSocket message asks for.
    public var did: String
    /// What it was done to: a path, or groups with spaces between.
    public var on: String
    /// What of it, where that says more: the name of a command, the id of a record made.
    public var entity: String?
    /// A status, a close code, or a word such as `granted`.
    public var outcome: String
    /// How long it took.
    public var milliseconds: Int64

    public init(
        at: Timestamp, who: String, from: String, via: String? = nil, did: String, on: String,
        entity: String? = nil, outcome: String, milliseconds: Int64 = 0
    ) {
        self.at = at
        self.who = who
        self.from = from
        self.via = via
        self.did = did
        self.on = on
        self.entity = entity
        self.outcome = outcome
        self.milliseconds = milliseconds
    }

    /// An entry of the hub's own.
    public init(hub did: String, at: Timestamp, on: String = "", outcome: String) {
        self.init(at: at, who: "hub", from: "", did: did, on: on, outcome: outcome)
    }

    /// What the first line of every file, and of every run of the hub, says was done.
    public static let opening = "open"

    /// About what it takes in memory while it waits.
    public var cost: Int {
        128 + who.utf8.count + from.utf8.count + did.utf8.count + on.utf8.count
            + (entity?.utf8.count ?? 0) + (via?.utf8.count ?? 0)
    }
}
