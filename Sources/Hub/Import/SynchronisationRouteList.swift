extension Rules {
    /// Seed 001's `SincronizacionERP`.
    static let synchronisationList = [
        Route(
            "/api/external/sincronizaciones",
            on(.get, \.synchronisations, SynchronisationRoutes.list),
            on(.put, \.synchronisations, SynchronisationRoutes.put))
    ]
}
