import HTTP1

extension Rules {
    /// Keys and tickets.
    static let keyList = [
        Route(
            "/keys",
            (.get, { rules, request, _ throws(Problem) in try rules.keys.list(request) }),
            (.post, { rules, request, _ throws(Problem) in try rules.keys.create(request) })),
        Route(
            "/keys/{id}",
            (
                .get,
                { rules, request, path throws(Problem) in try rules.keys.read(request, path[0]) }
            ),
            (
                .delete,
                { rules, request, path throws(Problem) in try rules.keys.revoke(request, path[0]) }
            )),
        Route(
            "/tickets",
            (
                .post,
                { rules, request, _ throws(Problem) in
                    try Ticket.issue(request, limits: rules.limits, access: rules.access)
                }
            )),
    ]
}
