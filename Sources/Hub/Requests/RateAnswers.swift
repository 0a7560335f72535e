import Admission
import HTTP1
import Log

// How the hub says that a client asks for too much.

extension RateVerdict {
    /// What every answer says of the rates that its request was counted against.
    ///
    /// - Parameter limits: The rates.
    /// - Returns: `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers).
    public func fields(_ limits: RateLimits) -> Fields {
        ["RateLimit-Policy": limits.policy, "RateLimit": field]
    }

    /// What a client reads that is refused.
    ///
    /// - Parameters:
    ///   - limits: The rates.
    ///   - option: The option that sets them.
    /// - Returns: The limits, and when there is room again.
    public func explanation(_ limits: RateLimits, option: String) -> String {
        "this hub takes \(limits.text) of one client (\(option)); "
            + "there is room again in \(retryAfterSeconds ?? 0) s"
    }
}

extension Problem {
    /// 429 for a request past the rates of its client (RFC 6585 §4).
    ///
    /// - Parameters:
    ///   - verdict: What came of counting it; of one that was let in there is no problem.
    ///   - limits: The rates.
    /// - Returns: The problem, with `Retry-After`.
    public static func rateLimited(_ verdict: RateVerdict, _ limits: RateLimits) -> Problem? {
        verdict.retryAfterSeconds.map { seconds in
            Problem(
                .rateLimited, verdict.explanation(limits, option: "--rate"),
                fields: ["Retry-After": "\(seconds)"])
        }
    }
}

extension Problem {
    /// 429 for who has as many tickets that wait as one may have.
    ///
    /// - Parameters:
    ///   - end: When the first of them ends.
    ///   - now: The time.
    /// - Returns: The problem, with `Retry-After`.
    public static func tooManyTickets(until end: Timestamp, now: Timestamp) -> Problem {
        let seconds = max(1, (end.milliseconds - now.milliseconds + 999) / 1000)
        return Problem(
            .rateLimited,
            "\(Tickets.maxPerParty) tickets wait for this client, and no more may; "
                + "the first of them ends in \(seconds) s",
            fields: ["Retry-After": "\(seconds)"])
    }
}

extension Request {
    /// Whether it is a probe that monitors send all the time: it counts against no rate.
    public var isProbe: Bool {
        switch head.target.segments {
        case ["health"], ["readyz"], ["api", "health"], ["api", "cascade", "health"]: true
        default: false
        }
    }
}

extension Rules {
    /// The `ref` of a message that is not acted upon, so that its sender knows which one it was.
    ///
    /// - Parameter text: A whole text message.
    /// - Returns: The JSON value as it was written; `nil` where there is none, or no JSON.
    public func ref(of text: [UInt8]) -> [UInt8]? {
        do {
            return try RawMessage(text, limits: limits.json).ref
        } catch {
            return error.ref
        }
    }
}
