import HTTP1
import Log

extension Rules {
    /// The one list of routes (WIRE §5), area by area.
    static let routes = RouteTable(
        [
            pageList,
            streaming,
            taskList,
            notificationList,
            publishingList,
            integrationList,
            synchronisationList,
            stockList,
            commandList,
            webhookList,
            probes,
        ].flatMap { $0 })

    private static let streaming = [
        Route("/ws", (.get, webSocket)),
        Route("/stream", (.get, stream)),
    ]

    private static let probes = [
        Route("/health", (.get, health)),
        Route("/api/cascade/health", (.get, health)),
        Route("/api/health", (.get, health)),
        Route("/readyz", (.get, ready)),
        Route("/status", (.get, status)),
        Route("/api/cascade/status", (.get, status)),
        Route("/metrics", (.get, metrics)),
    ]

    private static func webSocket(
        _ rules: Rules, _ request: Request, _: [String]
    ) throws(Problem) -> Reaction {
        guard request.wantsWebSocket else { throw .upgradeRequired }
        return .openWebSocket(.consumer(try request.subscribeRequest(default: nil)))
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
