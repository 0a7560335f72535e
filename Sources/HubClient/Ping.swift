import Reactor
import WebSocket

/// Asks a hub whether it lives: once by a WebSocket ping, once by a message.
///
/// Confined to its loop.
public final class Ping: TimerHandler {
    public typealias Instant = EventLoop.Instant

    /// How long each answer took.
    public struct RoundTrips: Equatable, Sendable {
        /// From the first byte to the end of the opening handshake.
        public var connect: Duration
        /// From Ping to Pong (RFC 6455 §5.5.2).
        public var frame: Duration
        /// From `{"type":"ping"}` to `{"type":"pong"}`.
        public var message: Duration
    }

    private enum Phase {
        case connecting
        case awaitingPong(connect: Duration)
        case awaitingMessage(connect: Duration, frame: Duration)
        case ended
    }

    private let context: ClientContext
    private let timeout: Duration
    private let completion: (Result<RoundTrips, PingError>) -> Void
    private var connection: Connection?
    private var phase = Phase.connecting
    private var since = Instant.now
    private var timer: TimerID?

    /// Begins.
    ///
    /// - Parameters:
    ///   - address: The hub.
    ///   - context: The loop to run on.
    ///   - timeout: How long all of it may take.
    ///   - completion: Called once, on the loop's thread.
    public init(
        _ address: HubAddress, _ context: ClientContext, timeout: Duration,
        completion: @escaping (Result<RoundTrips, PingError>) -> Void
    ) {
        self.context = context
        self.timeout = timeout
        self.completion = completion
        timer = context.loop.schedule(at: context.loop.now + timeout, self)
        connection = Connection(to: address, context) { [weak self] event in self?.take(event) }
    }

    public func timePassed(_ timer: TimerID) {
        let missing =
            switch phase {
            case .connecting: "the opening handshake was not answered"
            case .awaitingPong: "a WebSocket ping was not answered"
            case .awaitingMessage: "a ping message was not answered"
            case .ended: ""
            }
        finish(.failure(.silent("\(missing) in \(Notice.describe(timeout))")))
    }

    private func take(_ event: ConnectionEvent) {
        switch (phase, event) {
        case (.connecting, .opened):
            phase = .awaitingPong(connect: lap())
            connection?.send(Array("campana".utf8), as: .ping)
        case (.awaitingPong(let connect), .received(.pong(Array("campana".utf8)))):
            phase = .awaitingMessage(connect: connect, frame: lap())
            connection?.send(ClientMessage.ping(ref: 1))
        case (.awaitingMessage(let connect, let frame), .received(.text(let text))):
            guard case .pong? = try? ServerMessage.decode(text) else { return }  // a welcome, say
            finish(
                .success(RoundTrips(connect: connect, frame: frame, message: lap())))
        case (.ended, _): break
        case (_, .ended(.unreachable(let text))), (_, .ended(.untrusted(let text))):
            finish(.failure(.unreachable(text)))
        case (_, .ended(let loss)) where loss.isOfCredentials:
            finish(.failure(.refused(Notice.describe(loss))))
        case (_, .ended(let loss)): finish(.failure(.lost(Notice.describe(loss))))
        case (_, .opened), (_, .received): break
        }
    }

    /// The time since the last call.
    private func lap() -> Duration {
        let now = Instant.now
        defer { since = now }
        return now - since
    }

    private func finish(_ result: Result<RoundTrips, PingError>) {
        guard case .ended = phase else {
            phase = .ended
            if let timer { context.loop.cancel(timer) }
            connection?.abandon()
            connection = nil
            return completion(result)
        }
    }
}

/// Why a hub does not answer.
public enum PingError: Error, Equatable, Sendable, CustomStringConvertible {
    case unreachable(String)
    case lost(String)
    case silent(String)
    /// It wants to know who asks, or does not let them in.
    case refused(String)

    public var description: String {
        switch self {
        case .unreachable(let text), .lost(let text), .silent(let text), .refused(let text): text
        }
    }
}
