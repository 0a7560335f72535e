import Log

/// What can be allowed with a group (WIRE §6).
public enum Action: String, CaseIterable, Hashable, Sendable {
    /// To append events of one's own.
    case publish
    /// To hear its events, and to read the records that they tell of.
    case subscribe
    /// To change the records of which the group tells: tasks, notifications, stock.
    case write
    /// To see and steer the hub itself: webhooks, keys, connections.
    case admin
}

/// Actions on all groups that a pattern matches.
public struct Grant: Hashable, Sendable {
    public var action: Action
    public var pattern: GroupPattern

    public init(_ action: Action, _ pattern: GroupPattern) {
        self.action = action
        self.pattern = pattern
    }
}

/// Who asks, and what they may.
public struct Principal: Hashable, Sendable {
    /// What the log and the audit call them; never a secret.
    public var name: String
    /// `nil` for all: a hub without credentials asks nobody.
    public var grants: [Grant]?
    /// When the credentials end; `nil` for never.
    public var expires: Timestamp?

    public init(name: String, grants: [Grant]?, expires: Timestamp? = nil) {
        self.name = name
        self.grants = grants
        self.expires = expires
    }

    /// Whoever asks an open hub.
    public static let anyone = Principal(name: "anyone", grants: nil)

    /// Whether they may do this with a group.
    public func may(_ action: Action, _ group: Group) -> Bool {
        guard let grants else { return true }
        return grants.contains { $0.action == action && $0.pattern.matches(group) }
    }

    /// Holds a request to what is granted.
    ///
    /// - Throws: 403, with the grant that is missing.
    public func require(_ action: Action, on group: Group) throws(Problem) {
        guard may(action, group) else { throw Problem.forbidden(action, group.name) }
    }
}

extension Problem {
    /// 403: names the grant that would do.
    static func forbidden(_ action: Action, _ group: String) -> Problem {
        Problem(.forbidden, "this needs the grant \(action.rawValue):\(group)")
    }
}
