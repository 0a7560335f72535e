import Reactor

/// Ends a drain that takes too long.
final class DrainTimer: TimerHandler {
    private let worker: Worker

    init(_ worker: Worker) { self.worker = worker }

    func timePassed(_ id: TimerID) { worker.drainTimedOut() }
}
