extension Command {
    /// The commands of `campana webhooks`.
    static let webhooks: [Command] = [
        Command(
            "webhooks list", "", "list the webhooks", initial: (),
            examples: [Example("campana webhooks list", "all of them, one a line")]
        ) { _, _ in .webhooks(.list) },
        one("webhooks show", "show a webhook, and how far it has come") { .show(id: $0) },
        createWebhook, updateWebhook,
        one("webhooks delete", "delete a webhook") { .delete(id: $0) },
        one("webhooks pause", "deliver later what happens from now on") {
            .pause(id: $0)
        },
        one("webhooks resume", "go on where it was paused") { .resume(id: $0) },
        rotateWebhook,
        one("webhooks test", "deliver a test now, and show what the endpoint answers") {
            .test(id: $0)
        },
        listDeliveries, replayWebhook,
    ]

    private static func one(
        _ name: String, _ summary: String,
        _ action: @escaping @Sendable (String) -> ClientAction.Webhooks
    ) -> Command {
        Command(
            name, "ID", summary, initial: (),
            examples: [
                Example("campana \(name) 0198c5a2-…", "the id is the one that list shows")
            ]
        ) { _, operands in .webhooks(action(operands[0])) }
    }

    private static let draftOptions: [Option<ClientAction.WebhookDraft>] = [
        option(
            "evento", \.evento, ValueKind.text.named("EVENTO").optional(),
            "movimiento_creado, stock_bajo, alerta_generada or movimiento_aprobado"),
        each("groups", \.groups, "GROUP,…", "groups or patterns whose events it gets"),
        each("types", \.types, "TYPE,…", "only events of these types"),
        option(
            "order", \.order, ValueKind.text.named("ORDER").optional(),
            "fifo: one after the other; parallel:8: so many at a time"),
        each(
            "header", \.headers, "NAME:VALUE", takesCommas: true, "a field to send along"),
    ]

    private static let createWebhook = Command(
        "webhooks create", "NAME URL", "create a webhook, and show its secret this once",
        initial: ClientAction.WebhookDraft(),
        options: draftOptions + [
            option(
                "since", \.since, ValueKind.text.named("WHEN").optional(),
                "deliver from a cursor, 'earliest', a duration ago or a time on; not only from now"
            ),
            Option(
                switch: "paused", \.isPaused, to: true, section: "Options",
                help: "deliver nothing until it is resumed"),
        ],
        examples: [
            Example(
                "campana webhooks create Compras https://a.example/h --evento stock_bajo",
                "seed 001's webhook"),
            Example(
                "campana webhooks create Avisos https://a.example/h --groups 'avisos:**'",
                "all events of some groups"),
        ]
    ) { draft, operands in
        var draft = draft
        (draft.name, draft.url) = (operands[0], operands[1])
        return .webhooks(.create(draft))
    }

    private static let updateWebhook = Command(
        "webhooks update", "ID", "change a webhook", initial: ClientAction.WebhookDraft(),
        options: [
            option("name", \.name, ValueKind.text.named("NAME").optional(), "what it is called"),
            option(
                "to", \.url, ValueKind.text.named("URL").optional(), "where it is delivered"),
        ] + draftOptions,
        examples: [
            Example(
                "campana webhooks update 0198c5a2-… --order parallel:8",
                "what is not named stays as it is")
        ]
    ) { draft, operands in .webhooks(.update(id: operands[0], draft)) }

    private static let rotateWebhook = Command(
        "webhooks rotate", "ID", "make another secret; both are signed with for a while",
        initial: Rotation(),
        options: [
            option(
                "overlap", \.overlap, ValueKind.duration.optional(),
                "how long the old one is signed with, up to 7d; 24h where it is not given")
        ],
        examples: [Example("campana webhooks rotate 0198c5a2-… --overlap 1h", "shows the new one")]
    ) { rotation, operands in .webhooks(.rotate(id: operands[0], overlap: rotation.overlap)) }

    private static let listDeliveries = Command(
        "webhooks deliveries", "ID", "list deliveries with their attempts",
        initial: Deliveries(),
        options: [
            option("limit", \.limit, ValueKind.count(1...200).optional(), "how many; 50 else")
        ],
        examples: [Example("campana webhooks deliveries 0198c5a2-… --limit 5", "the last five")]
    ) { request, operands in .webhooks(.deliveries(id: operands[0], limit: request.limit)) }

    private static let replayWebhook = Command(
        "webhooks replay", "ID", "deliver a part of the log again", initial: ClientAction.Replay(),
        options: [
            option(
                "since", \.since, ValueKind.text.named("WHEN"),
                "begin at a cursor, 'earliest', a duration ago or an RFC 3339 time"),
            option(
                "until", \.until, ValueKind.text.named("WHEN").optional(),
                "end at a cursor or a time; now where it is not given"),
            Option(
                switch: "failed", \.onlyFailed, to: true, section: "Options",
                help: "only what was given up"),
        ],
        examples: [
            Example("campana webhooks replay 0198c5a2-… --failed", "all that was given up"),
            Example("campana webhooks replay 0198c5a2-… --since 1h", "the last hour"),
        ]
    ) { request, operands in .webhooks(.replay(id: operands[0], request)) }

    private struct Rotation: Initial, Sendable {
        var overlap: Duration?
    }

    private struct Deliveries: Initial, Sendable {
        var limit: Int?
    }

    private static func each(
        _ name: String, _ path: WritableKeyPath<ClientAction.WebhookDraft, [String]> & Sendable,
        _ placeholder: String, takesCommas: Bool = false, _ help: String
    ) -> Option<ClientAction.WebhookDraft> {
        Option(
            name, each: path, ValueKind.text.named(placeholder), section: "Options",
            places: .flag, default: ClientAction.WebhookDraft(), takesCommas: takesCommas,
            help: help)
    }
}

extension ClientAction.WebhookDraft: Initial {}
extension ClientAction.Replay: Initial {}
