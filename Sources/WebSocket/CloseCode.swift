/// Why a connection was closed (RFC 6455 §7.4 and the IANA registry that §11.7 set up).
public struct CloseCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The purpose is fulfilled.
    public static let normal = CloseCode(rawValue: 1000)
    /// The server stops, or the page was left.
    public static let goingAway = CloseCode(rawValue: 1001)
    /// The peer broke RFC 6455.
    public static let protocolError = CloseCode(rawValue: 1002)
    /// A kind of data that this endpoint cannot take, such as binary.
    public static let unsupportedData = CloseCode(rawValue: 1003)
    /// A payload that is not what its kind promises, such as text that is not UTF-8.
    public static let invalidPayload = CloseCode(rawValue: 1007)
    /// A breach of this endpoint's policy for which no other code is fit.
    public static let policyViolation = CloseCode(rawValue: 1008)
    /// A message longer than this endpoint takes.
    public static let messageTooBig = CloseCode(rawValue: 1009)
    /// A client misses an extension in the server's handshake.
    public static let mandatoryExtension = CloseCode(rawValue: 1010)
    /// The server met a condition that it did not expect.
    public static let internalError = CloseCode(rawValue: 1011)
    /// The service restarts; come back after a short while.
    public static let serviceRestart = CloseCode(rawValue: 1012)
    /// The service is overloaded; come back later.
    public static let tryAgainLater = CloseCode(rawValue: 1013)

    /// Whether a Close frame may carry this code.
    ///
    /// 1004 is reserved; 1005, 1006 and 1015 stand for what no frame said (§7.4.1). 1016 to
    /// 2999 belong to later versions of the protocol, and 3000 to 4999 to libraries,
    /// frameworks and applications (§7.4.2).
    public var isSendable: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
