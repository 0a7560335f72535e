import HTTP1
import Hub
import Log
import Reactor
import Telemetry

// What the engine answers, and how answers go out.
extension HTTPConversation {
    /// Takes the engine's answer to a request.
    func answered(_ number: UInt64, _ result: Result<Reaction.Answer, EngineError>) {
        if let call = held as? Call, call.number == number { return call.answered(result) }
        guard let instance = pipeline.instance(of: number) else { return }
        switch result {
        case .success(.success(let response)): complete(number, response)
        case .success(.failure(let problem)): complete(number, problem.response(instance: instance))
        case .failure(let error):
            if work == .writes { worker.metrics.writesRefused.add() }
            complete(number, Problem(error).response(instance: instance))
        }
    }

    /// Takes the places of events that requests of `range` have published.
    func placed(
        _ publishes: Publishes, _ range: Range<Int>, _ result: Result<[Appended], EngineError>
    ) {
        switch result {
        case .success(let places):
            for index in range {
                let response = worker.placedAnswers.response(
                    to: publishes.drafts[index], at: places[index])
                pipeline.complete(publishes.askers[index].number, response)
            }
            sendResponses()
        case .failure(let error):
            for index in range { answered(publishes.askers[index].number, .failure(error)) }
        }
    }

    /// Answers what is no request; it counts as one.
    func answer(_ violation: Violation, instance: String) {
        let verdict = worker.charge(.nobody, from: connection.client)
        let number = pipeline.append(
            .failed, instance: instance, now: worker.loop.now, fields: worker.fields(verdict))
        let problem =
            worker.refusal(verdict) ?? Problem(malformed: violation.status, violation.detail)
        complete(number, problem.response(instance: instance))
    }

    /// Who has asked is gone.
    func auditUnanswered() {
        guard let audit = connection.audit else { return }
        for (asked, since) in pipeline.unanswered {
            audit.unanswered(asked, took: worker.loop.now - since)
        }
    }

    // MARK: Responses

    func complete(_ number: UInt64, _ response: Response) {
        pipeline.complete(number, response)
        sendResponses()
    }

    /// Sends all answers whose turn it is, in one piece.
    private func sendResponses() {
        guard var answer = pipeline.takeAnswer() else { return }
        let (metrics, now) = (worker.metrics, worker.loop.now)
        let common = worker.commonFields()
        var output: [UInt8] = []
        while true {
            answer.response.append(to: &output, for: answer.exchange, common: common)
            let code = Int(answer.response.status.rawValue)
            metrics.requests[StatusClass(code: code)].add()
            metrics.requestSeconds.observe(from: answer.since, to: now)
            if let asked = answer.asked {
                connection.audit?.answered(asked, answer.response, took: now - answer.since)
            }
            guard answer.exchange.keepAlive, let next = pipeline.takeAnswer() else { break }
            answer = next
        }
        connection.send(output)
        guard answer.exchange.keepAlive else { return connection.finish() }
        if pipeline.isEmpty { becameIdle() }
    }
}
