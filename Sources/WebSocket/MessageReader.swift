/// What the peer has said (RFC 6455 §6.2, §5.5).
public enum Incoming: Hashable, Sendable {
    /// A whole message, which is UTF-8.
    case text([UInt8])
    case binary([UInt8])
    /// To be answered by a Pong with the same bytes, unless a Close was sent (§5.5.2).
    case ping([UInt8])
    case pong([UInt8])
    /// The peer's last frame; `nil` where it gave no code.
    case close(CloseCode?, reason: String)
}

/// Turns bytes that the network may have cut anywhere into messages (RFC 6455 §5 and §6.2).
///
/// Between messages it holds no memory beyond itself, 16 bytes; within one, what has
/// come of it. Text that is not UTF-8, masking that is wrong and so on are reported with the
/// octet that makes them so, be it in the middle of a frame. After a Close, or after a
/// violation was thrown, whatever else comes is discarded (§1.4).
public struct MessageReader {
    /// How much a peer may send at once.
    public struct Limits: Hashable, Sendable {
        /// The longest payload of one frame, as it comes: compressed, if it is.
        public var maxFrameBytes: Int
        /// The longest message, all fragments together and inflated.
        public var maxMessageBytes: Int

        public init(maxFrameBytes: Int, maxMessageBytes: Int) {
            self.maxFrameBytes = maxFrameBytes
            self.maxMessageBytes = maxMessageBytes
        }
    }

    /// What a peer is held to: one object for all readers that have it in common.
    public final class Terms {
        let role: Role
        public let limits: Limits
        let inflater: (any MessageInflater)?

        /// Makes terms.
        ///
        /// - Parameters:
        ///   - role: The side that reads.
        ///   - limits: How much the peer may send at once; more is `.messageTooBig`.
        ///   - inflater: For permessage-deflate; `nil` where it was not agreed on. It belongs to
        ///     one reader, and so do the terms then.
        public init(role: Role, limits: Limits, inflater: (any MessageInflater)? = nil) {
            self.role = role
            self.limits = limits
            self.inflater = inflater
        }
    }

    private enum State {
        case betweenMessages
        /// Half a frame is here, or half a message.
        indirect case within(PartialInput)
        case ended
    }

    private let terms: Terms
    private var state = State.betweenMessages

    /// Makes a reader for a connection whose opening handshake is done.
    public init(_ terms: Terms) { self.terms = terms }

    /// Makes a reader with terms of its own; see ``Terms``.
    public init(role: Role, limits: Limits, inflater: (any MessageInflater)? = nil) {
        terms = Terms(role: role, limits: limits, inflater: inflater)
    }

    /// Reads on from `input[offset]`, to the end of one message or control frame at most.
    ///
    /// - Parameters:
    ///   - input: What has arrived.
    ///   - offset: Where to begin; moved past what was used. Call again with the same input
    ///     for as long as something is returned.
    /// - Returns: What is whole now; `nil` when all of `input` is used.
    /// - Throws: The first rule that the peer broke; fail the connection with its close code.
    public mutating func next(
        _ input: Span<UInt8>, from offset: inout Int
    ) throws(ProtocolViolation) -> Incoming? {
        var partial: PartialInput
        switch state {
        case .betweenMessages: partial = PartialInput()
        case .within(let half): partial = half
        case .ended:
            offset = input.count
            return nil
        }
        state = .ended  // it is, where this throws; and nothing is copied as two hold it
        let incoming = try partial.read(input, from: &offset, terms)
        if case .close? = incoming { return incoming }
        state = partial.isEmpty ? .betweenMessages : .within(partial)
        return incoming
    }
}
