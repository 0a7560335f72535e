import HTTP1
import JSON
import Log

/// The hub's rules: what a request or a message leads to, as a value.
///
/// Nothing here touches a socket, the log or the clock; the server carries the reactions out.
/// It is the same for all threads.
public final class Rules: Sendable {
    public let limits: HubLimits
    public let version: String
    public let epoch: Epoch
    /// The path that sends every message back; `nil` for none.
    public let echoPath: String?
    /// What the operator wants of webhooks.
    public var webhookOptions: WebhookOptions { webhooks.options }
    /// The most bytes that wait for one consumer; told to it in `welcome`.
    public let queueBytes: Int

    let tasks: TaskRoutes
    let notifications: NotificationRoutes
    let stock: StockRoutes
    let publishing: Publishing
    let pages: Pages
    let insight: InsightRoutes
    let integrations: IntegrationRoutes
    let imports: ImportRoutes
    let synchronisations: SynchronisationRoutes
    let commands: CommandRoutes
    let webhooks: WebhookRoutes
    let keys: KeyRoutes
    let access: Access
    let idempotency: Idempotency
    /// The rules of published events, as they are now.
    let dataRules: @Sendable () -> DataRules

    /// Sets the rules up.
    ///
    /// - Parameters:
    ///   - limits: The bounds of what clients send.
    ///   - version: The program's version.
    ///   - epoch: The epoch of the log.
    ///   - echoPath: Where to echo, for conformance tests.
    ///   - queueBytes: The most bytes that wait for one consumer.
    ///   - pages: What browsers are served.
    ///   - idempotency: How writes are remembered.
    ///   - webhooks: What the operator wants of webhooks.
    ///   - access: What is needed to decide who may.
    ///   - dataRules: What published events are held to; asked each time.
    ///   - makeID: Makes an identifier that sorts by its time (RFC 9562 §5.7).
    public init(
        limits: HubLimits, version: String, epoch: Epoch, echoPath: String?, queueBytes: Int,
        pages: Pages, idempotency: Idempotency, webhooks: WebhookOptions, access: Access,
        dataRules: @escaping @Sendable () -> DataRules = { .none },
        makeID: @escaping @Sendable (Timestamp) -> String
    ) {
        self.limits = limits
        self.version = version
        self.epoch = epoch
        self.echoPath = echoPath
        self.queueBytes = queueBytes
        self.pages = pages
        insight = InsightRoutes(epoch: epoch)
        self.idempotency = idempotency
        self.access = access
        self.dataRules = dataRules
        keys = KeyRoutes(limits: limits, idempotency: idempotency, access: access)
        tasks = TaskRoutes(limits: limits, idempotency: idempotency, makeID: makeID)
        notifications = NotificationRoutes(limits: limits, idempotency: idempotency)
        stock = StockRoutes(limits: limits, idempotency: idempotency)
        publishing = Publishing(
            limits: limits, idempotency: idempotency, sources: access.sources, rules: dataRules)
        integrations = IntegrationRoutes(limits: limits, idempotency: idempotency)
        imports = ImportRoutes(limits: limits, idempotency: idempotency)
        synchronisations = SynchronisationRoutes(limits: limits)
        commands = CommandRoutes(
            limits: limits, idempotency: idempotency, rules: dataRules, makeID: makeID)
        self.webhooks = WebhookRoutes(
            limits: limits, options: webhooks, idempotency: idempotency, epoch: epoch,
            makeID: makeID)
    }

    /// What a request leads to.
    ///
    /// - Parameter request: A whole request.
    /// - Returns: What to do; a problem is a response as well.
    public func react(to request: Request) -> Reaction {
        do {
            return try route(request)
        } catch {
            return .respond(error.response(instance: request.head.target.path))
        }
    }

    private func route(_ request: Request) throws(Problem) -> Reaction {
        let target = request.head.target
        // An inbound hook's credentials are its source's, which the handler looks at.
        if let refusal = request.refusal, target.segments.first != "hooks" { throw refusal }
        if target.form == .asterisk { return .respond(Response(.noContent)) }
        if let echoPath, target.path == echoPath {
            guard request.wantsWebSocket else { throw .upgradeRequired }
            guard !request.principal.isNobody else { throw .unauthenticated(nil) }
            return .openWebSocket(.echo)
        }
        guard let (route, parameters) = Self.routes.find(target) else {
            throw Problem(.notFound, "no route leads to \(target.path.prefix(200))")
        }
        if request.head.method == .options {
            return .respond(Response(.noContent, fields: ["Allow": route.allow]))
        }
        guard let handler = route.handler(of: request.head.method) else {
            throw Problem(
                .methodNotAllowed,
                "\(request.head.method.rawValue) is none of \(route.allow)",
                fields: ["Allow": route.allow])
        }
        if request.principal.isNobody, !route.isOpen(areMetricsOpen: access.areMetricsOpen) {
            throw .unauthenticated(nil)
        }
        return try handler(self, request, parameters)
    }

    /// What a WebSocket message leads to.
    ///
    /// - Parameter text: A whole text message.
    /// - Returns: The message.
    /// - Throws: What is wrong with it; the connection stays.
    public func read(_ text: [UInt8]) throws(MessageFault) -> ClientMessage {
        let message = try ClientMessage(
            text, limits: limits.json, maxEventBytes: limits.maxEventBytes)
        if case .publish(let publish, let ref) = message {
            do {
                try dataRules().check(publish.draft, .message, limits: limits.json)
            } catch {
                throw MessageFault(
                    failure: error.failure, detail: error.detail, faults: error.faults, ref: ref)
            }
        }
        return message
    }

    /// The write of an event that came over WebSocket.
    public func write(_ publish: PublishRequest) -> Reaction.Write {
        let write = Publishing.write(publish.draft)
        guard let key = publish.key else { return write }
        let draft = publish.draft
        return idempotency.once(
            key, operation: "publish \(draft.group.name)",
            content: Array("\(draft.type.text)\n".utf8) + draft.payload, write)
    }

    /// The first message on a WebSocket.
    public func welcome(clients: Int, head: UInt64) -> ServerMessage {
        .welcome(
            clients: clients, cursor: Cursor(epoch: epoch, position: head), version: version,
            limits: ServerMessage.Limits(
                messageBytes: limits.maxMessageBytes, eventBytes: limits.maxEventBytes,
                subscriptions: limits.maxSubscriptions, queueBytes: queueBytes))
    }
}

extension Problem {
    /// RFC 9110 §15.5.22: the response names the protocol; WIRE §5 names the version too.
    static let upgradeRequired = Problem(
        .upgradeRequired, "connect with a WebSocket client, or read /stream",
        fields: ["Upgrade": "websocket", "Sec-WebSocket-Version": "13"])
}
