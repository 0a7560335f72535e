/// A way in which the peer broke the protocol, or this endpoint's limits (RFC 6455 §7.1.7).
///
/// Each of them fails the connection. Only what the *peer* did is thrown: a misuse of this
/// module by its caller is a programmer error, and traps.
public enum ProtocolViolation: Error, Hashable, Sendable {
    case wrongMasking
    case reservedBitSet
    case reservedOpcode(UInt8)
    case lengthNotMinimal
    case lengthTooLarge
    case controlFrameTooLong
    case controlFrameFragmented
    case unexpectedDataFrame
    case closePayloadTooShort
    case closeCodeNotSendable(CloseCode)
    case invalidUTF8
    case invalidDeflate
    case messageTooBig

    /// The status code to send in the Close frame (RFC 6455 §7.4.1).
    public var closeCode: CloseCode { row.code }

    /// What was wrong, short enough for the reason of a Close frame.
    public var reason: String { row.reason }

    private var row: (code: CloseCode, reason: String) {
        switch self {
        case .wrongMasking: (.protocolError, "a client masks its frames, a server does not")
        case .reservedBitSet: (.protocolError, "a reserved bit is set")
        case .reservedOpcode(let value): (.protocolError, "opcode \(value) is reserved")
        case .lengthNotMinimal: (.protocolError, "a length in more octets than it needs")
        case .lengthTooLarge: (.protocolError, "a length of 2^63 bytes or more")
        case .controlFrameTooLong: (.protocolError, "a control frame of more than 125 bytes")
        case .controlFrameFragmented: (.protocolError, "a fragmented control frame")
        case .unexpectedDataFrame: (.protocolError, "a data frame out of turn")
        case .closePayloadTooShort: (.protocolError, "a Close frame with half a code")
        case .closeCodeNotSendable(let code):
            (.protocolError, "close code \(code.rawValue) must not be sent")
        case .invalidUTF8: (.invalidPayload, "text that is not UTF-8")
        case .invalidDeflate: (.invalidPayload, "compressed data that do not inflate")
        case .messageTooBig: (.messageTooBig, "a message over the limit")
        }
    }
}
