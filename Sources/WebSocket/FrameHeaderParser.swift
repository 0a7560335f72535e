/// Reads frame headers from bytes that the network may have cut anywhere (RFC 6455 §5.2).
///
/// Every octet is decoded when it comes and then forgotten: there is no buffer for a peer to
/// fill and nothing is looked at twice. What a `FrameHeader` cannot hold is refused here;
/// whether what it holds is allowed is asked in `FrameHeader.check`.
struct FrameHeaderParser {
    private enum State {
        case flags
        case length(Flags)
        case extendedLength(Flags, isMasked: Bool, Width, value: UInt64, octetsLeft: UInt8)
        case maskingKey(Flags, payloadLength: Int, value: UInt32, octetsLeft: UInt8)
    }

    private struct Flags {
        var isFinal: Bool
        var reservedBits: ReservedBits
        var opcode: Opcode
    }

    /// The two long forms of a length, by the octets that they take.
    private enum Width: UInt8 {
        case short = 2
        case long = 8

        /// The least length for which this form is the shortest that holds it.
        var leastLength: UInt64 {
            switch self {
            case .short: 126
            case .long: 65_536
            }
        }
    }

    private var state = State.flags

    /// Whether nothing of a header is here.
    var isAtStart: Bool { if case .flags = state { true } else { false } }

    /// Reads on from `input[offset]`, to the end of one header at most.
    ///
    /// - Parameters:
    ///   - input: What has arrived.
    ///   - offset: Where to begin; moved past what was used.
    /// - Returns: The header once it is whole; `nil` when `input` ran out before that.
    /// - Throws: What no later octet can mend.
    mutating func parse(
        _ input: Span<UInt8>, from offset: inout Int
    ) throws(ProtocolViolation) -> FrameHeader? {
        while offset < input.count {
            let octet = input[offset]
            offset += 1
            if let header = try advance(octet) { return header }
        }
        return nil
    }

    private mutating func advance(_ octet: UInt8) throws(ProtocolViolation) -> FrameHeader? {
        switch state {
        case .flags:
            state = .length(try flags(octet))
            return nil

        case .length(let flags):
            let isMasked = octet & 0x80 != 0
            switch octet & 0x7F {
            case 126: lengthFollows(.short, flags, isMasked: isMasked)
            case 127: lengthFollows(.long, flags, isMasked: isMasked)
            case let length: return lengthKnown(flags, isMasked: isMasked, Int(length))
            }
            return nil

        case .extendedLength(let flags, let isMasked, let width, let high, let octetsLeft):
            let value = high << 8 | UInt64(octet)
            guard octetsLeft == 1 else {
                state = .extendedLength(
                    flags, isMasked: isMasked, width, value: value, octetsLeft: octetsLeft - 1)
                return nil
            }
            return lengthKnown(flags, isMasked: isMasked, try length(value, in: width))

        case .maskingKey(let flags, let payloadLength, let high, let octetsLeft):
            let value = high << 8 | UInt32(octet)
            guard octetsLeft == 1 else {
                state = .maskingKey(
                    flags, payloadLength: payloadLength, value: value, octetsLeft: octetsLeft - 1)
                return nil
            }
            return finish(flags, MaskingKey(rawValue: value), payloadLength)
        }
    }

    private func flags(_ octet: UInt8) throws(ProtocolViolation) -> Flags {
        // §5.2: "If an unknown opcode is received, the receiving endpoint MUST _Fail the
        // WebSocket Connection_."
        guard let opcode = Opcode(rawValue: octet & 0x0F) else {
            throw .reservedOpcode(octet & 0x0F)
        }
        return Flags(
            isFinal: octet & 0x80 != 0,
            reservedBits: ReservedBits(rawValue: octet & 0x70),
            opcode: opcode)
    }

    private mutating func lengthFollows(_ width: Width, _ flags: Flags, isMasked: Bool) {
        state = .extendedLength(
            flags, isMasked: isMasked, width, value: 0, octetsLeft: width.rawValue)
    }

    private func length(_ value: UInt64, in width: Width) throws(ProtocolViolation) -> Int {
        // §5.2: "the minimal number of bytes MUST be used to encode the length".
        guard value >= width.leastLength else { throw .lengthNotMinimal }
        // §5.2: "the most significant bit MUST be 0".
        guard let length = Int(exactly: value) else { throw .lengthTooLarge }
        return length
    }

    private mutating func lengthKnown(
        _ flags: Flags, isMasked: Bool, _ payloadLength: Int
    ) -> FrameHeader? {
        guard isMasked else { return finish(flags, nil, payloadLength) }
        state = .maskingKey(flags, payloadLength: payloadLength, value: 0, octetsLeft: 4)
        return nil
    }

    private mutating func finish(
        _ flags: Flags, _ maskingKey: MaskingKey?, _ payloadLength: Int
    ) -> FrameHeader {
        state = .flags
        return FrameHeader(
            isFinal: flags.isFinal, reservedBits: flags.reservedBits, opcode: flags.opcode,
            maskingKey: maskingKey, payloadLength: payloadLength)
    }
}
