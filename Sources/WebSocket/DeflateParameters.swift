/// What two endpoints agreed on for permessage-deflate (RFC 7692 §7.1).
public struct DeflateParameters: Hashable, Sendable {
    /// What binds the compressor of one side, and so the decompressor of the other.
    public struct Direction: Hashable, Sendable {
        /// Whether each message is compressed without regard to those before it (§7.1.1).
        public var noContextTakeover: Bool
        /// The base-2 logarithm of the LZ77 window, 8 to 15 (§7.1.2).
        public var maxWindowBits: Int

        public init(noContextTakeover: Bool = false, maxWindowBits: Int = 15) {
            precondition((8...15).contains(maxWindowBits), "RFC 7692 §7.1.2")
            self.noContextTakeover = noContextTakeover
            self.maxWindowBits = maxWindowBits
        }
    }

    /// How the server compresses: `server_no_context_takeover`, `server_max_window_bits`.
    public var server: Direction
    /// How the client compresses: `client_no_context_takeover`, `client_max_window_bits`.
    public var client: Direction

    public init(server: Direction = Direction(), client: Direction = Direction()) {
        self.server = server
        self.client = client
    }

    /// How `role` compresses what it sends.
    public func sending(by role: Role) -> Direction {
        switch role {
        case .server: server
        case .client: client
        }
    }
}
