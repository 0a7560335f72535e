/// The three bits that extensions may give a meaning (RFC 6455 §5.2), in their places within
/// the first octet of a frame.
public struct ReservedBits: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// "Per-Message Compressed", on the first frame of a message (RFC 7692 §6).
    public static let rsv1 = ReservedBits(rawValue: 0x40)
    public static let rsv2 = ReservedBits(rawValue: 0x20)
    public static let rsv3 = ReservedBits(rawValue: 0x10)
}

/// All that precedes a frame's payload (RFC 6455 §5.2).
public struct FrameHeader: Hashable, Sendable {
    public var isFinal: Bool
    public var reservedBits: ReservedBits
    public var opcode: Opcode
    /// The key of a masked frame; `nil` for an unmasked one.
    public var maskingKey: MaskingKey?
    /// In bytes; never negative.
    public var payloadLength: Int

    public init(
        isFinal: Bool = true, reservedBits: ReservedBits = [], opcode: Opcode,
        maskingKey: MaskingKey? = nil, payloadLength: Int
    ) {
        self.isFinal = isFinal
        self.reservedBits = reservedBits
        self.opcode = opcode
        self.maskingKey = maskingKey
        self.payloadLength = payloadLength
    }
}
