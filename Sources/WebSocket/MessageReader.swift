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
/// Between messages it holds no memory beyond itself, about 100 bytes; within one, what has
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

    private enum State {
        case header(FrameHeaderParser)
        case payload(PartialFrame)
        case ended
    }

    private let role: Role
    private let limits: Limits
    private let inflater: (any MessageInflater)?
    private var state = State.header(FrameHeaderParser())
    /// The data message under way, between whose fragments control frames may come.
    private var message: PartialMessage?
    /// What has come of a control frame's payload.
    private var controlPayload: [UInt8] = []

    /// Makes a reader for a connection whose opening handshake is done.
    ///
    /// - Parameters:
    ///   - role: The side that reads.
    ///   - limits: How much the peer may send at once; more is `.messageTooBig`.
    ///   - inflater: For permessage-deflate; `nil` where it was not agreed on.
    public init(role: Role, limits: Limits, inflater: (any MessageInflater)? = nil) {
        self.role = role
        self.limits = limits
        self.inflater = inflater
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
        do throws(ProtocolViolation) {
            return try read(input, from: &offset)
        } catch {
            end()
            throw error
        }
    }

    private mutating func read(
        _ input: Span<UInt8>, from offset: inout Int
    ) throws(ProtocolViolation) -> Incoming? {
        while true {
            switch state {
            case .header(var parser):
                let header = try parser.parse(input, from: &offset)
                state = .header(parser)
                guard let header else { return nil }
                try begin(header)

            case .payload(var frame):
                let end = offset + min(frame.bytesLeft, input.count - offset)
                try take(input.extracting(offset..<end), of: frame)
                frame.advance(by: end - offset)
                offset = end
                state = .payload(frame)
                guard frame.bytesLeft == 0 else { return nil }
                state = .header(FrameHeaderParser())
                if let incoming = try finish(frame) { return incoming }

            case .ended:
                offset = input.count
                return nil
            }
        }
    }

    private mutating func begin(_ header: FrameHeader) throws(ProtocolViolation) {
        try header.check(
            receivedBy: role, isFragmented: message != nil, isCompressible: inflater != nil,
            maxFrameBytes: limits.maxFrameBytes)
        if header.opcode == .text || header.opcode == .binary {
            message = PartialMessage(
                isText: header.opcode == .text,
                isCompressed: header.reservedBits.contains(.rsv1))
        }
        if !header.opcode.isControl {
            try message?.checkRoom(for: header.payloadLength, limit: limits.maxMessageBytes)
        }
        state = .payload(PartialFrame(header))
    }

    private mutating func take(
        _ piece: Span<UInt8>, of frame: PartialFrame
    ) throws(ProtocolViolation) {
        if frame.opcode.isControl {
            controlPayload.append(piece, masked: frame.maskingKey)
        } else {
            try message?.append(
                piece, masked: frame.maskingKey, inflater: inflater, limit: limits.maxMessageBytes)
        }
    }

    private mutating func finish(_ frame: PartialFrame) throws(ProtocolViolation) -> Incoming? {
        switch frame.opcode {
        case .continuation, .text, .binary:
            guard frame.isFinal else { return nil }
            return try finishMessage()
        case .ping:
            return .ping(takeControlPayload())
        case .pong:
            return .pong(takeControlPayload())
        case .close:
            let incoming = try Incoming(closePayload: takeControlPayload())
            end()
            return incoming
        }
    }

    private mutating func finishMessage() throws(ProtocolViolation) -> Incoming? {
        guard var finished = message.take() else { return nil }
        try finished.finish(inflater: inflater, limit: limits.maxMessageBytes)
        return finished.isText ? .text(finished.bytes) : .binary(finished.bytes)
    }

    private mutating func takeControlPayload() -> [UInt8] {
        var payload: [UInt8] = []
        swap(&payload, &controlPayload)
        return payload
    }

    private mutating func end() {
        state = .ended
        message = nil
        controlPayload = []
    }
}

/// A frame of which the payload is on its way.
private struct PartialFrame {
    let opcode: Opcode
    let isFinal: Bool
    /// The key for the next octet; `nil` for an unmasked frame.
    private(set) var maskingKey: MaskingKey?
    private(set) var bytesLeft: Int

    init(_ header: FrameHeader) {
        opcode = header.opcode
        isFinal = header.isFinal
        maskingKey = header.maskingKey
        bytesLeft = header.payloadLength
    }

    mutating func advance(by count: Int) {
        maskingKey = maskingKey?.advanced(by: count)
        bytesLeft -= count
    }
}

extension Incoming {
    /// Reads the body of a Close frame (§5.5.1, §7.4).
    fileprivate init(closePayload: [UInt8]) throws(ProtocolViolation) {
        guard !closePayload.isEmpty else {
            self = .close(nil, reason: "")
            return
        }
        // §5.5.1: "If there is a body, the first two bytes of the body MUST be a 2-byte
        // unsigned integer".
        guard closePayload.count >= 2 else { throw .closePayloadTooShort }
        let code = CloseCode(rawValue: UInt16(closePayload[0]) << 8 | UInt16(closePayload[1]))
        guard code.isSendable else { throw .closeCodeNotSendable(code) }
        guard let reason = String(validating: closePayload[2...], as: UTF8.self) else {
            throw .invalidUTF8
        }
        self = .close(code, reason: reason)
    }
}
