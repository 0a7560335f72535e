import HTTP1

extension Rules {
    /// Seed 004's routes, and seed 000's way to notify.
    static let notificationList = [
        Route(
            "/notifications",
            on(.get, \.notifications, NotificationRoutes.list),
            on(.post, \.notifications, NotificationRoutes.create)),
        Route("/notifications/unread", on(.get, \.notifications, NotificationRoutes.countUnread)),
        Route("/notifications/read", on(.post, \.notifications, NotificationRoutes.readAll)),
        Route(
            "/notifications/{id}",
            on(.get, \.notifications, member: NotificationRoutes.read),
            on(.delete, \.notifications, member: NotificationRoutes.delete)),
        Route(
            "/notifications/{id}/read",
            on(.post, \.notifications, member: NotificationRoutes.markRead)),
        Route("/notify", on(.post, \.notifications, NotificationRoutes.notify)),
        Route("/api/cascade/notify", on(.post, \.notifications, NotificationRoutes.notify)),
        Route("/ws/notificaciones/{consumer}", on(.get, webSocketOfNotifications)),
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
}
