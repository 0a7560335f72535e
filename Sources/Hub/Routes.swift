import HTTP1
import Log

extension Rules {
    /// The one list of routes (WIRE §5).
    static let routes = RouteTable([
        Route("/", (.get, front)),
        Route("/ws", (.get, webSocket)),
        Route("/stream", (.get, stream)),
        Route(
            "/tasks",
            (.get, { rules, request, _ throws(Problem) in try rules.tasks.list(request) }),
            (.post, { rules, request, _ throws(Problem) in try rules.tasks.create(request) })),
        Route(
            "/tasks/{id}",
            (
                .get,
                { rules, request, path throws(Problem) in rules.tasks.read(request, id: path[0]) }
            ),
            (
                .put,
                { rules, request, path throws(Problem) in
                    try rules.tasks.replace(request, id: path[0])
                }
            ),
            (
                .patch,
                { rules, request, path throws(Problem) in
                    try rules.tasks.patch(request, id: path[0])
                }
            ),
            (
                .delete,
                { rules, request, path throws(Problem) in rules.tasks.delete(request, id: path[0]) }
            )),
        Route(
            "/notifications",
            (.get, { rules, request, _ throws(Problem) in try rules.notifications.list(request) }),
            (
                .post,
                { rules, request, _ throws(Problem) in try rules.notifications.create(request) }
            )),
        Route(
            "/notifications/unread",
            (
                .get,
                { rules, request, _ throws(Problem) in
                    try rules.notifications.countUnread(request)
                }
            )),
        Route(
            "/notifications/read",
            (
                .post,
                { rules, request, _ throws(Problem) in try rules.notifications.readAll(request) }
            )),
        Route(
            "/notifications/{id}",
            (.get, { rules, _, path throws(Problem) in try rules.notifications.read(path[0]) }),
            (
                .delete,
                { rules, _, path throws(Problem) in try rules.notifications.delete(path[0]) }
            )),
        Route(
            "/notifications/{id}/read",
            (
                .post,
                { rules, request, path throws(Problem) in
                    try rules.notifications.markRead(request, path[0])
                }
            )),
        Route("/notify", (.post, notify)),
        Route("/api/cascade/notify", (.post, notify)),
        Route("/ws/notificaciones/{consumer}", (.get, webSocketOfNotifications)),
        Route(
            "/publish",
            (
                .post,
                { rules, request, _ throws(Problem) in
                    try rules.publishing.react(to: request, group: nil)
                }
            )),
        Route(
            "/publish/{group}",
            (
                .post,
                { rules, request, path throws(Problem) in
                    try rules.publishing.react(to: request, group: path[0])
                }
            )),
        Route("/health", (.get, health)),
        Route("/api/cascade/health", (.get, health)),
        Route("/readyz", (.get, ready)),
        Route("/status", (.get, status)),
        Route("/api/cascade/status", (.get, status)),
        Route("/metrics", (.get, metrics)),
    ])

    private static func front(
        _ rules: Rules, _ request: Request, _: [String]
    ) throws(Problem) -> Reaction {
        if request.wantsWebSocket {  // seed 002: ws://localhost:8765 is the stream of tasks
            let plan = try request.subscribeRequest(default: TaskRoutes.group)
            return .openWebSocket(.consumer(plan))
        }
        return .respond(FrontPage.response)
    }

    private static func webSocket(
        _ rules: Rules, _ request: Request, _: [String]
    ) throws(Problem) -> Reaction {
        guard request.wantsWebSocket else { throw .upgradeRequired }
        return .openWebSocket(.consumer(try request.subscribeRequest(default: nil)))
    }

    /// Seed 004: what a consumer has not read, and then what happens to their notifications.
    private static func webSocketOfNotifications(
        _ rules: Rules, _ request: Request, _ path: [String]
    ) throws(Problem) -> Reaction {
        guard request.wantsWebSocket else { throw .upgradeRequired }
        return .openWebSocket(.notifications(try ConsumerID(parameter: path[0])))
    }

    private static func notify(
        _ rules: Rules, _ request: Request, _: [String]
    ) throws(Problem) -> Reaction {
        try rules.notifications.notify(request)
    }

    private static func stream(
        _ rules: Rules, _ request: Request, _: [String]
    ) throws(Problem) -> Reaction {
        let subscribe = try request.subscribeRequest(default: nil)
        if request.wantsWebSocket { return .openWebSocket(.consumer(subscribe)) }
        guard let subscribe else {
            throw Problem(.invalidParameter, "groups is missing; name one, as in ?groups=tasks")
        }
        return .stream(StreamPlan(form: try request.streamForm(), subscribe: subscribe))
    }

    private static func health(_ rules: Rules, _ request: Request, _: [String]) -> Reaction {
        .respond(
            .json(.ok, Probe.health(version: rules.version, now: request.now), fields: .noStore))
    }

    private static func ready(_ rules: Rules, _ request: Request, _: [String]) -> Reaction {
        .report { report in Probe.ready(report) }
    }

    private static func status(_ rules: Rules, _ request: Request, _: [String]) -> Reaction {
        let (version, now) = (rules.version, request.now)
        return .report { report in
            .json(.ok, Probe.status(report, version: version, now: now), fields: .noStore)
        }
    }

    private static func metrics(_ rules: Rules, _ request: Request, _: [String]) -> Reaction {
        .report { report in
            var fields = Fields.noStore
            fields.append("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            return Response(.ok, fields: fields, body: report.metrics())
        }
    }
}

extension Fields {
    static let noStore: Fields = ["Cache-Control": "no-store"]
}
