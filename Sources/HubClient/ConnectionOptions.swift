import WebSocket

/// What a ``Connection`` tells its owner.
public enum ConnectionEvent: Sendable {
    /// The opening handshake is done: messages may be sent.
    case opened(HandshakeAgreement)
    /// Pings are answered already.
    case received(Incoming)
    /// The last event; also after a close that this side asked for.
    case ended(ConnectionLoss)
}

extension Connection {
    /// How to connect, and how long to wait.
    public struct Options: Sendable {
        /// The largest message and frame taken, in bytes.
        public var maxMessageBytes = ServerMessage.maxBytes
        /// What to wish for permessage-deflate; `nil` not to offer it.
        public var deflate: DeflateParameters?
        public var subprotocols: [String] = ["campana.v1"]
        public var handshakeTimeout = Duration.seconds(10)
        /// How long the server may be quiet before it is pinged.
        ///
        /// Below the 25 s after which a hub pings us: a client that does not read for a while
        /// proves by its own pings that it lives.
        public var pingInterval = Duration.seconds(20)
        public var pongTimeout = Duration.seconds(10)
        /// How long to wait for the server's Close, and then for the end of TCP.
        public var closeTimeout = Duration.seconds(1)

        public init() {}
    }
}
