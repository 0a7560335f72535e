import HTTP1

extension Rules {
    /// Seed 001's routes under `/api/external`, but for reports.
    static let stockList = articleRoutes + movementRoutes + alertRoutes + stockReportRoutes

    private typealias Handler = @Sendable (StockRoutes, Request) throws(Problem) -> Reaction
    private typealias MemberHandler =
        @Sendable (StockRoutes, Request, String) throws(Problem) -> Reaction

    private static func on(
        _ method: HTTP1.Method, _ handler: @escaping Handler
    ) -> (method: HTTP1.Method, handler: Route.Handler) {
        (method, { rules, request, _ throws(Problem) in try handler(rules.stock, request) })
    }

    private static func on(
        _ method: HTTP1.Method, member handler: @escaping MemberHandler
    ) -> (method: HTTP1.Method, handler: Route.Handler) {
        (
            method,
            { rules, request, path throws(Problem) in try handler(rules.stock, request, path[0]) }
        )
    }

    private static let articleRoutes = [
        Route(
            "/api/external/articulos",
            on(.get) { stock, request throws(Problem) in try stock.listArticles(request) },
            (.post, { rules, request, _ throws(Problem) in try rules.postArticles(request) })),
        Route(
            "/api/external/articulos/{id}",
            on(
                .get,
                member: { stock, request, id throws(Problem) in
                    try stock.readArticle(request, id)
                }),
            on(
                .put,
                member: { stock, request, id throws(Problem) in
                    try stock.changeArticle(request, id, isWhole: true)
                }),
            on(
                .patch,
                member: { stock, request, id throws(Problem) in
                    try stock.changeArticle(request, id, isWhole: false)
                }),
            on(
                .delete,
                member: { stock, request, id throws(Problem) in
                    try stock.deleteArticle(request, id)
                })),
        Route(
            "/api/external/stock",
            on(.get) { stock, request throws(Problem) in try stock.stock(request) },
            (.post, { rules, request, _ throws(Problem) in try rules.postStock(request) })),
        Route(
            "/api/external/stock/{articulo}",
            on(
                .get,
                member: { stock, request, id throws(Problem) in
                    try stock.stock(request, of: id)
                })),
    ]

    private static let movementRoutes = [
        Route(
            "/api/external/movimientos",
            on(.get) { stock, request throws(Problem) in try stock.listMovements(request) },
            on(.post) { stock, request throws(Problem) in try stock.createMovement(request) }),
        Route(
            "/api/external/movimientos/{id}",
            on(
                .get,
                member: { stock, request, id throws(Problem) in
                    try stock.readMovement(request, id)
                })),
        Route(
            "/api/external/movimientos/{id}/aprobar",
            on(
                .post,
                member: { stock, request, id throws(Problem) in
                    try stock.approveMovement(request, id)
                })),
        Route(
            "/api/external/movimientos/{id}/rechazar",
            on(
                .post,
                member: { stock, request, id throws(Problem) in
                    try stock.rejectMovement(request, id)
                })),
    ]

    private static let alertRoutes = [
        Route(
            "/api/external/alertas",
            on(.get) { stock, request throws(Problem) in try stock.listAlerts(request) }),
        Route(
            "/api/external/alertas/{articulo}",
            on(
                .get,
                member: { stock, request, id throws(Problem) in
                    try stock.readAlert(request, id)
                })),
        Route(
            "/api/external/alertas/{articulo}/reconocer",
            on(
                .post,
                member: { stock, request, id throws(Problem) in
                    try stock.acknowledge(request, id)
                })),
        Route(
            "/api/external/silencios",
            on(.get) { stock, request throws(Problem) in try stock.listSilences(request) },
            on(.post) { stock, request throws(Problem) in try stock.createSilence(request) }),
        Route(
            "/api/external/silencios/{id}",
            on(
                .delete,
                member: { stock, request, id throws(Problem) in
                    try stock.deleteSilence(request, id)
                })),
    ]

    private static let stockReportRoutes = [
        Route(
            "/api/external/reportes",
            on(.get) { stock, request throws(Problem) in try stock.report(request) })
    ]
}
