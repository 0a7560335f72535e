import HTTP1
import Hub
import Log
import PubSub
import Reactor
import Trust

// What webhooks ask of the engine and of the network.
extension WebhookRunner {
    /// What the loop still has in memory of what a webhook wants.
    func recent(after position: UInt64, for webhook: Webhook) -> Tail.Stretch? {
        let interest = webhook.interest
        return worker.tail.events(after: position, maxBytes: Self.pageBytes) { event in
            interest.patterns.contains { $0.matches(event.group) } && interest.wants(event)
        }
    }

    func readPage(
        _ asked: WebhookAsked, _ start: PageQuery.Start, _ patterns: [GroupPattern]
    ) {
        let mailbox = worker.mailbox
        let query = PageQuery(
            start: start, patterns: patterns, maxEvents: Self.pageEvents,
            maxBytes: Self.pageBytes)
        worker.metrics.pagesRead.add()
        worker.engine.page(query) { mailbox.send(.webhook(.page(asked, $0))) }
    }

    func readFailed(_ asked: WebhookAsked, after position: UInt64) {
        let mailbox = worker.mailbox
        worker.engine.read(
            { snapshot throws(EngineError) in
                try snapshot.failedDeliveries(
                    of: asked.id, after: position, limit: Self.pageEvents
                ).map { FailedDelivery(position: $0.position, group: $0.group) }
            },
            reply: { mailbox.send(.webhook(.failed(asked, $0))) })
    }

    func readEvent(_ asked: WebhookAsked, _ position: UInt64, _ group: Group) {
        let mailbox = worker.mailbox
        let query = PageQuery(
            start: .after(position - 1), patterns: [GroupPattern(group)], maxEvents: 1, maxBytes: 1)
        worker.engine.page(query) { result in
            let event = result.map { $0.events.first { $0.position == position } }
            mailbox.send(.webhook(.event(asked, position: position, event)))
        }
    }

    func record(_ report: DeliveryReport) {
        let id = report.webhook.id
        worker.write(0, worker.rules.record(report)) { .webhook(.recorded(id, $0)) }
    }

    /// A request to a webhook's endpoint; ``EndpointExchange/start()`` is the caller's.
    func exchange(
        _ event: Event, for webhook: Webhook, on connection: EndpointConnection?,
        completion: @escaping EndpointExchange.Completion
    ) -> EndpointExchange {
        let request = DeliveryRequest(event, to: webhook.id, epoch: worker.rules.epoch)
        return exchange(request, for: webhook, on: connection, completion: completion)
    }

    func exchange(
        _ request: DeliveryRequest, for webhook: Webhook, on connection: EndpointConnection?,
        completion: @escaping EndpointExchange.Completion
    ) -> EndpointExchange {
        let fields = request.fields(
            for: webhook, now: wallClock(), version: worker.rules.version,
            primitives: .libcrypto)
        var bytes: [UInt8] = []
        HTTP1.Request(
            .post, webhook.url.target, host: webhook.url.authority, fields: fields,
            content: .bytes(request.body)
        ).append(to: &bytes)
        return EndpointExchange(
            client, webhook.url, bytes, on: connection, completion: completion)
    }

    // MARK: Tests

    /// Delivers something of its own to an endpoint, and answers a request with what came.
    func test(_ id: String, for token: Registration, _ number: UInt64) {
        let mailbox = worker.mailbox
        worker.engine.read(worker.rules.testedWebhook(id)) { result in
            mailbox.send(.webhook(.test(token, number, result)))
        }
    }

    func test(
        _ token: Registration, _ number: UInt64,
        _ result: Result<Result<Webhook, Problem>, EngineError>
    ) {
        let mailbox = worker.mailbox
        let webhook: Webhook
        switch result {
        case .failure(let error):
            mailbox.send(.answer(token, number, .failure(error)))
            return
        case .success(.failure(let problem)):
            mailbox.send(.answer(token, number, .success(.failure(problem))))
            return
        case .success(.success(let found)): webhook = found
        }
        let request = DeliveryRequest(testOf: webhook, now: wallClock())
        let began = loop.now
        let key = (token, number)
        let exchange = exchange(request, for: webhook, on: nil) { [weak self] answer in
            guard let self else { return }
            answer.connection?.close()
            tests.removeAll { $0.key == key }
            let response = worker.rules.testAnswer(
                request, answer.answer,
                response: String(decoding: answer.response, as: UTF8.self),
                duration: loop.now - began)
            mailbox.send(.answer(token, number, .success(.success(response))))
        }
        tests.append((key, exchange))
        exchange.start()
    }
}
