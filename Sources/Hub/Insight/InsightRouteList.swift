import HTTP1

extension Rules {
    /// Who got what, and why.
    static let insightList = [
        Route(
            "/connections",
            (.get, { rules, request, _ throws(Problem) in try rules.insight.connections(request) })),
        Route(
            "/connections/{id}",
            (
                .delete,
                { rules, request, path throws(Problem) in
                    try rules.insight.disconnect(request, id: path[0])
                }
            )),
        Route(
            "/groups",
            (.get, { rules, request, _ throws(Problem) in try rules.insight.groups(request) })),
        Route(
            "/events/{cursor}/trace",
            (
                .get,
                { rules, request, path throws(Problem) in
                    try rules.insight.trace(request, cursor: path[0])
                }
            )),
        Route(
            "/explain",
            (.get, { rules, request, _ throws(Problem) in try rules.insight.explain(request) })),
    ]
}
