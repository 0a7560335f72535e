import HTTP1
import JSON
import Log

/// Who is connected, what they hear, and who got an event.
struct InsightRoutes: Sendable {
    let epoch: Epoch

    /// Insight is for who may steer the hub.
    static let group = Group(literal: "$sys:connections")
    // MARK: Connections

    func connections(_ request: Request) throws(Problem) -> Reaction {
        try request.requireInsight()
        let limit = try request.limit()
        let target = request.head.target
        let principal = target.queryValue("principal")
        let group = try request.group("group")
        let epoch = epoch
        return .survey(
            Survey(subject: .nothing, after: target.queryValue("after")) { found in
                .success(
                    Survey.Question { tally, hearing, report in
                        guard principal.map({ $0 == hearing.principal }) ?? true,
                            group.map({ hearing.hears($0) }) ?? true
                        else { return }
                        tally.count(Self.total)
                        guard tally.rows.count <= limit else { return }
                        let report = report()
                        tally.rows.append(
                            Tally.Row(
                                id: report.id, json: report.json(epoch: epoch, head: found.head)))
                    } respond: { tally in
                        .success(.json(.ok, Self.page(tally, limit), fields: .noStore))
                    })
            })
    }

    /// What the connections of a page, and those behind it, are counted as.
    private static let total = "total"

    private static func page(_ tally: Tally, _ limit: Int) -> [UInt8] {
        var json = Writer(capacity: 64 + min(limit, tally.rows.count) * 256)
        json.object { json in
            json.member("connections") { json in
                json.array { json in for row in tally.rows.prefix(limit) { json.raw(row.json) } }
            }
            json.member("total", tally.counted(total))
            let isMore = tally.rows.count > limit
            json.member("next", orNull: isMore ? tally.rows[limit - 1].id : nil)
        }
        return json.bytes
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
            Survey(subject: .groups(after: after, limit: limit + 1)) { found in
                let listed = found.groups.prefix(limit)
                return .success(
                    Survey.Question(weight: 1 + listed.count / Self.groupsPerLook) {
                        tally, hearing, _ in
                        for group in listed where hearing.hears(group.group) {
                            tally.count(group.group.name)
                        }
                    } respond: { tally in
                        let isMore = found.groups.count > limit
                        let next = isMore ? listed.last?.group.name : nil
                        return .success(
                            .json(.ok, Self.page(listed, tally, next: next), fields: .noStore))
                    })
            })
    }

    /// So many groups are compared in the time in which one connection is told of.
    private static let groupsPerLook = 32

    private static func page(
        _ groups: ArraySlice<GroupSummary>, _ tally: Tally, next: String?
    ) -> [UInt8] {
        var json = Writer(capacity: 64 + groups.count * 96)
        json.object { json in
            json.member("groups") { json in
                json.array { json in
                    for group in groups {
                        json.object { json in
                            json.member("group", group.group.name)
                            json.member("seq", group.lastSeq)
                            json.member("kept", group.kept)
                            json.member("consumers", tally.counted(group.group.name))
                        }
                    }
                }
            }
            json.member("next", orNull: next)
        }
        return json.bytes
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
            Survey(subject: .event(cursor.position)) { found in
                guard let event = found.event else { return .failure(.notKept(cursor)) }
                let trace = Trace(
                    of: event, epoch: epoch, principals: found.principals, limit: limit)
                return .success(
                    Survey.Question { tally, hearing, report in
                        trace.look(&tally, hearing, report)
                    } respond: { tally in
                        .success(.json(.ok, trace.json(tally), fields: .noStore))
                    })
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
            Survey(subject: .nothing) { found in
                let known = found.principals.first { $0.name == name }
                let isOpen = found.principals.isEmpty && name == Principal.anyone.name
                guard let principal = known ?? (isOpen ? .anyone : nil) else {
                    return .failure(
                        Problem(
                            .notFound,
                            "nobody is called \"\(name.prefix(64))\" here; who has a key is key:NAME, "
                                + "others are as /connections names them"))
                }
                return .success(
                    Survey.Question { tally, hearing, _ in
                        guard hearing.principal == name else { return }
                        tally.count(Self.connections)
                        if hearing.hears(group) { tally.count(Self.listening) }
                    } respond: { tally in
                        let json = Self.explanation(of: principal, group, tally)
                        return .success(.json(.ok, json, fields: .noStore))
                    })
            })
    }

    /// What the connections of a principal are counted as: all, and those that hear the group.
    private static let connections = "connections"
    private static let listening = "listening"

    private static func explanation(
        of principal: Principal, _ group: Group, _ tally: Tally
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
            for name in [connections, listening] { json.member(name, tally.counted(name)) }
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

extension Request {
    fileprivate func requireInsight() throws(Problem) {
        try principal.require(.admin, on: InsightRoutes.group)
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
