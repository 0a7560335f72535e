import Reactor

/// When to look for another key or token, from the hub's `auth_expiring` on.
///
/// Whoever writes it may be late, so it is looked for again and again until the old one ends.
struct CredentialRenewal: Equatable, Sendable {
    typealias Instant = EventLoop.Instant

    /// How long to wait between two looks.
    static let interval = Duration.seconds(5)
    /// The `ref` of an `auth`; those of subscriptions begin at 1.
    static let ref: UInt64 = 0

    /// What is due.
    enum Step {
        case none
        case look
        /// Show again what the hub had no time for.
        case show
    }

    /// When the next step is due; `nil` while nothing ends.
    private(set) var deadline: Instant?
    private var isOwed = false
    private var end = ""
    private var isTold = false

    /// The hub says that the credentials end soon.
    mutating func begin(endsAt end: String, _ now: Instant) {
        self.end = end
        deadline = now + Self.interval
        isTold = false
    }

    /// The hub is asked too often: what was shown is to be shown again.
    mutating func postpone(until instant: Instant) {
        deadline = instant
        isOwed = true
    }

    /// What is due by now.
    mutating func timePassed(_ now: Instant) -> Step {
        guard let due = deadline, now >= due else { return .none }
        deadline = now + Self.interval
        defer { isOwed = false }
        return isOwed ? .show : .look
    }

    /// Takes what a look has found, where that was nothing new.
    ///
    /// - Parameter reading: What was found.
    /// - Returns: What to tell people, once.
    mutating func take(_ reading: Credential.Reading) -> Notice? {
        let reason: String
        switch reading {
        case .another: return nil
        case .same: reason = "the file still holds the one that ends"
        case .unreadable(let fault): reason = fault
        case .fixed:
            reason = "only a file of --key-file is read again"
            deadline = nil
        }
        defer { isTold = true }
        return isTold ? nil : .credentialEnding(at: end, reason)
    }
}

extension TailEnding {
    /// The hub's refusal, as the last of all.
    init(_ refusal: ServerMessage.Refusal) {
        self = refusal.isOfCredentials ? .unauthorized(refusal.message) : .refused(refusal.message)
    }

    /// A connection that was ended for its credentials, and nothing else to show.
    init(_ loss: ConnectionLoss, _ reading: Credential.Reading) {
        let text = Notice.describe(loss)
        switch reading {
        case .unreadable(let fault): self = .unauthorized("\(text), and \(fault)")
        case .another, .same, .fixed: self = .unauthorized(text)
        }
    }
}
