/// Writes frames (RFC 6455 §5).
public enum FrameWriter {
    /// Appends one frame.
    ///
    /// A control frame's payload must be 125 bytes long at most, which is checked.
    ///
    /// - Parameters:
    ///   - opcode: What the payload is.
    ///   - payload: All of it, compressed already if `isCompressed`.
    ///   - isFinal: Whether it ends its message.
    ///   - isCompressed: Whether it begins a message that was deflated (RFC 7692 §6.1).
    ///   - maskingKey: A fresh random key from a client, `nil` from a server (§5.3).
    ///   - output: Where to append.
    public static func append(
        _ opcode: Opcode, _ payload: Span<UInt8>, isFinal: Bool = true,
        isCompressed: Bool = false, maskingKey: MaskingKey? = nil, to output: inout [UInt8]
    ) {
        precondition(!opcode.isControl || (payload.count <= 125 && isFinal), "RFC 6455 §5.5")
        precondition(!isCompressed || opcode == .text || opcode == .binary, "RFC 7692 §6.1")
        FrameHeader(
            isFinal: isFinal, reservedBits: isCompressed ? .rsv1 : [], opcode: opcode,
            maskingKey: maskingKey, payloadLength: payload.count
        ).encode(to: &output)
        output.append(payload, masked: maskingKey)
    }

    /// Appends one frame whose payload is an array.
    ///
    /// - Parameters:
    ///   - opcode: What the payload is.
    ///   - payload: All of it, compressed already if `isCompressed`.
    ///   - isFinal: Whether it ends its message.
    ///   - isCompressed: Whether it begins a message that was deflated (RFC 7692 §6.1).
    ///   - maskingKey: A fresh random key from a client, `nil` from a server (§5.3).
    ///   - output: Where to append.
    public static func append(
        _ opcode: Opcode, _ payload: [UInt8], isFinal: Bool = true,
        isCompressed: Bool = false, maskingKey: MaskingKey? = nil, to output: inout [UInt8]
    ) {
        append(
            opcode, payload.span, isFinal: isFinal, isCompressed: isCompressed,
            maskingKey: maskingKey, to: &output)
    }

    /// Appends a Close frame (§5.5.1).
    ///
    /// - Parameters:
    ///   - code: Why, one that `isSendable`; `nil` for a Close without a body.
    ///   - reason: Words for the log of the other side, cut to the 123 bytes that fit. Not
    ///     sent without a code.
    ///   - maskingKey: A fresh random key from a client, `nil` from a server (§5.3).
    ///   - output: Where to append.
    public static func appendClose(
        _ code: CloseCode?, reason: String = "", maskingKey: MaskingKey? = nil,
        to output: inout [UInt8]
    ) {
        var payload: [UInt8] = []
        if let code {
            precondition(code.isSendable, "RFC 6455 §7.4")
            payload.append(UInt8(code.rawValue >> 8))
            payload.append(UInt8(code.rawValue & 0xFF))
            for scalar in reason.unicodeScalars {
                guard payload.count + UTF8.width(scalar) <= 125 else { break }
                payload.append(contentsOf: String(scalar).utf8)
            }
        }
        append(.close, payload, maskingKey: maskingKey, to: &output)
    }
}

extension FrameHeader {
    /// The longest header: two octets, eight of length, four of key.
    static let maxEncodedBytes = 14

    /// Appends the header, its length in as few octets as hold it (§5.2).
    func encode(to output: inout [UInt8]) {
        output.append((isFinal ? 0x80 : 0) | reservedBits.rawValue | opcode.rawValue)
        let maskBit: UInt8 = maskingKey == nil ? 0 : 0x80
        switch payloadLength {
        case ...125:
            output.append(maskBit | UInt8(payloadLength))
        case ...65_535:
            output.append(maskBit | 126)
            output.append(bigEndian: UInt64(payloadLength), octets: 2)
        default:
            output.append(maskBit | 127)
            output.append(bigEndian: UInt64(payloadLength), octets: 8)
        }
        if let maskingKey { output.append(bigEndian: UInt64(maskingKey.rawValue), octets: 4) }
    }
}

extension Array where Element == UInt8 {
    fileprivate mutating func append(bigEndian value: UInt64, octets: Int) {
        for place in (0..<octets).reversed() {
            append(UInt8(truncatingIfNeeded: value >> UInt64(8 * place)))
        }
    }
}
