import Crypto
import HTTP1
import Hub
import Log
import Reactor
import Telemetry

/// One webhook at work on its loop: carries out what its queues decide.
final class WebhookRun: TimerHandler {
    private(set) var webhook: Webhook
    private unowned let runner: WebhookRunner
    private var live: WebhookLane
    private var replay: WebhookLane?
    /// Attempts and gaps that are not recorded yet.
    private var attempts: [DeliveryAttempt] = []
    private var gaps: [Gap] = []
    private var isDirty = false
    private var isReplayDone = false
    private var recording: Recording?
    private var idle: [EndpointConnection] = []
    private var timer: TimerID?
    private var isDriving = false
    /// Until then nothing is asked: the engine could not answer, or the hub has just started.
    private var blockedUntil: EventLoop.Instant?
    private(set) var isGone = false

    /// What a record under way is about.
    private struct Recording {
        var attempts: [DeliveryAttempt]
        var gaps: [Gap]
        var live: Int
        var replay: Int
        var isReplayDone: Bool
    }

    /// How long to wait where the engine could not do what it was asked.
    private static let engineRetry = Duration.seconds(1)

    var id: String { webhook.id }
    var isInFlight: Bool { !live.flying.isEmpty || !(replay?.flying.isEmpty ?? true) }
    var isRecorded: Bool { recording == nil && !isDirty }

    init(_ runner: WebhookRunner, _ stored: StoredWebhook, delay: Duration) {
        self.runner = runner
        webhook = stored.webhook
        let schedule = runner.schedule
        live = WebhookLane(
            kind: .live,
            queue: DeliveryQueue(
                stored.progress, order: stored.webhook.order, schedule: schedule))
        replay = stored.replay.map { progress in
            WebhookLane(
                kind: .replay,
                queue: DeliveryQueue(progress, order: stored.webhook.order, schedule: schedule))
        }
        if delay > .zero { blockedUntil = runner.loop.now + delay }
        runner.join(self)
    }

    // MARK: Changes from outside

    /// Takes what a client has changed; how far it has come is known better here.
    func update(_ stored: StoredWebhook) {
        let old = webhook
        runner.leave(self)
        webhook = stored.webhook
        runner.join(self)
        if old.url != webhook.url { closeIdle() }
        if old.interest != webhook.interest || old.order != webhook.order {
            live.question += 1
            live.queue.reconsider(order: webhook.order)
        }
        if webhook.isActive, !old.isActive {
            live.queue.bringForward(to: runner.wallClock())
            replay?.queue.bringForward(to: runner.wallClock())
        }
        if replay == nil, !isReplayDone, recording?.isReplayDone != true,
            let progress = stored.replay
        {
            replay = WebhookLane(
                kind: .replay,
                queue: DeliveryQueue(progress, order: webhook.order, schedule: runner.schedule))
        }
        drive()
    }

    /// The webhook is gone: nothing more is sent, and nothing recorded.
    func end() {
        isGone = true
        runner.leave(self)
        cancelAttempts()
        closeIdle()
        setTimer(nil)
    }

    /// Something that it wants was fanned out.
    func woken(by position: UInt64) {
        guard live.queue.isAtHead else { return }
        live.queue.woken(by: position)
        drive()
    }

    /// Some of the log was not fanned out.
    func missedSome() {
        live.queue.missedSome()
        drive()
    }

    // MARK: The work

    func timePassed(_ timer: TimerID) {
        self.timer = nil
        drive()
    }

    /// Does all that can be done now.
    func drive() {
        guard !isGone, !isDriving else { return }
        isDriving = true
        defer { isDriving = false }
        if let blockedUntil {
            guard blockedUntil <= runner.loop.now else { return setTimer(blockedUntil) }
            self.blockedUntil = nil
        }
        var due: Timestamp?
        for kind in [WebhookLane.Kind.live, .replay] {
            guard let wait = advance(kind) else { continue }
            due = min(due ?? wait, wait)
        }
        record()
        if let blockedUntil { return setTimer(blockedUntil) }
        setTimer(due.map { runner.loop.now + max($0 - runner.wallClock(), .milliseconds(1)) })
    }

    /// Lets a lane go on as far as it can.
    ///
    /// - Returns: When it is to be looked at again, without anything happening to it.
    private func advance(_ kind: WebhookLane.Kind) -> Timestamp? {
        while !isGone, blockedUntil == nil, webhook.isActive, !runner.isDraining {
            guard runner.hasSlot(for: self), var lane = lane(kind) else { return nil }
            let step = lane.queue.next(now: runner.wallClock())
            set(lane)
            switch step {
            case .attempt(let event, let number): begin(event, number, kind)
            case .fetch(let position, let group): fetch(position, group, kind)
            case .read(let start): read(start, kind)
            case .rest(let until): return until
            case .finished:
                replay = nil
                isReplayDone = true
                isDirty = true
                return nil
            }
        }
        return nil
    }

    private func lane(_ kind: WebhookLane.Kind) -> WebhookLane? {
        switch kind {
        case .live: live
        case .replay: replay
        }
    }

    private func set(_ lane: WebhookLane) {
        switch lane.kind {
        case .live: live = lane
        case .replay: replay = lane
        }
    }

    private func change<Value>(
        _ kind: WebhookLane.Kind, _ body: (inout WebhookLane) -> Value
    ) -> Value? {
        guard var lane = lane(kind) else { return nil }
        let value = body(&lane)
        set(lane)
        return value
    }

    private func setTimer(_ instant: EventLoop.Instant?) {
        if let timer { runner.loop.cancel(timer) }
        timer = instant.map { runner.loop.schedule(at: $0, self) }
    }

    private func engineFailed() {
        blockedUntil = runner.loop.now + Self.engineRetry
        setTimer(blockedUntil)
    }

    // MARK: Reading

    private func read(_ start: PageQuery.Start, _ kind: WebhookLane.Kind) {
        if kind == .replay, replay?.queue.progress.range.isOnlyFailed == true {
            let position = if case .after(let position) = start { position } else { UInt64(0) }
            return runner.readFailed(ask(kind), after: position)
        }
        if kind == .live, case .after(let position) = start,
            let stretch = runner.recent(after: position, for: webhook)
        {
            live.queue.received(
                stretch.events, through: stretch.through,
                isHead: stretch.through >= runner.head)
            return
        }
        runner.readPage(ask(kind), start, webhook.interest.patterns)
    }

    private func ask(_ kind: WebhookLane.Kind) -> WebhookAsked {
        let number = change(kind) { lane in
            lane.question += 1
            return lane.question
        }
        return WebhookAsked(id: id, lane: kind, number: number ?? 0)
    }

    func received(_ result: Result<Page, EngineError>, for asked: WebhookAsked) {
        guard lane(asked.lane)?.question == asked.number else { return }
        switch result {
        case .success(let page):
            for gap in page.gaps {
                gaps.append(gap)
                isDirty = true
            }
            let events = page.events.filter(webhook.interest.wants)
            let (head, through) = (runner.head, page.through)
            change(asked.lane) { lane in
                lane.queue.received(
                    events, through: through, isHead: through >= max(head, page.head))
            }
        case .failure:
            change(asked.lane) { $0.queue.readFailed() }
            engineFailed()
        }
        drive()
    }

    func received(_ result: Result<[FailedDelivery], EngineError>, for asked: WebhookAsked) {
        guard lane(asked.lane)?.question == asked.number else { return }
        switch result {
        case .success(let failed):
            let now = runner.wallClock()
            change(asked.lane) { lane in
                lane.queue.received(
                    failed: failed.map { ($0.position, $0.group) },
                    through: failed.last?.position ?? 0,
                    isEnd: failed.count < WebhookRunner.pageEvents, now: now)
            }
        case .failure:
            change(asked.lane) { $0.queue.readFailed() }
            engineFailed()
        }
        drive()
    }

    private func fetch(_ position: UInt64, _ group: Group, _ kind: WebhookLane.Kind) {
        runner.readEvent(WebhookAsked(id: id, lane: kind, number: 0), position, group)
    }

    func received(
        _ result: Result<Event?, EngineError>, at position: UInt64, for asked: WebhookAsked
    ) {
        switch result {
        case .success(let event): fetched(position, event, asked.lane)
        case .failure:
            let due = runner.wallClock() + Self.engineRetry
            change(asked.lane) { $0.queue.abandoned(position, due: due) }
        }
        drive()
    }

    private func fetched(_ position: UInt64, _ event: Event?, _ kind: WebhookLane.Kind) {
        let open = lane(kind)?.queue.progress.open.first { $0.position == position }
        guard let open, let settlement = change(kind, { $0.queue.fetched(position, event) }) ?? nil
        else { return }
        note(
            DeliveryAttempt(
                position: position, group: open.group, event: nil, number: open.attempts,
                startedAt: runner.wallClock(), duration: .zero,
                answer: .failed("the event is past retention"), response: "",
                settlement: settlement))
    }

    // MARK: Delivering

    private func begin(_ event: Event, _ number: Int, _ kind: WebhookLane.Kind) {
        let position = event.position
        let connection = takeIdle()
        let exchange = runner.exchange(event, for: webhook, on: connection) { [weak self] answer in
            self?.answered(position, answer, kind)
        }
        change(kind) { lane in
            lane.flying[position] = WebhookLane.Flight(
                event: event, number: number, startedAt: runner.wallClock(),
                began: runner.loop.now, exchange: exchange)
        }
        runner.began()
        exchange.start()
    }

    private func answered(
        _ position: UInt64, _ answer: EndpointAnswer, _ kind: WebhookLane.Kind
    ) {
        if let connection = answer.connection { keep(connection) }
        guard let flight = change(kind, { $0.flying.removeValue(forKey: position) }) ?? nil
        else { return }
        runner.ended()
        let now = runner.wallClock()
        var random = SystemRandom()
        let draw = random.next()
        let settlement = change(kind) { lane in
            lane.queue.answered(position, answer.answer, now: now, draw: draw)
        }
        if let settlement = settlement ?? nil {
            if settlement == .gone { webhook.isActive = false }
            note(
                DeliveryAttempt(
                    position: position, group: flight.event.group, event: flight.event,
                    number: flight.number, startedAt: flight.startedAt,
                    duration: runner.loop.now - flight.began, answer: answer.answer,
                    response: String(decoding: answer.response, as: UTF8.self),
                    settlement: settlement))
        }
        drive()
    }

    private func note(_ attempt: DeliveryAttempt) {
        attempts.append(attempt)
        isDirty = true
        runner.count(attempt, of: webhook)
    }

    /// Takes back the attempts that are under way: they are made again, as if they had not been.
    func cancelAttempts() {
        for kind in [WebhookLane.Kind.live, .replay] {
            guard let flying = lane(kind)?.flying else { continue }
            for (position, flight) in flying {
                flight.exchange.cancel()
                runner.ended()
                change(kind) { lane in
                    lane.flying[position] = nil
                    lane.queue.abandoned(position, due: runner.wallClock())
                }
            }
        }
        closeIdle()
    }

    private func takeIdle() -> EndpointConnection? {
        while let connection = idle.popLast() { if connection.isOpen { return connection } }
        return nil
    }

    private func keep(_ connection: EndpointConnection) {
        idle.removeAll { !$0.isOpen }
        guard idle.count < DeliveryOrder.maxParallel, !isGone else { return connection.close() }
        idle.append(connection)
    }

    private func closeIdle() {
        for connection in idle { connection.close() }
        idle = []
    }

    // MARK: Recording

    /// Records what has happened, one record at a time: what comes meanwhile goes with the next.
    private func record() {
        guard isDirty, recording == nil, !isGone else { return }
        isDirty = false
        recording = Recording(
            attempts: attempts, gaps: gaps, live: live.queue.unrecorded,
            replay: replay?.queue.unrecorded ?? 0, isReplayDone: isReplayDone)
        let report = DeliveryReport(
            webhook: webhook, progress: live.queue.progress,
            replay: replay.map { .at($0.queue.progress) } ?? (isReplayDone ? .done : .none),
            attempts: attempts, gaps: gaps)
        (attempts, gaps, isReplayDone) = ([], [], false)
        runner.record(report)
    }

    func recorded(_ result: Result<Void, EngineError>) {
        guard let recording else { return }
        self.recording = nil
        switch result {
        case .success:
            live.queue.recorded(recording.live)
            replay?.queue.recorded(recording.replay)
        case .failure:
            attempts = recording.attempts + attempts
            gaps = recording.gaps + gaps
            isReplayDone = recording.isReplayDone || isReplayDone
            isDirty = true
            engineFailed()
        }
        drive()
        runner.tellIfQuiet()
    }
}
