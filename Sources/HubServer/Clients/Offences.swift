import HTTP1
import Hub
import Reactor
import Telemetry

// What clients do that the hub does not put up with: counted, and said in the log by whom.
extension Worker {
    /// Takes note of what a client did.
    ///
    /// - Parameters:
    ///   - offence: What it did.
    ///   - peer: Its address.
    ///   - who: Its name, where it has one.
    ///   - detail: What else there is to say; never what the client has sent.
    func note(
        _ offence: Offence, by peer: String, who: String? = nil,
        _ detail: @autoclosure () -> String = ""
    ) {
        metrics.offences[offence].add()
        let isFirst = shared.offences.withLock { $0.note(offence, by: peer) }
        shared.log(
            isFirst ? offence.level : .debug, "client misbehaved",
            [
                "offence": .string("\(offence.text)"), "peer": .string(peer),
                "who": .string(who ?? ""), "detail": .string(detail()),
            ])
        if isFirst { awaitInterval(offence) }
    }

    private func awaitInterval(_ offence: Offence) {
        loop.schedule(
            at: loop.now + OffenceLedger.interval, OffenceInterval(worker: self, offence))
    }

    /// Tells what the last minute has brought of one kind.
    fileprivate func intervalEnded(_ offence: Offence) {
        guard let sum = shared.offences.withLock({ $0.intervalEnded(offence) }) else { return }
        shared.log(
            offence.level, "clients misbehaved",
            [
                "offence": .string("\(offence.text)"), "more": LogValue(sum.count),
                "last": .string(sum.last),
            ])
        awaitInterval(offence)
    }
}

/// The end of a minute, on the loop where the first of its offences was.
private final class OffenceInterval: TimerHandler {
    private weak var worker: Worker?
    private let offence: Offence

    init(worker: Worker, _ offence: Offence) {
        self.worker = worker
        self.offence = offence
    }

    func timePassed(_ timer: TimerID) { worker?.intervalEnded(offence) }
}

extension Connection {
    /// Takes note of what its client did.
    func note(_ offence: Offence, _ detail: @autoclosure () -> String = "") {
        worker.note(
            offence, by: address, who: conversation?.identity?.principal.name, detail())
    }
}

extension Connection {
    /// Ends what cannot go on.
    func lost() {
        if stream.isOverrun { note(.slowReading, "answers of TLS were left") }
        close()
    }

    /// Ends at once what was to end by itself.
    func cutOff() {
        if isFinishing { note(.slowReading, "\(queue.byteCount) bytes were left at the end") }
        close()
    }
}

extension HTTPConversation {
    /// Nothing more has come for as long as may be: it goes, unless it is still reading.
    func idled() {
        let left =
            pipeline.isUnused
            ? 0 : connection.queue.byteCount + connection.stream.unacknowledged
        if left > 0, left < unread {
            unread = left
            deadline = worker.loop.now + worker.settings.idleTimeout
            return connection.wakeInTime()
        }
        if pipeline.isUnused {
            connection.note(.silence)
        } else if left > 0 {
            connection.note(.slowReading, "\(left) bytes of answers were left")
        }
        connection.close()
    }
}

extension WebSocketConversation {
    /// Takes note of a message that was refused, where that is an offence.
    func note(_ failure: Failure) {
        switch failure {
        case .tooManySubscriptions: connection.note(.tooManySubscriptions, failure.title)
        case .malformedJSON, .invalidMessage, .unknownMessageType:
            connection.note(.badRequest, failure.title)
        default: break
        }
    }
}

extension Offence {
    init(_ violation: Violation, in phase: RequestParser.Phase) {
        self =
            switch violation.status {
            case .requestTimeout: phase == .head ? .slowHead : .slowBody
            case .contentTooLarge, .uriTooLong, .fieldsTooLarge: .requestTooLarge
            default: .malformedRequest
            }
    }
}
