import Crypto
import Hub
import Log
import Reactor

// The attempts of a webhook, and the connections that they leave behind.
extension WebhookRun {
    func begin(_ event: Event, _ number: Int, _ kind: WebhookLane.Kind) {
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

    func note(_ attempt: DeliveryAttempt) {
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

    func closeIdle() {
        for connection in idle { connection.close() }
        idle = []
    }
}
