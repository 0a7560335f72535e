import Hub
import Log
import Reactor

// What a webhook reads of the log.
extension WebhookRun {
    func read(_ start: PageQuery.Start, _ kind: WebhookLane.Kind) {
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

    func fetch(_ position: UInt64, _ group: Group, _ kind: WebhookLane.Kind) {
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
}
