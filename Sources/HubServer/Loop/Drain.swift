import Hub
import Reactor
import Telemetry
import Transport

// The end of a loop: what is under way is answered, and everybody learns when to return.
extension Worker {
    /// Takes no more work; answers what is under way, and tells the consumers when to return.
    func drain() {
        guard !isDraining else { return }
        isDraining = true
        for listener in listeners { listener.stop() }
        let connections = loop.allHandlers.compactMap { $0 as? Connection }
        for (number, connection) in connections.enumerated() {
            // Each gets a slot of its own, so that they do not all return at once.
            let slot = settings.reconnectSpread * (number + 1) / (connections.count + 1)
            connection.drain(slot: slot)
        }
        reportIfDrained()
        loop.schedule(at: loop.now + settings.drainTimeout, DrainTimer(self))
    }

    /// Says once that the last connection is gone, and what webhooks have under way recorded.
    func reportIfDrained() {
        guard isDraining, !hasReported, connectionCount == 0, webhooks.isQuiet else { return }
        hasReported = true
        shared.onDrained()
    }

    /// The time-out of the drain has passed: what is left is cut off.
    fileprivate func drainTimedOut() {
        shared.log(.warning, "drain timed out", ["connections": LogValue(connectionCount)])
        for case let connection as Connection in loop.allHandlers { connection.close() }
        webhooks.cut()
        reportIfDrained()
    }

    func stop() {
        for listener in listeners { listener.stop() }
        loop.stop()
    }
}

extension Connection {
    /// Ends as the conversation wishes.
    ///
    /// - Parameter slot: When a consumer is to return.
    func drain(slot: Duration) {
        guard isOpen else { return }
        conversation?.drain(slot: slot)
        wakeInTime()
    }
}

/// Ends a drain that takes too long.
private final class DrainTimer: TimerHandler {
    private let worker: Worker

    init(_ worker: Worker) { self.worker = worker }

    func timePassed(_ id: TimerID) { worker.drainTimedOut() }
}
