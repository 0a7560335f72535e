import Admission
import Hub
import Log
import Reactor
import Settings
import Synchronization
import Telemetry

/// What all loops share.
final class Shared: Sendable {
    let settings: HubSettings
    let rules: Rules
    let engine: any Engine
    let gatekeeper: Gatekeeper
    let browserGate: BrowserGate
    let addresses: ClientAddresses
    /// `nil` for a hub that holds nobody to a rate.
    let rates: Rates?
    /// What one WebSocket may send; `nil` for any amount.
    let messageLimits: RateLimits?
    let limits: ClientLimits
    private let mailboxes: [Mailbox<LoopMail>]
    let log: Logger
    /// `nil` for a hub without one.
    let audit: AuditLog?
    /// `nil` for a hub without TLS.
    let certificates: Certificates?
    /// Whom webhooks are delivered to.
    let webhookTrust: WebhookTrust
    let startedAt: Timestamp
    let clock: @Sendable () -> Timestamp
    let readiness = Atomic<Int>(0)
    let connections = Atomic<Int>(0)
    let webSockets = Atomic<Int>(0)
    let writeBudget: WriteBudget
    let offences = Locked(OffenceLedger())
    /// How many surveys are under way.
    let surveys = Atomic<Int>(0)
    /// One for each loop, and the last for the engine.
    let metrics: [HubMetrics]
    /// Called on a loop's thread each time it has closed its last connection while draining.
    let onDrained: @Sendable () -> Void

    init(
        settings: HubSettings, rules: Rules, engine: any Engine, gatekeeper: Gatekeeper,
        rates: Rates?, mailboxes: [Mailbox<LoopMail>], log: Logger, audit: AuditLog?,
        certificates: Certificates?,
        webhookTrust: WebhookTrust, clock: @escaping @Sendable () -> Timestamp,
        metrics: [HubMetrics], ports: [UInt16],
        onDrained: @escaping @Sendable () -> Void
    ) {
        self.settings = settings
        writeBudget = WriteBudget(limitWrites: settings.maxQueuedWrites)
        self.rules = rules
        self.engine = engine
        self.gatekeeper = gatekeeper
        self.rates = rates
        messageLimits = settings.messageRate.map(RateLimits.init)
        browserGate = BrowserGate(
            hosts: settings.host, origins: settings.origin, ports: ports)
        addresses = ClientAddresses(settings)
        limits = ClientLimits(settings)
        self.mailboxes = mailboxes
        self.log = log
        self.audit = audit
        self.certificates = certificates
        self.webhookTrust = webhookTrust
        self.clock = clock
        startedAt = clock()
        self.metrics = metrics
        self.onDrained = onDrained
    }

    var loopCount: Int { mailboxes.count }

    /// Says something to one loop.
    func tell(_ loop: Int, _ mail: LoopMail) { mailboxes[loop].send(mail) }

    /// Says something to every loop.
    func tellLoops(_ mail: LoopMail) {
        for mailbox in mailboxes { mailbox.send(mail) }
    }
}
