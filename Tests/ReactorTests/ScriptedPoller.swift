import Reactor

/// A poller that answers what a test puts in, and a clock that stands until it is moved.
final class ScriptedPoller: Poller {
    private(set) var tokens: [Int32: UInt64] = [:]
    private(set) var interests: [Int32: Interest] = [:]
    private(set) var timeouts: [Duration?] = []
    var next: [PollEvent] = []
    var now = EventLoop.Instant.now

    func loop() throws -> EventLoop { try EventLoop(poller: self, clock: { self.now }) }

    /// Makes `descriptor` ready in the next turn, by the token that it has now.
    func makeReady(_ descriptor: Int32, _ readiness: Readiness = .readable) {
        guard let token = tokens[descriptor] else { return }
        next.append(PollEvent(token: token, readiness: readiness))
    }

    func add(_ descriptor: Int32, _ interest: Interest, token: UInt64) throws(SystemError) {
        guard descriptor < 1000 else { throw SystemError("epoll_ctl", code: 28) }
        tokens[descriptor] = token
        interests[descriptor] = interest
    }

    func modify(_ descriptor: Int32, _ interest: Interest, token: UInt64) throws(SystemError) {
        interests[descriptor] = interest
    }

    func remove(_ descriptor: Int32) throws(SystemError) {
        tokens[descriptor] = nil
        interests[descriptor] = nil
    }

    func wait(for timeout: Duration?, into events: inout [PollEvent]) throws(SystemError) {
        timeouts.append(timeout)
        events = next
        next = []
    }
}

/// Does what a test says, when a descriptor is ready or a time has come.
final class Probe: EventHandler, TimerHandler {
    private let body: () -> Void
    private let died: () -> Void

    init(died: @escaping () -> Void = {}, _ body: @escaping () -> Void) {
        self.body = body
        self.died = died
    }

    deinit { died() }

    func ready(_ readiness: Readiness) { body() }
    func timePassed(_ timer: TimerID) { body() }
}
