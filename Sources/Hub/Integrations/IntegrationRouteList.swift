extension Rules {
    /// Seed 001's dashboard of integrations.
    static let integrationList = [
        Route(
            "/api/reportes/integraciones",
            on(.get, \.integrations, IntegrationRoutes.report),
            on(.post, \.integrations, IntegrationRoutes.create)),
        Route(
            "/api/reportes/integraciones/log", on(.get, \.integrations, IntegrationRoutes.list)),
    ]
}
