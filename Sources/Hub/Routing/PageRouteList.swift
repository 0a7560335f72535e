import HTTP1

extension Rules {
    /// The console and the browser's client; whoever loads them still needs credentials to ask for more.
    static let pageList = [
        Route("/", door: .open, on(.get, front)),
        Route("/console/{file}", door: .open, on(.get, \.pages, member: Pages.file)),
        Route("/campana.js", door: .open, on(.get, \.pages, Pages.client)),
    ]

    private static func front(
        _ rules: Rules, _ request: Request, _: [String]
    ) throws(Problem) -> Reaction {
        if request.wantsWebSocket {  // seed 002: ws://localhost:8765 is the stream of tasks
            let plan = try request.subscribeRequest(default: TaskRoutes.group.name)
            return .openWebSocket(.consumer(try request.principal.permitted(plan)))
        }
        return .respond(try rules.pages.front(request))
    }
}
