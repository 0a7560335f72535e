import HTTP1
import Log

extension Rules {
    /// The one list of routes (WIRE §5), area by area.
    static let routes = RouteTable(
        [
            pageList,
            insightList,
            streaming,
            taskList,
            notificationList,
            publishingList,
            keyList,
            integrationList,
            synchronisationList,
            stockList,
            commandList,
            webhookList,
            hookList,
            probes,
        ].flatMap { $0 })

    private static let streaming = [
        Route("/ws", on(.get, webSocket)),
        Route("/stream", on(.get, stream)),
    ]

    private static let probes = [
        Route("/health", door: .open, on(.get, health)),
        Route("/api/cascade/health", door: .open, on(.get, health)),
        Route("/api/health", door: .open, on(.get, health)),
        Route("/readyz", door: .open, on(.get, ready)),
        Route("/status", door: .metrics, on(.get, status)),
        Route("/api/cascade/status", door: .metrics, on(.get, status)),
        Route("/metrics", door: .metrics, on(.get, metrics)),
    ]

    private static func webSocket(
        _ rules: Rules, _ request: Request, _: [String]
    ) throws(Problem) -> Reaction {
        guard request.wantsWebSocket else { throw .upgradeRequired }
        let plan = try request.subscribeRequest(default: nil)
        return .openWebSocket(.consumer(try request.principal.permitted(plan)))
    }

    private static func stream(
        _ rules: Rules, _ request: Request, _: [String]
    ) throws(Problem) -> Reaction {
        let subscribe = try request.principal.permitted(
            try request.subscribeRequest(default: nil))
        if request.wantsWebSocket { return .openWebSocket(.consumer(subscribe)) }
        guard let subscribe else {
            throw Problem(.invalidParameter, "groups is missing; name one, as in ?groups=tasks")
        }
        let form = try request.streamForm()
        if case .poll = form, let pattern = subscribe.forbidden.first {
            throw .forbidden(.subscribe, pattern.text)  // it has one answer, and no place in it
        }
        return .stream(StreamPlan(form: form, subscribe: subscribe))
    }

    private static func health(_ rules: Rules, _ request: Request, _: [String]) -> Reaction {
        .respond(
            .json(.ok, Probe.health(version: rules.version, now: request.now), fields: .noStore))
    }

    private static func ready(_ rules: Rules, _ request: Request, _: [String]) -> Reaction {
        .report { report in Probe.ready(report) }
    }

    private static func status(
        _ rules: Rules, _ request: Request, _: [String]
    ) throws(Problem) -> Reaction {
        if !rules.access.areMetricsOpen {
            try request.principal.require(.subscribe, on: statusGroup)
        }
        let (version, now) = (rules.version, request.now)
        return .report { report in
            .json(.ok, Probe.status(report, version: version, now: now), fields: .noStore)
        }
    }

    /// The group whose readers see how the hub is.
    private static let statusGroup = Group(literal: "$sys:status")

    private static func metrics(
        _ rules: Rules, _ request: Request, _: [String]
    ) throws(Problem) -> Reaction {
        if !rules.access.areMetricsOpen {
            try request.principal.require(.subscribe, on: statusGroup)
        }
        return .report { report in
            var fields = Fields.noStore
            fields.append("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            return Response(.ok, fields: fields, body: report.metrics())
        }
    }
}

extension Fields {
    static let noStore: Fields = ["Cache-Control": "no-store"]
}
