import HTTP1

extension Rules {
    /// Seed 004's routes, and seed 000's way to notify.
    static let notificationList = [
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
            (
                .get,
                { rules, request, path throws(Problem) in
                    try rules.notifications.read(request, path[0])
                }
            ),
            (
                .delete,
                { rules, request, path throws(Problem) in
                    try rules.notifications.delete(request, path[0])
                }
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
    ]

    /// Seed 004: what a consumer has not read, and then what happens to their notifications.
    private static func webSocketOfNotifications(
        _ rules: Rules, _ request: Request, _ path: [String]
    ) throws(Problem) -> Reaction {
        guard request.wantsWebSocket else { throw .upgradeRequired }
        let consumer = try ConsumerID(parameter: path[0])
        try request.principal.require(.subscribe, on: consumer.group)
        return .openWebSocket(.notifications(consumer))
    }

    private static func notify(
        _ rules: Rules, _ request: Request, _: [String]
    ) throws(Problem) -> Reaction {
        try rules.notifications.notify(request)
    }
}
