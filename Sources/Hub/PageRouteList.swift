import HTTP1

extension Rules {
    /// The console and the browser's client; whoever loads them still needs credentials to ask for more.
    static let pageList = [
        Route("/", door: .open, (.get, front)),
        Route(
            "/console/{file}", door: .open,
            (
                .get,
                { rules, request, path throws(Problem) in
                    .respond(try rules.pages.response(path[0], to: request))
                }
            )),
        Route(
            "/campana.js", door: .open,
            (
                .get,
                { rules, request, _ throws(Problem) in
                    .respond(try rules.pages.response("campana.js", to: request))
                }
            )),
    ]

    private static func front(
        _ rules: Rules, _ request: Request, _: [String]
    ) throws(Problem) -> Reaction {
        if request.wantsWebSocket {  // seed 002: ws://localhost:8765 is the stream of tasks
            let plan = try request.subscribeRequest(default: TaskRoutes.group)
            return .openWebSocket(.consumer(try request.principal.permitted(plan)))
        }
        return .respond(try rules.pages.front(request))
    }
}
