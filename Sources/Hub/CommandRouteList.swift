import HTTP1

extension Rules {
    /// Seed 000's commands.
    static let commandList =
        [
            Route(
                "/api/cascade/webhook",
                (.post, { rules, request, _ throws(Problem) in try rules.commands.send(request) })),
            Route(
                "/api/cascade/webhook/{id}",
                (.get, { rules, request, path in rules.commands.result(request, path[0]) })),
            Route(
                "/api/cascade/commands",
                (.get, { rules, request, _ in rules.commands.list(request) })),
            Route(
                "/api/cascade/commands/{name}",
                (
                    .get,
                    { rules, request, path throws(Problem) in
                        try rules.commands.read(request, path[0])
                    }
                ),
                (
                    .put,
                    { rules, request, path throws(Problem) in
                        try rules.commands.register(request, path[0])
                    }
                ),
                (
                    .delete,
                    { rules, request, path throws(Problem) in
                        try rules.commands.delete(request, path[0])
                    }
                )),
            Route(
                "/api/cascade/metrics",
                (
                    .get,
                    { rules, request, _ throws(Problem) in try rules.commands.metrics(request) }
                )),
        ] + elsewhere

    /// What seed 000 asks an application for, and a hub does not have.
    private static let elsewhere = [
        Route("/api/cascade/utensilios", (.get, askTheApplication)),
        Route("/api/cascade/dashboard", (.get, askTheApplication)),
        Route("/api/cascade/reports", (.post, askTheApplication)),
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
