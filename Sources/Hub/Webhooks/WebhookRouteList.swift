import HTTP1
import Log

extension Rules {
    /// Seed 001's webhooks.
    ///
    /// All of them take the grant to administer them.
    static let webhookList = [
        Route(
            "/webhooks",
            (.get, asAdmin { rules, request throws(Problem) in try rules.webhooks.list(request) }),
            (
                .post,
                asAdmin { rules, request throws(Problem) in try rules.webhooks.create(request) }
            )),
        Route(
            "/webhooks/{id}",
            (
                .get,
                asAdmin { rules, request, id throws(Problem) in rules.webhooks.read(request, id: id)
                }
            ),
            (
                .patch,
                asAdmin { rules, request, id throws(Problem) in
                    try rules.webhooks.patch(request, id: id)
                }
            ),
            (
                .delete,
                asAdmin { rules, request, id throws(Problem) in
                    rules.webhooks.delete(request, id: id)
                }
            )),
        Route(
            "/webhooks/{id}/rotate",
            (
                .post,
                asAdmin { rules, request, id throws(Problem) in
                    try rules.webhooks.rotate(request, id: id)
                }
            )),
        Route(
            "/webhooks/{id}/pause",
            (
                .post,
                asAdmin { rules, request, id throws(Problem) in
                    try rules.webhooks.setActive(request, id: id, false)
                }
            )),
        Route(
            "/webhooks/{id}/resume",
            (
                .post,
                asAdmin { rules, request, id throws(Problem) in
                    try rules.webhooks.setActive(request, id: id, true)
                }
            )),
        Route(
            "/webhooks/{id}/test",
            (.post, asAdmin { _, _, id throws(Problem) in .testWebhook(id: id) })),
        Route(
            "/webhooks/{id}/deliveries",
            (
                .get,
                asAdmin { rules, request, id throws(Problem) in
                    try rules.webhooks.deliveries(request, id: id)
                }
            )),
        Route(
            "/webhooks/{id}/replay",
            (
                .post,
                asAdmin { rules, request, id throws(Problem) in
                    try rules.webhooks.replay(request, id: id)
                }
            )),
    ]

    private static func asAdmin(
        _ handler: @escaping @Sendable (Rules, Request) throws(Problem) -> Reaction
    ) -> Route.Handler {
        { rules, request, _ throws(Problem) in
            try request.principal.require(.admin, on: Webhook.group)
            return try handler(rules, request)
        }
    }

    private static func asAdmin(
        _ handler: @escaping @Sendable (Rules, Request, String) throws(Problem) -> Reaction
    ) -> Route.Handler {
        { rules, request, path throws(Problem) in
            try request.principal.require(.admin, on: Webhook.group)
            return try handler(rules, request, path.first ?? "")
        }
    }
}
