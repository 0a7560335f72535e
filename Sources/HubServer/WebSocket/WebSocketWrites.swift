import Hub
import Log
import Reactor
import WebSocket

// What a client writes: begun here, answered when it is durable.
extension WebSocketConversation {
    func publish(_ request: PublishRequest, ref: [UInt8]?) {
        let token = connection.token
        let mark = connection.audit?.begin(
            identity, "publish", on: request.group.name, entity: request.draft.type.text)
        writesUnderWay += 1
        worker.write(request.draft.payload.count, worker.rules.write(request)) {
            mark?.end($0)
            return .published(token, ref: ref, $0)
        }
    }

    func markRead(_ request: MarkReadRequest) throws(MessageFault) {
        let own: ConsumerID? = if case .notifications(let id) = use { id } else { nil }
        let markRead = try worker.rules.markRead(request, on: own)
        try requireWrite(.write, on: markRead.consumer.group, "mark_read", ref: request.ref)
        let token = connection.token
        let mark = connection.audit?.begin(
            identity, "mark_read", on: markRead.consumer.group.name,
            entity: "\(request.notificationID)")
        writesUnderWay += 1
        worker.write(0, markRead.perform) {
            mark?.end($0)
            return .marked(token, markRead, $0)
        }
    }

    /// Takes the engine's answer to a `mark_read`.
    func marked(_ markRead: MarkRead, _ result: Result<MarkRead.Effect, EngineError>) {
        defer { writeEnded() }
        switch result {
        case .success(let effect):
            if let answer = markRead.answer(to: effect) { say(answer) }
        case .failure(let error):
            worker.metrics.writesRefused.add()
            say(markRead.answer(to: error))
        }
    }

    /// Takes the engine's answer to a publish.
    func published(_ ref: [UInt8]?, _ result: Result<Reaction.Answer, EngineError>) {
        defer { writeEnded() }
        switch result {
        case .success(.success(let response)):
            guard case .bytes(let answer) = response.content else { return }
            say(.published(answer: answer, ref: ref))
        case .success(.failure(let problem)):
            say(.error(problem.failure, problem.detail, ref: ref))
        case .failure(let error):
            worker.metrics.writesRefused.add()
            let failure = Failure(error)
            say(.error(failure, failure.title, ref: ref))
        }
    }

    private func writeEnded() {
        writesUnderWay -= 1
        goOnReading()
        if let farewell, writesUnderWay == 0 { perform(closing.handle(.closeRequested(farewell))) }
    }

    /// Takes nothing more, and closes once all is answered that was taken.
    func leave(_ code: CloseCode) {
        farewell = code
        if writesUnderWay == 0 {
            perform(closing.handle(.closeRequested(code)))
        } else {
            connection.pauseReading()
        }
    }

    func drain(slot: Duration) {
        let milliseconds = slot / .milliseconds(1)
        say(.goodbye(reason: "restart", reconnectInMilliseconds: Int64(milliseconds)))
        leave(.serviceRestart)
    }
}
