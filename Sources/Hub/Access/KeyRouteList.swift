extension Rules {
    /// Keys and tickets.
    static let keyList = [
        Route(
            "/keys",
            on(.get, \.keys, KeyRoutes.list),
            on(.post, \.keys, KeyRoutes.create)),
        Route(
            "/keys/{id}",
            on(.get, \.keys, member: KeyRoutes.read),
            on(.delete, \.keys, member: KeyRoutes.revoke)),
        Route("/tickets", on(.post, issueTicket)),
    ]

    private static func issueTicket(
        _ rules: Rules, _ request: Request, _: [String]
    ) throws(Problem) -> Reaction {
        try Ticket.issue(request, limits: rules.limits, access: rules.access)
    }
}
