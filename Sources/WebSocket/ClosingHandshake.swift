/// The closing handshake as one table: state and event in, action out (RFC 6455 §7).
///
/// It does nothing itself. Its owner feeds it what happens, and carries out what it answers;
/// whoever wants to know whether data may still be sent asks `isOpen`.
public struct ClosingHandshake: Sendable {
    public enum Event: Hashable, Sendable {
        /// This side wants to close; `nil` for a Close frame without a code.
        case closeRequested(CloseCode?)
        case closeReceived(CloseCode?)
        /// The peer broke the protocol (§7.1.7).
        case violation(ProtocolViolation)
        /// The peer has shut its side of TCP.
        case endOfStream
        /// The time that `sendCloseAndWait` asked for is over.
        case deadlinePassed
    }

    public enum Action: Hashable, Sendable {
        case none
        /// Send Close; feed `deadlinePassed` after the close timeout.
        case sendCloseAndWait(CloseCode?)
        /// Send Close; then shut as below.
        case sendCloseAndShut(CloseCode?)
        /// Flush and shut the sending side; read and discard until the peer's end (§7.1.1).
        ///
        /// A socket that is closed with bytes unread answers with a reset, and may so destroy
        /// a Close frame that the peer has not read. Bound the wait by the close timeout.
        case shut
    }

    private enum State {
        case open
        /// Our Close is out; the peer's has not come.
        case closeSent
        /// Both are exchanged, or given up; it is for the server to shut TCP first (§7.1.1).
        case awaitingEnd
        case closed
    }

    private let role: Role
    private var state = State.open

    public init(role: Role) { self.role = role }

    /// Whether messages may be sent: once Close is out, nothing may follow it (§5.5.1).
    public var isOpen: Bool { state == .open }

    public mutating func handle(_ event: Event) -> Action {
        switch (state, event) {
        case (.open, .closeRequested(let code)):  // §7.1.2
            state = .closeSent
            return .sendCloseAndWait(code)
        case (.open, .closeReceived(let code)):  // §5.5.1: "typically echoes the status code"
            return answerClose(with: code)
        case (.open, .violation(let violation)):  // §7.1.7
            return answerClose(with: violation.closeCode)

        case (.closeSent, .closeReceived) where role == .client:
            state = .awaitingEnd
            return .none
        case (.closeSent, .closeReceived), (.closeSent, .violation),
            (.open, .endOfStream), (.closeSent, .endOfStream), (.awaitingEnd, .endOfStream),
            (.closeSent, .deadlinePassed), (.awaitingEnd, .deadlinePassed):
            state = .closed
            return .shut

        case (.open, .deadlinePassed), (.closeSent, .closeRequested),
            (.awaitingEnd, .closeRequested), (.closed, _),
            // §1.4: what follows a Close is discarded.
            (.awaitingEnd, .closeReceived), (.awaitingEnd, .violation):
            return .none
        }
    }

    private mutating func answerClose(with code: CloseCode?) -> Action {
        switch role {
        case .server:
            state = .closed
            return .sendCloseAndShut(code)
        case .client:
            state = .awaitingEnd
            return .sendCloseAndWait(code)
        }
    }
}
