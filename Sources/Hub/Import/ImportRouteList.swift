import HTTP1

extension Rules {
    /// Bodies of rows, where no other route of the same path comes first.
    static let importList = [
        Route(
            "/api/external/articulos",
            (
                .post,
                { rules, request, _ throws(Problem) in
                    try rules.importRows(request, .articles)
                }
            )),
        Route(
            "/api/external/stock",
            (
                .post,
                { rules, request, _ throws(Problem) in try rules.importRows(request, .stock) }
            )),
    ]

    private func importRows(_ request: Request, _ kind: ImportKind) throws(Problem) -> Reaction {
        try request.principal.require(.write, on: StockEvent.group)
        if let reaction = try imports.react(to: request, kind) { return reaction }
        try request.requireJSON(ImportPlan.types)
        throw Problem(
            .unsupportedMediaType, "send \(ImportPlan.types.joined(separator: " or "))",
            fields: ["Accept": ImportPlan.types.joined(separator: ", ")])
    }
}
