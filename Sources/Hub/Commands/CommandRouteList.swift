extension Rules {
    /// Seed 000's commands.
    static let commandList =
        [
            Route("/api/cascade/webhook", on(.post, \.commands, CommandRoutes.send)),
            Route("/api/cascade/webhook/{id}", on(.get, \.commands, member: CommandRoutes.result)),
            Route("/api/cascade/commands", on(.get, \.commands, CommandRoutes.list)),
            Route(
                "/api/cascade/commands/{name}",
                on(.get, \.commands, member: CommandRoutes.read),
                on(.put, \.commands, member: CommandRoutes.register),
                on(.delete, \.commands, member: CommandRoutes.delete)),
            Route("/api/cascade/metrics", on(.get, \.commands, CommandRoutes.metrics)),
        ] + elsewhere

    /// What seed 000 asks an application for, and a hub does not have.
    private static let elsewhere = [
        Route("/api/cascade/utensilios", on(.get, askTheApplication)),
        Route("/api/cascade/dashboard", on(.get, askTheApplication)),
        Route("/api/cascade/reports", on(.post, askTheApplication)),
    ]

    private static func askTheApplication(
        _ rules: Rules, _ request: Request, _: [String]
    ) throws(Problem) -> Reaction {
        throw Problem(
            .notFound,
            "the hub keeps no data of an application; register a command that the application "
                + "answers, and send it to \(CommandCall.path) with a wait")
    }
}
