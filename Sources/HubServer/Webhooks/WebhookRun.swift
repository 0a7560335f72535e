import Hub
import Log
import Reactor

/// One webhook at work on its loop: carries out what its queues decide.
final class WebhookRun: TimerHandler {
    var webhook: Webhook
    unowned let runner: WebhookRunner
    /// Where it stands in the table of those that are woken; see ``TableMember``.
    var place = 0
    var live: WebhookLane
    var replay: WebhookLane?
    /// Attempts and gaps that are not recorded yet.
    var attempts: [DeliveryAttempt] = []
    var gaps: [Gap] = []
    var isDirty = false
    private var isReplayDone = false
    private var recording: Recording?
    var idle: [EndpointConnection] = []
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
    static let engineRetry = Duration.seconds(1)

    var id: String { webhook.id }
    var isInFlight: Bool { !live.flying.isEmpty || !(replay?.flying.isEmpty ?? true) }
    var isRecorded: Bool { recording == nil && !isDirty }

    init(_ runner: WebhookRunner, _ stored: StoredWebhook, delay: Duration) {
        self.runner = runner
        webhook = stored.webhook
        let schedule = runner.schedule
        live = WebhookLane(
            queue: DeliveryQueue(
                stored.progress, order: stored.webhook.order, schedule: schedule))
        replay = stored.replay.map { progress in
            WebhookLane(
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
            guard runner.hasSlot(for: self) else { return nil }
            let now = runner.wallClock()
            guard let step = change(kind, { $0.queue.next(now: now) }) else { return nil }
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

    func lane(_ kind: WebhookLane.Kind) -> WebhookLane? {
        switch kind {
        case .live: live
        case .replay: replay
        }
    }

    /// Changes a lane where it stands, so that what it holds is not copied.
    @discardableResult
    func change<Value>(
        _ kind: WebhookLane.Kind, _ body: (inout WebhookLane) -> Value
    ) -> Value? {
        switch kind {
        case .live: return body(&live)
        case .replay:
            guard var lane = replay.take() else { return nil }
            defer { replay = lane }
            return body(&lane)
        }
    }

    private func setTimer(_ instant: EventLoop.Instant?) {
        if let timer { runner.loop.cancel(timer) }
        timer = instant.map { runner.loop.schedule(at: $0, self) }
    }

    func engineFailed() {
        blockedUntil = runner.loop.now + Self.engineRetry
        setTimer(blockedUntil)
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
