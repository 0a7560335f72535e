import HTTP1

extension Rules {
    /// Seed 001's dashboard of integrations.
    static let integrationList = [
        Route(
            "/api/reportes/integraciones",
            (
                .get,
                { rules, request, _ throws(Problem) in try rules.integrations.report(request) }
            ),
            (
                .post,
                { rules, request, _ throws(Problem) in try rules.integrations.create(request) }
            )),
        Route(
            "/api/reportes/integraciones/log",
            (.get, { rules, request, _ throws(Problem) in try rules.integrations.list(request) })),
    ]
}
