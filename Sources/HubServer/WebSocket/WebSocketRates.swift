import Admission
import Hub
import Reactor
import Telemetry
import WebSocket

/// How much a WebSocket has sent of late; there is one from the first message that is counted.
final class Pace {
    /// What `--message-rate` leaves.
    var messages = TokenBuckets()
    /// How many more refusals there are until the connection ends: of each kind as many as the
    /// limit itself lets in.
    var messageRefusals = TokenBuckets()
    var refusals = TokenBuckets()
}

// What a WebSocket may send in which time.
extension WebSocketConversation {
    /// What follows our own Close, or our goodbye, is discarded (RFC 6455 §1.4).
    var isTaking: Bool { closing.isOpen && farewell == nil }

    /// Counts a message, or a ping, against `--message-rate`; whether it may be acted upon.
    func isWithinMessageRate(_ incoming: Incoming) -> Bool {
        guard let limits = worker.shared.messageLimits else { return true }
        let verdict = pace.messages.take(limits, now: worker.loop.now)
        guard let milliseconds = verdict.retryAfterMilliseconds else { return true }
        connection.note(.pastMessageRate, "message-rate is \(limits.text); raise it, or send fewer")
        let ref: [UInt8]? =
            if case .text(let text) = incoming { worker.rules.ref(of: text) } else { nil }
        let mayStay = pace.messageRefusals.take(limits, now: worker.loop.now).isAdmitted
        refuse(
            verdict.explanation(limits, option: "--message-rate"), milliseconds,
            ref: ref, mayStay: mayStay)
        return false
    }

    /// Reads a message, and counts it against the rates of who has sent it, if it asks for
    /// something; one that cannot be read counts as well.
    ///
    /// - Returns: The message; `nil` where it was one too many, and its sender was told.
    /// - Throws: What is wrong with it.
    func read(_ text: [UInt8]) throws(MessageFault) -> ClientMessage? {
        guard let rates = worker.shared.rates else { return try worker.rules.read(text) }
        let result = Result { () throws(MessageFault) in try worker.rules.read(text) }
        if case .success(.ping) = result { return try result.get() }
        guard let verdict = worker.charge(principal, from: connection.messageClient),
            let milliseconds = verdict.retryAfterMilliseconds
        else { return try result.get() }
        auditRefusal(of: result)
        let mayStay = pace.refusals.take(rates.limits, now: worker.loop.now).isAdmitted
        refuse(
            verdict.explanation(rates.limits, option: "--rate"), milliseconds, ref: result.ref,
            mayStay: mayStay)
        return nil
    }

    /// Says that a message was not acted upon; who does not listen to that for long is let go.
    private func refuse(_ reason: String, _ milliseconds: Int64, ref: [UInt8]?, mayStay: Bool) {
        say(.limited(.rateLimited, reason, retryAfterMilliseconds: milliseconds, ref: ref))
        guard !mayStay else { return }
        say(
            .goodbye(
                reason: "rate", reconnectInMilliseconds: max(milliseconds, Self.shortestPause)))
        leave(.rate)
    }

    /// Milliseconds for which a client that was let go stays away at least.
    private static let shortestPause: Int64 = 1000

    private func auditRefusal(of result: Result<ClientMessage, MessageFault>) {
        guard let audit = connection.audit, case .success(let message) = result else { return }
        let (did, on) = message.audited
        audit.post(principal.name, did, on: on, outcome: Failure.rateLimited.rawValue)
    }
}

extension Result<ClientMessage, MessageFault> {
    /// What the client wants back in the answer.
    fileprivate var ref: [UInt8]? {
        switch self {
        case .success(let message): message.ref
        case .failure(let fault): fault.ref
        }
    }
}

extension ClientMessage {
    /// What the client wants back in the answer.
    fileprivate var ref: [UInt8]? {
        switch self {
        case .subscribe(let request): request.ref
        case .markRead(let request): request.ref
        case .unsubscribe(_, let ref), .publish(_, let ref), .ping(let ref), .auth(_, let ref): ref
        }
    }

    /// What the audit log calls it, and the groups that it is about.
    fileprivate var audited: (did: String, on: String) {
        switch self {
        case .subscribe(let request):
            ("subscribe", request.patterns.map(\.text).joined(separator: " "))
        case .unsubscribe(let patterns, _):
            ("unsubscribe", patterns.map(\.text).joined(separator: " "))
        case .publish(let request, _): ("publish", request.group.name)
        case .markRead: ("mark_read", "")
        case .auth: ("auth", "")
        case .ping: ("ping", "")
        }
    }
}
