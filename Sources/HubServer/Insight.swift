import Hub
import Log
import PubSub
import Reactor
import Transport

/// Gathers what all loops know of their consumers; the last to say so goes on.
final class SurveyGathering: Sendable {
    private struct State {
        var left: Int
        var connected: [ConnectionReport] = []
        var departed: [ConnectionReport] = []
    }

    private let state: Locked<State>
    private let finish: @Sendable ([ConnectionReport], [ConnectionReport]) -> Void

    /// Waits for so many loops.
    init(
        loops: Int,
        finish: @escaping @Sendable ([ConnectionReport], [ConnectionReport]) -> Void
    ) {
        state = Locked(State(left: loops))
        self.finish = finish
    }

    /// Takes what one loop says; called once by each, on its thread.
    func add(connected: [ConnectionReport], departed: [ConnectionReport]) {
        let whole = state.withLock { state -> State? in
            state.left -= 1
            state.connected += connected
            state.departed += departed
            return state.left == 0 ? state : nil
        }
        if let whole { finish(whole.connected, whole.departed) }
    }
}

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

    /// Asks all loops and the log, and answers a request with what comes of it.
    func take(_ survey: Survey, for token: Registration, _ number: UInt64) {
        let (mailbox, shared) = (mailbox, shared)
        let gathering = SurveyGathering(loops: shared.loopCount) { connected, departed in
            SurveyReading(survey, connected: connected, departed: departed, shared: shared).start {
                mailbox.send(.answer(token, number, $0))
            }
        }
        shared.tellLoops(.survey(gathering))
    }

    /// Says what this loop knows of its consumers.
    func answer(_ gathering: SurveyGathering) {
        let connected = loop.allHandlers.compactMap { ($0 as? Connection)?.report() }
        gathering.add(connected: connected, departed: departures.all)
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
    /// What is known of its consumer; `nil` where it has none.
    func report(ended: Timestamp? = nil) -> ConnectionReport? {
        guard let consumer, let transport = conversation?.transport else { return nil }
        return ConnectionReport(
            id: ConnectionName(loop: worker.index, token).text,
            principal: (identity?.principal ?? .anyone).name, address: address,
            transport: transport, since: since,
            interests: consumer.subscriptions.flatMap { entry in
                entry.subscription.interests.map { interest in
                    ConnectionReport.Interest(
                        pattern: interest.pattern, start: interest.start,
                        reached: reached(by: entry.subscription))
                }
            },
            refused: identity?.refused ?? [], queueBytes: queue.byteCount, ended: ended)
    }

    private var identity: Identity? { conversation?.identity }

    /// Who is at the other end; asked of the kernel each time, for no connection keeps it.
    var address: String {
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
