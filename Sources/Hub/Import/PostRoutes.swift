import HTTP1

extension Rules {
    /// `POST /api/external/articulos`: one article, or rows of them.
    func postArticles(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.write, on: StockEvent.group)
        if let reaction = try imports.react(to: request, .articles) { return reaction }
        return try stock.createArticle(request)
    }

    /// `POST /api/external/stock`: rows of what was counted.
    func postStock(_ request: Request) throws(Problem) -> Reaction {
        try request.principal.require(.write, on: StockEvent.group)
        if let reaction = try imports.react(to: request, .stock) { return reaction }
        try request.requireJSON(ImportPlan.types)
        throw Problem(
            .unsupportedMediaType, "send \(ImportPlan.types.joined(separator: " or "))",
            fields: ["Accept": ImportPlan.types.joined(separator: ", ")])
    }
}
