extension Rules {
    /// Who got what, and why.
    static let insightList = [
        Route("/connections", on(.get, \.insight, InsightRoutes.connections)),
        Route("/connections/{id}", on(.delete, \.insight, member: InsightRoutes.disconnect)),
        Route("/groups", on(.get, \.insight, InsightRoutes.groups)),
        Route("/events/{cursor}/trace", on(.get, \.insight, member: InsightRoutes.trace)),
        Route("/explain", on(.get, \.insight, InsightRoutes.explain)),
    ]
}
