extension Rules {
    /// Seed 001's `SincronizacionERP`.
    static let synchronisationList = [
        Route(
            "/api/external/sincronizaciones",
            (
                .get,
                { rules, request, _ throws(Problem) in
                    try rules.synchronisations.list(request)
                }
            ),
            (
                .put,
                { rules, request, _ throws(Problem) in
                    try rules.synchronisations.put(request)
                }
            ))
    ]
}
