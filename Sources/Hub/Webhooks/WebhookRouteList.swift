extension Rules {
    /// Seed 001's webhooks.
    static let webhookList = [
        Route(
            "/webhooks",
            on(.get, \.webhooks, WebhookRoutes.list),
            on(.post, \.webhooks, WebhookRoutes.create)),
        Route(
            "/webhooks/{id}",
            on(.get, \.webhooks, member: WebhookRoutes.read),
            on(.patch, \.webhooks, member: WebhookRoutes.patch),
            on(.delete, \.webhooks, member: WebhookRoutes.delete)),
        Route("/webhooks/{id}/rotate", on(.post, \.webhooks, member: WebhookRoutes.rotate)),
        Route("/webhooks/{id}/pause", on(.post, \.webhooks, member: WebhookRoutes.pause)),
        Route("/webhooks/{id}/resume", on(.post, \.webhooks, member: WebhookRoutes.resume)),
        Route("/webhooks/{id}/test", on(.post, \.webhooks, member: WebhookRoutes.test)),
        Route("/webhooks/{id}/deliveries", on(.get, \.webhooks, member: WebhookRoutes.deliveries)),
        Route("/webhooks/{id}/replay", on(.post, \.webhooks, member: WebhookRoutes.replay)),
    ]
}
