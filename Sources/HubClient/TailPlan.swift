import Log

/// What a tail was asked to do; it does not change while it runs.
public struct TailPlan: Sendable {
    /// Names or patterns, each valid.
    public var groups: [String]
    /// Where to begin where no cursor is known.
    public var start: Since
    /// The last `seq` seen of each group in an earlier run.
    public var lastSeqs: [String: UInt64]
    /// Ends after so many events.
    public var count: Int?
    /// Ends as soon as all that the log held was read.
    public var endsCaughtUp: Bool
    /// Ends after so long.
    public var timeout: Duration?
    /// Ends if the first attempt finds no hub; else it tries again for as long as it takes.
    public var needsHub: Bool

    public init(
        groups: [String], start: Since = .now, lastSeqs: [String: UInt64] = [:],
        count: Int? = nil, endsCaughtUp: Bool = false, timeout: Duration? = nil,
        needsHub: Bool = false
    ) {
        self.needsHub = needsHub
        self.groups = groups
        self.start = start
        self.lastSeqs = lastSeqs
        self.count = count
        self.endsCaughtUp = endsCaughtUp
        self.timeout = timeout
    }
}

/// How a connection, or the attempt to make one, ended.
public enum ConnectionLoss: Equatable, Sendable {
    /// No connection was made; the text names the address and why.
    case unreachable(String)
    /// TLS was not agreed on: somebody's certificate was not taken, or the other end speaks none.
    case untrusted(String)
    /// The hub answered the handshake with something else than 101.
    case refused(status: UInt16, detail: String, retryAfter: Duration?)
    /// A Close frame came; `nil` where TCP ended without one.
    case closed(code: UInt16?, reason: String)
    /// The connection was given up: a breach of the protocol, silence, an error of the socket.
    case failed(String)

    /// Whether the credentials have ended, or were not taken: others may be.
    var isOfCredentials: Bool {
        switch self {
        case .unreachable, .untrusted, .failed: false
        case .refused(let status, _, _): status == 401 || status == 403
        case .closed(let code, _): code == 4001 || code == 4003
        }
    }

    /// Whether what answers is not the hub that was meant; one that was before may be again,
    /// once its certificate is renewed, say.
    var isOfAddress: Bool {
        switch self {
        case .untrusted: true
        case .refused(let status, _, _): (300...399).contains(status)
        case .unreachable, .failed, .closed: false
        }
    }

    /// Whether the same attempt can only fail again (WIRE §4, "Closing").
    var isFinal: Bool {
        switch self {
        case .unreachable, .untrusted, .failed: false
        // 408, 425 and 429 ask for another attempt; any other 4xx for another request.
        case .refused(let status, _, _):
            (400...499).contains(status) && ![408, 425, 429].contains(status)
        case .closed(let code, _): code == 4001 || code == 4003
        }
    }

    /// Whether the hub has too much to do (1013, 4100, 4129; RFC 6585 §4).
    var isOverload: Bool {
        switch self {
        case .unreachable, .untrusted, .failed: false
        case .refused(let status, _, _): status == 429
        case .closed(let code, _): code == 1013 || code == 4100 || code == 4129
        }
    }

    /// How long the hub asks to stay away, where it says so.
    var wait: Duration? {
        switch self {
        case .unreachable, .untrusted, .failed, .closed: nil
        case .refused(_, _, let retryAfter): retryAfter
        }
    }
}

/// What a person should know of a tail; ``Notice/message`` is what is printed.
public enum Notice: Equatable, Sendable {
    case connected(ServerMessage.Welcome)
    /// All that was missed has come.
    case caughtUp
    case lost(ConnectionLoss, retryIn: Duration)
    /// The connection is back, after so long.
    case resumed(ServerMessage.Verdict, after: Duration)
    case goodbye(reason: String)
    case lagging
    case gap(ServerMessage.Gap)
    case reset
    case sequenceGap(group: String, expected: UInt64, found: UInt64)
    case refused(ServerMessage.Refusal)
    /// The key or token ends then, and there is no other yet; the text says why.
    case credentialEnding(at: String, String)
    /// Another key or token is shown from now on.
    case credentialChanged
    /// The hub has taken it, and the connection goes on.
    case credentialRenewed(until: String?)
}

/// Why a tail ended.
public enum TailEnding: Equatable, Sendable {
    case counted
    case caughtUp
    case timedOut
    case interrupted
    /// No hub was found, and the plan needs one.
    case unreachable(String)
    /// The hub will not have it; a retry does not help.
    case refused(String)
    /// The hub will not have who asks.
    case unauthorized(String)
    /// The output can take no more.
    case delivery(DeliveryFailure)
}

/// Why events can not be handed on.
public enum DeliveryFailure: Error, Equatable, Sendable {
    /// Whoever read the output has gone; a quiet end.
    case outputClosed
    case output(String)
    case state(String)
    /// The command of `--exec` ended badly.
    case command(String)
}
