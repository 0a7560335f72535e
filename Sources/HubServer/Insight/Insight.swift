import Hub
import Log
import PubSub
import Reactor
import Transport

/// Who has left a loop most recently.
struct Departures {
    /// The most that are remembered.
    static let capacity = 256

    private var reports: [ConnectionReport] = []
    private var next = 0

    /// Puts one in the place of the oldest.
    mutating func add(_ report: ConnectionReport) {
        if reports.count < Self.capacity {
            reports.append(report)
        } else {
            reports[next] = report
        }
        next = (next + 1) % Self.capacity
    }

    /// All that are remembered, in no particular order.
    var all: [ConnectionReport] { reports }
}

extension Worker {
    /// Whole seconds since the hub's start.
    var age: UInt32 {
        UInt32(clamping: (wallClock() - shared.startedAt).components.seconds)
    }

    /// Ends the connection of that name, and answers the request that asks for it.
    func disconnect(_ name: String, for token: Registration, _ number: UInt64) {
        guard let name = ConnectionName(name), name.loop < shared.loopCount else {
            mailbox.send(.answer(token, number, .success(.failure(.noConnection(name)))))
            return
        }
        let mailbox = mailbox
        shared.tell(
            name.loop,
            .disconnect(name.registration) { isThere in
                let answer: Reaction.Answer =
                    isThere ? .success(.init(.noContent)) : .failure(.noConnection(name.text))
                mailbox.send(.answer(token, number, .success(answer)))
            })
    }

    /// Ends one of this loop's consumers; whether it was there.
    func disconnect(_ registration: Registration) -> Bool {
        guard let connection = connection(registration), connection.consumer != nil else {
            return false
        }
        connection.conversation?.end(.byOperator)
        return true
    }
}

/// What a connection is called: its loop, and its registration there.
struct ConnectionName {
    let loop: Int
    let registration: Registration

    var text: String { "\(loop)-\(registration.token)" }

    init(loop: Int, _ registration: Registration) {
        self.loop = loop
        self.registration = registration
    }

    /// Reads a name that ``text`` has given out.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let loop = Int(parts[0]), loop >= 0, let token = UInt64(parts[1])
        else { return nil }
        self.init(loop: loop, Registration(token: token))
    }
}

extension Connection {
    /// What is known of its consumer.
    func report(
        _ hearing: Hearing, over transport: ConnectionReport.Transport, ended: Timestamp? = nil
    ) -> ConnectionReport {
        ConnectionReport(
            id: ConnectionName(loop: worker.index, token).text, hearing: hearing, address: address,
            transport: transport, since: since, queueBytes: queue.byteCount, ended: ended)
    }

    /// What is worth remembering of a consumer that leaves: one that has listened, and not for one answer.
    func departure(of consumer: Consumer) -> ConnectionReport? {
        guard !worker.isDraining, let transport = conversation?.transport, transport != .poll else {
            return nil
        }
        let hearing = hearing(of: consumer)
        guard !hearing.interests.isEmpty else { return nil }
        return report(hearing, over: transport, ended: worker.wallClock())
    }

    /// What its consumer listens to.
    func hearing(of consumer: Consumer) -> Hearing {
        Hearing(
            principal: (identity?.principal ?? .anyone).name,
            interests: consumer.subscriptions.flatMap { entry in
                entry.subscription.interests.map { interest in
                    Hearing.Interest(
                        pattern: interest.pattern, start: interest.start,
                        reached: reached(by: entry.subscription))
                }
            },
            refused: identity?.refused ?? [])
    }

    private var identity: Identity? { conversation?.identity }

    /// Whose it is behind a trusted proxy, else who is at the other end; that is asked of the
    /// kernel each time, for no connection keeps it.
    var address: String {
        if let forwarded = worker.seats[token]?.forwarded { return "\(forwarded)" }
        do {
            return try PeerAddress(of: stream.rawValue).description
        } catch {
            return "gone"
        }
    }

    /// When it was accepted.
    private var since: Timestamp { worker.shared.startedAt + .seconds(Int64(startSeconds)) }

    /// The position up to which the peer's system has all that a subscription wants.
    private func reached(by subscription: Subscription) -> UInt64 {
        let handedOn = subscription.isLive ? worker.tail.head : subscription.position
        return isDrained ? handedOn : min(handedOn, sentThrough)
    }
}

extension Problem {
    fileprivate static func noConnection(_ name: String) -> Problem {
        Problem(.notFound, "there is no connection \"\(name.prefix(64))\"")
    }
}
