extension Rules {
    /// Seed 001's routes under `/api/external`, but for reports.
    static let stockList = articleRoutes + movementRoutes + alertRoutes + stockReportRoutes

    private static let articleRoutes = [
        Route(
            "/api/external/articulos",
            on(.get, \.stock, StockRoutes.listArticles),
            on(.post, \.self, Rules.postArticles)),
        Route(
            "/api/external/articulos/{id}",
            on(.get, \.stock, member: StockRoutes.readArticle),
            on(.put, \.stock, member: StockRoutes.replaceArticle),
            on(.patch, \.stock, member: StockRoutes.patchArticle),
            on(.delete, \.stock, member: StockRoutes.deleteArticle)),
        Route(
            "/api/external/stock",
            on(.get, \.stock, StockRoutes.listStock),
            on(.post, \.self, Rules.postStock)),
        Route("/api/external/stock/{articulo}", on(.get, \.stock, member: StockRoutes.readStock)),
    ]

    private static let movementRoutes = [
        Route(
            "/api/external/movimientos",
            on(.get, \.stock, StockRoutes.listMovements),
            on(.post, \.stock, StockRoutes.createMovement)),
        Route(
            "/api/external/movimientos/{id}", on(.get, \.stock, member: StockRoutes.readMovement)),
        Route(
            "/api/external/movimientos/{id}/aprobar",
            on(.post, \.stock, member: StockRoutes.approveMovement)),
        Route(
            "/api/external/movimientos/{id}/rechazar",
            on(.post, \.stock, member: StockRoutes.rejectMovement)),
    ]

    private static let alertRoutes = [
        Route("/api/external/alertas", on(.get, \.stock, StockRoutes.listAlerts)),
        Route("/api/external/alertas/{articulo}", on(.get, \.stock, member: StockRoutes.readAlert)),
        Route(
            "/api/external/alertas/{articulo}/reconocer",
            on(.post, \.stock, member: StockRoutes.acknowledge)),
        Route(
            "/api/external/silencios",
            on(.get, \.stock, StockRoutes.listSilences),
            on(.post, \.stock, StockRoutes.createSilence)),
        Route(
            "/api/external/silencios/{id}",
            on(.delete, \.stock, member: StockRoutes.deleteSilence)),
    ]

    private static let stockReportRoutes = [
        Route("/api/external/reportes", on(.get, \.stock, StockRoutes.report))
    ]
}
