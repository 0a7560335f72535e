import Log
import Reactor

extension TailSession {
    public typealias Instant = EventLoop.Instant

    public enum Event: Sendable {
        case start
        case connected
        case received(ServerMessage)
        case disconnected(ConnectionLoss)
        /// What came of ``Action/readCredential``.
        case credential(Credential.Reading)
        case timePassed
        case stop(TailEnding)
    }

    public enum Action: Equatable, Sendable {
        case dial
        case send([UInt8])
        /// Hand the event on; its cursor may be stored once it is flushed.
        case deliver(EventLine)
        /// Nothing is due up to here: the cursor may be stored once all before it is flushed.
        case mark(Cursor)
        case report(Notice)
        /// Read the key or token again, where it can have changed, and say what came of it.
        case readCredential
        /// Show the hub the key or token as it was read last.
        case authenticate(ref: UInt64)
        /// Drop the connection; no `.disconnected` is expected for it.
        case hangUp
        /// Nothing more will be asked for.
        case end(TailEnding)
    }

    public enum State: Equatable, Sendable {
        case idle
        case dialing
        case subscribing(until: Instant)
        /// The hub is asked too often; it is asked again on the same connection.
        case postponed(until: Instant)
        case replaying
        case live
        /// The hub will not have the key or token that it was shown; there may be another.
        case unauthorized(ConnectionLoss)
        case waiting(until: Instant)
        case ended
    }
}

// What follows from the state alone.
extension TailSession {
    /// When `.timePassed` is due; `nil` while nothing but the hub is waited for.
    public var deadline: Instant? {
        let end = startedAt.flatMap { start in plan.timeout.map { start + $0 } }
        switch state {
        case .idle, .unauthorized, .ended: return nil
        case .dialing: return end
        case .replaying, .live: return [end, renewal.deadline].compactMap(\.self).min()
        case .subscribing(let until), .postponed(let until), .waiting(let until):
            return min(until, end ?? until)
        }
    }

    /// A span back from now, where the first attempt was made a while ago.
    func aged(_ start: Since, _ now: Instant) -> Since {
        guard case .ago(let span) = start, let startedAt else { return start }
        return .ago(span + (now - startedAt))
    }

    var isStreaming: Bool {
        switch state {
        case .replaying, .live: true
        case .idle, .dialing, .subscribing, .postponed, .unauthorized, .waiting, .ended: false
        }
    }

    /// Whether it is about what is subscribed to: the answer, or what is granted no more.
    func isAboutGroups(_ refusal: ServerMessage.Refusal) -> Bool {
        switch state {
        case .subscribing: refusal.ref == ref
        case .replaying, .live:
            refusal.code == "forbidden" && refusal.ref == nil  // by credentials that are new
        case .idle, .dialing, .postponed, .unauthorized, .waiting, .ended: false
        }
    }
}
