extension Command {
    /// Who is connected, and who got what.
    static let insight = [connections, endConnection, groups, trace, explain]

    private static let connections = Command(
        "connections", "", "list who is connected, what they hear and how far they are",
        initial: ClientAction.Connections(),
        options: [
            option(
                "principal", \.principal, ValueKind.text.named("NAME").optional(),
                "only those of this principal"),
            option(
                "group", \.group, ValueKind.text.named("GROUP").optional(),
                "only those that listen to this group"),
            limit(\.listing.limit, .count(1...100_000)), json(\.listing.isJSON),
        ],
        examples: [
            Example("campana connections", "all of them: a table on a terminal, else lines"),
            Example("campana connections --group tasks", "who listens to tasks"),
            Example("campana connections --principal key:ana --json", "as the hub sent them"),
        ]
    ) { request, _ in .listConnections(request) }

    private static let endConnection = Command(
        "connections end", "ID", "end a connection; its client is told not to return",
        initial: (),
        examples: [Example("campana connections end 0-17", "the id is the one that is listed")]
    ) { _, operands in .endConnection(id: operands[0]) }

    private static let groups = Command(
        "groups", "", "list the groups of the log, what is kept of each and who listens",
        initial: ClientAction.Listing(),
        options: [limit(\.limit, .count(1...100_000)), json(\.isJSON)],
        examples: [Example("campana groups", "by name")]
    ) { request, _ in .listGroups(request) }

    private static let trace = Command(
        "trace", "CURSOR", "tell who got an event, who did not, and why",
        initial: ClientAction.Trace(),
        options: [limit(\.listing.limit, .count(1...1000)), json(\.listing.isJSON)],
        examples: [
            Example(
                "campana trace k3f9aa-18342", "the cursor is the event's, as tail --json shows it")
        ]
    ) { request, operands in
        var request = request
        request.cursor = operands[0]
        return .trace(request)
    }

    private static let explain = Command(
        "explain", "PRINCIPAL GROUP", "tell what somebody may do with a group, and by which grant",
        initial: ClientAction.Explain(), options: [json(\.isJSON)],
        examples: [
            Example("campana explain key:ana stock:norte", "who has the key that is called ana")
        ]
    ) { request, operands in
        var request = request
        (request.principal, request.group) = (operands[0], operands[1])
        return .explain(request)
    }

    private static func limit<Request: Initial>(
        _ path: WritableKeyPath<Request, Int> & Sendable, _ kind: ValueKind<Int>
    ) -> Option<Request> {
        option("limit", path, kind, "list so many at most")
    }

    private static func json<Request: Initial>(
        _ path: WritableKeyPath<Request, Bool> & Sendable
    ) -> Option<Request> {
        Option(
            switch: "json", path, to: true, section: "Options",
            help: "print JSON, one object a line, as the hub sent it")
    }
}

extension ClientAction.Listing: Initial {}
extension ClientAction.Connections: Initial {}
extension ClientAction.Trace: Initial {}
extension ClientAction.Explain: Initial {}
