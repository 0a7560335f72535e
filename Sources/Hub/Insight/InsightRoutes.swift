import HTTP1
import JSON
import Log

/// Who is connected, what they hear, and who got an event.
struct InsightRoutes: Sendable {
    let epoch: Epoch

    /// Insight is for who may steer the hub.
    static let group = Group(literal: "$sys:connections")
    static let defaultPageSize = 100
    static let maxPageSize = 1000

    // MARK: Connections

    func connections(_ request: Request) throws(Problem) -> Reaction {
        try request.requireInsight()
        let limit = try request.limit()
        let target = request.head.target
        let (after, principal) = (target.queryValue("after"), target.queryValue("principal"))
        let group = try request.group("group")
        let epoch = epoch
        return .survey(
            Survey(subject: .nothing) { findings in
                let found = findings.connected.filter { report in
                    (after.map { $0 < report.id } ?? true)
                        && (principal.map { $0 == report.principal } ?? true)
                        && (group.map { report.hears($0) } ?? true)
                }.sorted { $0.id < $1.id }
                var json = Writer(capacity: 64 + min(limit, found.count) * 256)
                json.object { json in
                    json.member("connections") { json in
                        json.array { json in
                            for report in found.prefix(limit) {
                                report.write(to: &json, epoch: epoch, head: findings.head)
                            }
                        }
                    }
                    json.member("total", found.count)
                    json.member("next", orNull: found.count > limit ? found[limit - 1].id : nil)
                }
                return .success(.json(.ok, json.bytes, fields: .noStore))
            })
    }

    func disconnect(_ request: Request, id: String) throws(Problem) -> Reaction {
        try request.requireInsight()
        return .disconnect(id)
    }

    // MARK: Groups

    func groups(_ request: Request) throws(Problem) -> Reaction {
        try request.requireInsight()
        let limit = try request.limit()
        let after = request.head.target.queryValue("after")
        return .survey(
            Survey(subject: .groups(after: after, limit: limit + 1)) { findings in
                var json = Writer(capacity: 64 + findings.groups.count * 96)
                json.object { json in
                    json.member("groups") { json in
                        json.array { json in
                            for group in findings.groups.prefix(limit) {
                                Self.write(group, findings.connected, to: &json)
                            }
                        }
                    }
                    let isMore = findings.groups.count > limit
                    json.member(
                        "next", orNull: isMore ? findings.groups[limit - 1].group.name : nil)
                }
                return .success(.json(.ok, json.bytes, fields: .noStore))
            })
    }

    private static func write(
        _ summary: GroupSummary, _ connected: [ConnectionReport], to json: inout Writer
    ) {
        json.object { json in
            json.member("group", summary.group.name)
            json.member("seq", summary.lastSeq)
            json.member("kept", summary.kept)
            json.member("consumers", connected.count { $0.hears(summary.group) })
        }
    }

    // MARK: One event

    func trace(_ request: Request, cursor text: String) throws(Problem) -> Reaction {
        try request.requireInsight()
        let limit = try request.limit()
        guard let cursor = Cursor(text) else {
            throw Problem(.invalidParameter, "\"\(text.prefix(64))\" is not a cursor")
        }
        guard cursor.epoch == epoch else { throw .notKept(cursor) }
        let epoch = epoch
        return .survey(
            Survey(subject: .event(cursor.position)) { findings in
                guard let event = findings.event else { return .failure(.notKept(cursor)) }
                let trace = Trace(
                    of: event, epoch: epoch, connected: findings.connected,
                    departed: findings.departed, principals: findings.principals)
                return .success(.json(.ok, trace.json(limit: limit), fields: .noStore))
            })
    }

    // MARK: One principal

    func explain(_ request: Request) throws(Problem) -> Reaction {
        try request.requireInsight()
        guard let name = request.head.target.queryValue("principal") else {
            throw Problem(.invalidParameter, "principal is missing; say who, as in ?principal=ana")
        }
        guard let group = try request.group("group") else {
            throw Problem(.invalidParameter, "group is missing; name one, as in ?group=tasks")
        }
        return .survey(
            Survey(subject: .nothing) { findings in
                let connected = findings.connected.filter { $0.principal == name }
                let known = findings.principals.first { $0.name == name }
                let isOpen = findings.principals.isEmpty && name == Principal.anyone.name
                guard let principal = known ?? (isOpen ? .anyone : nil) else {
                    return .failure(
                        Problem(.notFound, "nobody is called \"\(name.prefix(64))\" here"))
                }
                return .success(
                    .json(
                        .ok, Self.explanation(of: principal, group, connected), fields: .noStore))
            })
    }

    private static func explanation(
        of principal: Principal, _ group: Group, _ connected: [ConnectionReport]
    ) -> [UInt8] {
        var json = Writer()
        json.object { json in
            json.member("principal", principal.name)
            json.member("group", group.name)
            for action in Action.allCases {
                json.member(action.rawValue) { json in
                    json.object { json in
                        json.member("allowed", principal.may(action, group))
                        json.member("by", principal.reason(for: action, group))
                    }
                }
            }
            json.member("connections", connected.count)
            json.member("listening", connected.count { $0.hears(group) })
        }
        return json.bytes
    }
}

extension Principal {
    /// The grant that allows it, or what would.
    fileprivate func reason(for action: Action, _ group: Group) -> String {
        guard let grants else { return "the hub asks nobody who they are" }
        let grant = grants.first { $0.action == action && $0.pattern.matches(group) }
        return grant.map { "\($0.action.rawValue):\($0.pattern.text)" }
            ?? "no grant; \(action.rawValue):\(group.name) would do"
    }
}

extension ConnectionReport {
    /// Whether it listens to the group.
    fileprivate func hears(_ group: Group) -> Bool {
        interests.contains { $0.pattern.matches(group) }
    }
}

extension Request {
    fileprivate func requireInsight() throws(Problem) {
        try principal.require(.admin, on: InsightRoutes.group)
    }

    fileprivate func limit() throws(Problem) -> Int {
        try number(
            "limit", in: 1...InsightRoutes.maxPageSize, default: InsightRoutes.defaultPageSize)
    }

    /// A group that the query names; `nil` where it does not.
    fileprivate func group(_ name: String) throws(Problem) -> Group? {
        guard let text = head.target.queryValue(name) else { return nil }
        do {
            return try Group(text)
        } catch {
            throw Problem(.invalidParameter, "\(name): \"\(text.prefix(64))\": \(error.message)")
        }
    }
}

extension Problem {
    fileprivate static func notKept(_ cursor: Cursor) -> Problem {
        Problem(.notFound, "no event is kept at \(cursor.text)")
    }
}
