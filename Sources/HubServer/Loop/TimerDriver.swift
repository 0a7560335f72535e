import Hub
import Log
import Reactor

/// Runs the hub's durable timers: asks once a second which are due, by a read that finds none
/// nearly always, and gives each a transaction of its own.
///
/// One loop has one, so that no timer is run by two. A timer that cannot be run does not hold up
/// the others: it is put off.
final class TimerDriver: TimerHandler {
    static let interval = Duration.seconds(1)
    /// The most timers that are under way at one time.
    static let maxAtOnce = 256
    /// How long a timer is put off that reads damaged records.
    static let pauseAfterDamage = Duration.seconds(3600)

    private enum State {
        /// The next question is asked by the clock.
        case waiting
        case asking
        case running(left: Int, mayBeMore: Bool)
    }

    private unowned let worker: Worker
    private var state = State.waiting

    init(_ worker: Worker) {
        self.worker = worker
        // What fell due while the hub was down is run at once.
        worker.loop.schedule(at: worker.loop.now, self)
    }

    func timePassed(_ id: TimerID) {
        guard !worker.isDraining else { return }
        worker.loop.schedule(at: worker.loop.now + Self.interval, self)
        if case .waiting = state { ask() }
    }

    private func ask() {
        state = .asking
        let mailbox = worker.mailbox
        worker.engine.read { snapshot throws(EngineError) in
            try snapshot.dueTimers(limit: Self.maxAtOnce)
        } reply: { result in
            mailbox.send(.timersDue(result))
        }
    }

    /// Takes the answer to the question.
    func found(_ result: Result<[DurableTimer], EngineError>) {
        state = .waiting
        switch result {
        case .failure(let error): log("durable timers not read", error)
        case .success(let due):
            guard !due.isEmpty else { return }
            state = .running(left: due.count, mayBeMore: due.count == Self.maxAtOnce)
            for timer in due { run(timer, worker.rules.fire(timer)) }
        }
    }

    private func run(
        _ timer: DurableTimer,
        _ body:
            @escaping @Sendable (any Transaction) throws(EngineError) -> Outcome<
                Rules.TimerOutcome
            >
    ) {
        worker.write(timer.payload.count, body) { .timerRan(timer, $0) }
    }

    /// Takes what came of a timer.
    func ran(_ timer: DurableTimer, _ result: Result<Rules.TimerOutcome, EngineError>) {
        switch result {
        case .success(.ran): worker.metrics.timersFired.add()
        case .success(.gone): break
        case .failure(let error):
            log("durable timer failed", error)
            if case .corrupt = error {
                worker.engine.transact(worker.rules.postpone(timer, by: Self.pauseAfterDamage)) {
                    _ in  // what cannot be put off is found again in a second
                }
            }
        }
        guard case .running(let left, let mayBeMore) = state else { return }
        state = left > 1 ? .running(left: left - 1, mayBeMore: mayBeMore) : .waiting
        if left == 1, mayBeMore, !worker.isDraining { ask() }
    }

    private func log(_ event: StaticString, _ error: EngineError) {
        worker.shared.log(.error, event, ["error": .string("\(error)")])
    }
}
