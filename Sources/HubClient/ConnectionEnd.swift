import Reactor
import Transport
import WebSocket

// When a connection is looked at without being spoken to, and how it ends.
extension Connection {
    var patience: KeepAlive.Patience {
        KeepAlive.Patience(interval: options.pingInterval, timeout: options.pongTimeout)
    }

    func expectWithin(_ timeout: Duration) {
        phaseDeadline = context.loop.now + timeout
        schedule()
    }

    func schedule() {
        if let timer { context.loop.cancel(timer) }
        timer = nil
        guard let deadline = phaseDeadline ?? keepAlive?.deadline else { return }
        timer = context.loop.schedule(at: deadline, self)
    }

    public func timePassed(_ timer: TimerID) {
        self.timer = nil
        let now = context.loop.now
        if let phaseDeadline {
            guard now >= phaseDeadline else { return schedule() }
            return phaseTimedOut()
        }
        // Why: who does not read hears nothing; the hub is to hear from us all the same.
        if isPaused { _ = keepAlive?.handle(.received, now: now, patience) }
        switch keepAlive?.handle(.timePassed, now: now, patience) {
        case .giveUp?:
            return end(.failed("no answer to a ping in \(Notice.describe(options.pongTimeout))"))
        case .sendPing?: send([], as: .ping)
        case .some(.none): if isPaused { send([], as: .ping) }
        case nil: break
        }
        schedule()
    }

    private func phaseTimedOut() {
        switch phase {
        case .dialing: end(loss ?? .closed(code: nil, reason: ""))
        case .handshake: end(.failed("no answer to the opening handshake"))
        case .open(let conversation): perform(conversation.handle(.deadlinePassed))
        case .ended: break
        }
    }

    func streamEnded() {
        switch phase {
        case .handshake(var exchange): end(exchange.endOfInput())
        case .open(let conversation): perform(conversation.handle(.endOfStream))
        case .dialing, .ended: break
        }
    }

    /// Tells the end in the next turn: never before `init` has returned.
    func endLater(_ loss: ConnectionLoss) {
        self.loss = loss
        expectWithin(.zero)
    }

    func end(_ loss: ConnectionLoss) {
        if case .ended = phase { return }
        _ = release()
        receive(.ended(loss))
    }

    /// Lets go of the socket and the timer.
    ///
    /// - Returns: The dialer, where one is at work.
    func release() -> Dialer? {
        defer { phase = .ended }
        if let registration { context.loop.deregister(registration) }
        if let timer { context.loop.cancel(timer) }
        context.keepSession(of: layer, with: address)
        registration = nil
        timer = nil
        stream = nil
        if case .dialing(let dialer) = phase { return dialer }
        return nil
    }
}
