/// What a frame's payload is (RFC 6455 §5.2, §11.8).
///
/// The ten reserved values have no case here, so that nothing behind the parser can meet one.
public enum Opcode: UInt8, CaseIterable, Hashable, Sendable {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    /// Whether frames of this kind may stand between the fragments of a message (§5.5).
    public var isControl: Bool { rawValue & 0x8 != 0 }
}
