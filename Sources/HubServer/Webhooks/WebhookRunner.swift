import Crypto
import Hub
import Log
import PubSub
import Reactor
import Telemetry

/// The webhooks of one loop; confined to it.
///
/// Each webhook belongs to one loop, by its identifier. Those that stand at the head wait in a
/// table of subscriptions, and cost nothing until something that they want is fanned out.
final class WebhookRunner {
    unowned let worker: Worker
    let client: EndpointClient
    private var runs: [String: WebhookRun] = [:]
    private var table = SubscriptionTable<Sleeper>()
    /// Attempts that are under way.
    private var inFlight = 0
    /// Webhooks that wait until another attempt has ended.
    private var waiting: [String] = []
    /// Tests under way, kept until they are answered.
    var tests: [(key: (Registration, UInt64), exchange: EndpointExchange)] = []
    private var isCut = false
    private var isStarting = true

    /// The most attempts under way on a loop.
    static let maxInFlight = 2048
    /// The most events that are read at once for a webhook, and their bytes.
    static let pageEvents = 64
    static let pageBytes = 64 << 10
    /// Webhooks that are listed at once.
    private static let listPage = 500
    /// After a start what is due is spread: so much more time for each webhook, up to a bound.
    private static let startSpread = Duration.milliseconds(2)
    private static let longestStartSpread = Duration.seconds(2)

    var loop: EventLoop { worker.loop }
    var head: UInt64 { worker.tail.head }
    var isDraining: Bool { worker.isDraining }
    var schedule: RetrySchedule { worker.rules.webhookOptions.schedule }

    init(_ worker: Worker, client: EndpointClient) {
        self.worker = worker
        self.client = client
    }

    func wallClock() -> Timestamp { worker.wallClock() }

    // MARK: Which webhooks there are

    /// Reads all webhooks of this loop.
    func load() { list(after: nil) }

    private func list(after id: String?) {
        let mailbox = worker.mailbox
        worker.engine.read(
            { snapshot throws(EngineError) in
                try snapshot.webhookIDs(after: id, limit: Self.listPage)
            },
            reply: { mailbox.send(.webhook(.listed($0))) })
    }

    private func listed(_ result: Result<[String], EngineError>) {
        switch result {
        case .success(let ids):
            for id in ids where isMine(id) { load(id) }
            if ids.count == Self.listPage { list(after: ids.last) } else { isStarting = false }
        case .failure(let error):
            worker.shared.log(
                .error, "webhooks not loaded", ["error": .string(Failure(error).rawValue)])
            loop.schedule(at: loop.now + .seconds(1), Reload(self))
        }
    }

    /// FNV-1a: an identifier has the same loop as long as there are as many loops.
    private func isMine(_ id: String) -> Bool {
        let hash = id.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, octet in
            (hash ^ UInt64(octet)) &* 0x0000_0100_0000_01B3
        }
        return Int(hash % UInt64(worker.shared.loopCount)) == worker.index
    }

    private func load(_ id: String) {
        let mailbox = worker.mailbox
        worker.engine.read(
            { snapshot throws(EngineError) in try snapshot.storedWebhook(id) },
            reply: { mailbox.send(.webhook(.loaded(id, $0))) })
    }

    private func loaded(_ id: String, _ result: Result<StoredWebhook?, EngineError>) {
        switch result {
        case .success(nil): runs.removeValue(forKey: id)?.end()
        case .success(let stored?):
            if let run = runs[id] { return run.update(stored) }
            var delay = Duration.zero
            if !stored.progress.open.isEmpty {
                var random = SystemRandom()
                let spread = min(Self.startSpread * (runs.count + 1), Self.longestStartSpread)
                delay = spread * (Double(random.next() >> 11) / Double(1 << 53))
            }
            if stored.webhook.url.isSecure { worker.shared.webhookTrust.prepare() }
            let run = WebhookRun(self, stored, delay: delay)
            runs[id] = run
            run.drive()
        case .failure: loop.schedule(at: loop.now + .seconds(1), Reload(self, id))
        }
    }

    /// Asks again for what the engine could not read.
    private final class Reload: TimerHandler {
        private weak var runner: WebhookRunner?
        private let id: String?

        init(_ runner: WebhookRunner, _ id: String? = nil) {
            self.runner = runner
            self.id = id
        }

        func timePassed(_ timer: TimerID) {
            if let id { runner?.load(id) } else { runner?.load() }
        }
    }

    /// A webhook in the table of those that are woken.
    private struct Sleeper: TableMember {
        let run: WebhookRun

        var place: Int {
            get { run.place }
            nonmutating set { run.place = newValue }
        }

        static func == (left: Sleeper, right: Sleeper) -> Bool { left.run === right.run }

        func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(run)) }
    }

    func join(_ run: WebhookRun) {
        for pattern in run.webhook.interest.patterns { table.add(Sleeper(run: run), to: pattern) }
    }

    func leave(_ run: WebhookRun) {
        for pattern in run.webhook.interest.patterns {
            table.remove(Sleeper(run: run), from: pattern)
        }
    }

    // MARK: What the loop brings

    /// Wakes those who want some of a run of one group's events.
    func fanOut(_ run: ArraySlice<Event>, of group: Group) {
        if group == Webhook.group { changed(run) }
        guard table.count > 0, let first = run.first else { return }
        for member in table.members(of: group) { member.run.woken(by: first.position) }
    }

    private func changed(_ events: ArraySlice<Event>) {
        for event in events {
            guard let id = Webhook.id(in: event), isMine(id) else { continue }
            switch WebhookChange(rawValue: event.type) {
            case .created, .updated, .deleted, .replayed, .disabled: load(id)
            case .exhausted, .gap, nil: break
            }
        }
    }

    /// Some commits were left out.
    func missedCommits() {
        for run in Array(runs.values) { run.missedSome() }
        if !isStarting { load() }
    }

    func receive(_ mail: WebhookMail) {
        switch mail {
        case .listed(let result): listed(result)
        case .loaded(let id, let result): loaded(id, result)
        case .page(let asked, let result): runs[asked.id]?.received(result, for: asked)
        case .failed(let asked, let result): runs[asked.id]?.received(result, for: asked)
        case .event(let asked, let position, let result):
            runs[asked.id]?.received(result, at: position, for: asked)
        case .recorded(let id, let result): runs[id]?.recorded(result)
        case .test(let token, let number, let result): test(token, number, result)
        }
    }

    // MARK: Attempts under way

    /// Whether another attempt may begin; if not, the run is told when it may.
    func hasSlot(for run: WebhookRun) -> Bool {
        if inFlight < Self.maxInFlight { return true }
        if !waiting.contains(run.id) { waiting.append(run.id) }
        return false
    }

    func began() {
        inFlight += 1
        worker.metrics.webhookInFlight.add(1)
    }

    func ended() {
        inFlight -= 1
        worker.metrics.webhookInFlight.add(-1)
        while !waiting.isEmpty, inFlight < Self.maxInFlight {
            runs[waiting.removeFirst()]?.drive()
        }
        tellIfQuiet()
    }

    func count(_ attempt: DeliveryAttempt, of webhook: Webhook) {
        let metrics = worker.metrics
        metrics.webhookAttempts.add()
        switch attempt.settlement {
        case .delivered: metrics.webhookDeliveries.add()
        case .retry: break
        case .exhausted:
            metrics.webhooksExhausted.add()
            worker.shared.log(
                .warning, "webhook delivery exhausted",
                ["webhook": .string(webhook.id), "error": .string("\(attempt.answer)")])
        case .gone:
            worker.shared.log(.warning, "webhook disabled", ["webhook": .string(webhook.id)])
        }
    }

    // MARK: The end

    /// Whether nothing is under way that a drain waits for.
    var isQuiet: Bool {
        isCut || (inFlight == 0 && runs.values.allSatisfy(\.isRecorded))
    }

    func tellIfQuiet() { if worker.isDraining, isQuiet { worker.reportIfDrained() } }

    /// Gives up what is under way; it is delivered after the next start.
    func cut() {
        isCut = true
        for run in Array(runs.values) { run.cancelAttempts() }
    }
}

extension Worker {
    /// The webhooks of this loop.
    func makeWebhooks() -> WebhookRunner {
        let options = rules.webhookOptions
        return WebhookRunner(
            self,
            client: EndpointClient(
                loop: loop, addresses: options.addresses, ports: options.ports,
                timeout: settings.webhookTimeout,
                connector: { [shared] in shared.webhookTrust.connector },
                wallClock: { [unowned self] in wallClock() }))
    }
}
