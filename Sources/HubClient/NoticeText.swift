import Log

extension Notice {
    /// How much a notice matters.
    public enum Weight: Equatable, Sendable {
        /// Shown on a terminal only.
        case detail
        case change
        case warning
    }

    public var weight: Weight {
        switch self {
        case .connected, .caughtUp: .detail
        case .resumed, .goodbye, .lagging, .credentialChanged, .credentialRenewed: .change
        case .lost, .gap, .reset, .sequenceGap, .refused, .credentialEnding: .warning
        }
    }

    /// What to tell a person: one line, without a newline.
    public var message: String {
        switch self {
        case .connected(let welcome):
            "connected"
                + (welcome.version.map { " to campanad \($0)" } ?? "")
                + (welcome.clients.map { ", \($0) client\($0 == 1 ? "" : "s")" } ?? "")
        case .caughtUp: "caught up; what follows is live"
        case .lost(let loss, let wait):
            "\(Self.describe(loss)); trying again in \(Self.describe(wait))"
        case .resumed(let verdict, let span):
            "connected again after \(Self.describe(span)); \(Self.describe(verdict))"
        case .goodbye(let reason): "the hub says goodbye: \(reason)"
        case .lagging: "behind the hub's queue; reading on from the log"
        case .gap(let gap):
            "events of \(gap.group) are past retention and can not be had any more"
                + (gap.lostAtMost.map { ": \($0) at most" } ?? "")
        case .reset: "the hub's log has begun anew; reading all that it holds"
        case .sequenceGap(let group, let expected, let found):
            "sequence broken in \(group): expected seq \(expected), got \(found)"
        case .refused(let refusal):
            "the hub refused"
                + (refusal.group.map { " \($0)" } ?? "") + ": \(refusal.message)"
                + (refusal.code.isEmpty ? "" : " (\(refusal.code))")
                + (refusal.retryAfter.map { "; asking again in \(Self.describe($0))" } ?? "")
        case .credentialEnding(let time, let reason):
            "the key ends at \(time), and there is no other yet: \(reason)"
        case .credentialChanged: "there is another key now; showing that one"
        case .credentialRenewed(let time):
            "the hub takes the new key" + (time.map { ", good until \($0)" } ?? "")
        }
    }

    /// How a connection ended, in words.
    public static func describe(_ loss: ConnectionLoss) -> String {
        switch loss {
        case .unreachable(let text), .untrusted(let text), .failed(let text): text
        case .refused(let status, let detail, _):
            "the hub answered \(status)\(detail.isEmpty ? "" : ": \(detail)")"
        case .closed(nil, _): "the connection was cut"
        case .closed(let code?, let reason):
            "the hub closed the connection (\(code)\(reason.isEmpty ? "" : " \(reason)")): "
                + meaning(of: code)
        }
    }

    /// What a close code says (docs/protocol.md, "Closing").
    private static func meaning(of code: UInt16) -> String {
        switch code {
        case 1000: "a normal end"
        case 1001: "it goes away"
        case 1002, 1003, 1007: "it could not read what it was sent"
        case 1009: "a message was too large for it"
        case 1011: "a fault of its own"
        case 1012: "it restarts"
        case 1013: "it has too much to do"
        case 4001: "the key or token has ended"
        case 4003: "the key was revoked, or its operator wants you gone"
        case 4100: "it has as many of this client as it may"
        case 4129: "too much was sent in a short time"
        case 4201: "it heard nothing for too long"
        default: "it did not say why"
        }
    }

    private static func describe(_ verdict: ServerMessage.Verdict) -> String {
        switch verdict {
        case .complete: "nothing was missed"
        case .gap: "some events are past retention"
        case .reset: "the hub's log has begun anew"
        case .live: "reading from now on"
        }
    }

    /// A span as people say it: `120 ms`, `2.5 s`.
    static func describe(_ span: Duration) -> String {
        let milliseconds = Int64(span / .milliseconds(1))
        guard milliseconds >= 1000 else { return "\(milliseconds) ms" }
        let tenths = milliseconds / 100
        return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    }
}
