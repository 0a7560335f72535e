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
    /// The id of the key that they have shown; `nil` where it was something else.
    public var keyID: String?
    /// The fingerprint of the key that has verified their token; `nil` where it was something
    /// else.
    public var tokenKey: UInt64?

    public init(
        name: String, grants: [Grant]?, expires: Timestamp? = nil, keyID: String? = nil,
        tokenKey: UInt64? = nil
    ) {
        self.name = name
        self.grants = grants
        self.expires = expires
        self.keyID = keyID
        self.tokenKey = tokenKey
    }

    /// Whoever asks an open hub.
    public static let anyone = Principal(name: "anyone", grants: nil)

    /// Who has shown nothing to a hub that asks: what is granted to all is left to them.
    public static let nobody = Principal(name: "nobody", grants: [])

    /// Whether they have shown no credentials where some are needed.
    public var isNobody: Bool { self == .nobody }

    /// Whose an idempotency key is that they give; `nil` where nobody says who they are.
    public var keyOwner: String? { self == .anyone || isNobody ? nil : name }

    /// Whether they may do this with a group.
    public func may(_ action: Action, _ group: Group) -> Bool {
        guard let grants else { return true }
        return grants.contains { $0.action == action && $0.pattern.matches(group) }
    }

    /// Whether they may do this with every group that a pattern stands for.
    public func may(_ action: Action, all pattern: GroupPattern) -> Bool {
        guard let grants else { return true }
        return grants.contains { $0.action == action && $0.pattern.covers(pattern) }
    }

    /// Holds a request to what is granted.
    ///
    /// - Throws: 403, with the grant that is missing; 401 where nobody has said who they are.
    public func require(_ action: Action, on group: Group) throws(Problem) {
        guard may(action, group) else { throw missing(action, group.name) }
    }

    /// Holds a request to what is granted for all groups of a pattern.
    ///
    /// - Throws: 403, with the grant that is missing; 401 where nobody has said who they are.
    public func require(_ action: Action, onAll pattern: GroupPattern) throws(Problem) {
        guard may(action, all: pattern) else { throw missing(action, pattern.text) }
    }

    /// A subscription to what is granted of it; the rest is an error each.
    ///
    /// - Throws: 403 where nothing of it is granted; 401 where nobody has said who they are.
    func permitted(_ request: SubscribeRequest?) throws(Problem) -> SubscribeRequest? {
        guard !isNobody else { throw .unauthenticated(nil) }
        guard let request else { return nil }
        let permitted = allowed(request)
        if permitted.patterns.isEmpty, let pattern = permitted.forbidden.first {
            throw .forbidden(.subscribe, pattern.text)
        }
        return permitted
    }

    /// The same request, with what is not granted set apart.
    public func allowed(_ request: SubscribeRequest) -> SubscribeRequest {
        guard grants != nil else { return request }
        var allowed = request
        allowed.forbidden = request.patterns.filter { !may(.subscribe, all: $0) }
        if !allowed.forbidden.isEmpty {
            allowed.patterns.removeAll { allowed.forbidden.contains($0) }
        }
        return allowed
    }

    /// Holds a message to what is granted.
    ///
    /// - Throws: The grant that is missing; the connection stays.
    public func require(
        _ action: Action, on group: Group, ref: [UInt8]?
    ) throws(MessageFault) {
        guard !may(action, group) else { return }
        let problem = missing(action, group.name)
        throw MessageFault(failure: problem.failure, detail: problem.detail, ref: ref)
    }

    private func missing(_ action: Action, _ name: String) -> Problem {
        isNobody ? .unauthenticated(nil) : .forbidden(action, name)
    }
}

extension Problem {
    /// 401 with the challenges of RFC 9110 §11.6.1 and RFC 6750 §3.
    ///
    /// - Parameter fault: What is wrong with the credentials; `nil` where there are none.
    /// - Returns: The problem.
    public static func unauthenticated(_ fault: String?) -> Problem {
        let bearer =
            fault.map {
                "Bearer realm=\"campana\", error=\"invalid_token\", "
                    + "error_description=\"\($0)\""
            } ?? "Bearer realm=\"campana\""
        return Problem(
            .unauthenticated,
            fault ?? "show a key or token: Authorization: Bearer …; campanad keys create makes one",
            fields: ["WWW-Authenticate": "\(bearer), ApiKey realm=\"campana\""])
    }

    /// 403: names the grant that would do.
    static func forbidden(_ action: Action, _ group: String) -> Problem {
        Problem(.forbidden, "this needs the grant \(action.rawValue):\(group)")
    }
}
