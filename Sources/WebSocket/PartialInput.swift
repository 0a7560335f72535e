/// What has come of a frame and of a message that are not whole yet.
struct PartialInput {
    private enum State {
        case header(FrameHeaderParser)
        case payload(PartialFrame)
    }

    private var state = State.header(FrameHeaderParser())
    /// The data message under way, between whose fragments control frames may come.
    private var message: PartialMessage?
    /// What has come of a control frame's payload.
    private var controlPayload: [UInt8] = []

    /// Whether nothing has come of the next message.
    var isEmpty: Bool {
        guard message == nil, case .header(let parser) = state else { return false }
        return parser.isAtStart
    }

    /// Reads on from `input[offset]`, to the end of one message or control frame at most.
    ///
    /// - Parameters:
    ///   - input: What has arrived.
    ///   - offset: Where to begin; moved past what was used.
    ///   - terms: What the peer is held to.
    /// - Returns: What is whole now; `nil` when all of `input` is used.
    /// - Throws: The first rule that the peer broke.
    mutating func read(
        _ input: Span<UInt8>, from offset: inout Int, _ terms: MessageReader.Terms
    ) throws(ProtocolViolation) -> Incoming? {
        while true {
            switch state {
            case .header(var parser):
                let header = try parser.parse(input, from: &offset)
                state = .header(parser)
                guard let header else { return nil }
                try begin(header, terms)

            case .payload(var frame):
                let end = offset + min(frame.bytesLeft, input.count - offset)
                try take(input.extracting(offset..<end), of: frame, terms)
                frame.advance(by: end - offset)
                offset = end
                state = .payload(frame)
                guard frame.bytesLeft == 0 else { return nil }
                state = .header(FrameHeaderParser())
                if let incoming = try finish(frame, terms) { return incoming }
            }
        }
    }

    private mutating func begin(
        _ header: FrameHeader, _ terms: MessageReader.Terms
    ) throws(ProtocolViolation) {
        try header.check(
            receivedBy: terms.role, isFragmented: message != nil,
            isCompressible: terms.inflater != nil,
            maxFrameBytes: terms.limits.maxFrameBytes)
        if header.opcode == .text || header.opcode == .binary {
            message = PartialMessage(
                isText: header.opcode == .text,
                isCompressed: header.reservedBits.contains(.rsv1))
        }
        if !header.opcode.isControl {
            try message?.checkRoom(for: header.payloadLength, limit: terms.limits.maxMessageBytes)
        }
        state = .payload(PartialFrame(header))
    }

    private mutating func take(
        _ piece: Span<UInt8>, of frame: PartialFrame, _ terms: MessageReader.Terms
    ) throws(ProtocolViolation) {
        if frame.opcode.isControl {
            controlPayload.append(piece, masked: frame.maskingKey)
        } else {
            try message?.append(
                piece, masked: frame.maskingKey, inflater: terms.inflater,
                limit: terms.limits.maxMessageBytes)
        }
    }

    private mutating func finish(
        _ frame: PartialFrame, _ terms: MessageReader.Terms
    ) throws(ProtocolViolation) -> Incoming? {
        switch frame.opcode {
        case .continuation, .text, .binary:
            guard frame.isFinal else { return nil }
            return try finishMessage(terms)
        case .ping:
            return .ping(takeControlPayload())
        case .pong:
            return .pong(takeControlPayload())
        case .close:
            return try Incoming(closePayload: takeControlPayload())
        }
    }

    private mutating func finishMessage(
        _ terms: MessageReader.Terms
    ) throws(ProtocolViolation) -> Incoming? {
        guard var finished = message.take() else { return nil }
        try finished.finish(inflater: terms.inflater, limit: terms.limits.maxMessageBytes)
        return finished.isText ? .text(finished.bytes) : .binary(finished.bytes)
    }

    private mutating func takeControlPayload() -> [UInt8] {
        var payload: [UInt8] = []
        swap(&payload, &controlPayload)
        return payload
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
