import Hub
import Reactor

/// What a connection is used for: HTTP at first, then perhaps a WebSocket or a stream.
///
/// A conversation is a protocol core with its effects; the connection moves the bytes.
protocol Conversation: AnyObject {
    /// Takes bytes from `offset` on, and moves it past what was used; it uses all of them,
    /// unless the connection has another conversation now.
    func receive(_ input: Span<UInt8>, from offset: inout Int)

    /// The peer sends nothing more.
    func ended()

    /// Nothing waits to be sent any more.
    func drained()

    /// When `timePassed` is due; `nil` for never.
    var deadline: EventLoop.Instant? { get }

    func timePassed()

    /// The hub takes no more work.
    ///
    /// - Parameter slot: When a consumer is to return.
    func drain(slot: Duration)

    /// The connection is gone.
    func closed()

    var consumer: Consumer? { get }

    /// Where what the consumer gets goes.
    var outlet: (any Outlet)? { get }

    /// Whose it is; `nil` where nobody was asked.
    var identity: Identity? { get }

    /// How its consumer's events travel; `nil` where it has none.
    var transport: ConnectionReport.Transport? { get }

    /// The client may not stay.
    func end(_ reason: CredentialsEnd)
}

extension Connection {
    /// Whether more waits than a consumer may have waiting.
    var isFull: Bool { queue.byteCount > worker.settings.queueBytes }

    /// Whether `conversation` is the one that bytes belong to, and more may come.
    func isTalking(_ conversation: any Conversation) -> Bool {
        isOpen && self.conversation === conversation
    }
}

extension Worker {
    /// The connection of that name, if it is still there.
    func connection(_ token: Registration) -> Connection? {
        loop.handler(of: token) as? Connection
    }
}
