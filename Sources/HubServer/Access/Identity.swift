import Hub
import Log
import Reactor

/// Whose a WebSocket or a stream is, on a hub that asks; an open hub keeps none.
///
/// Credentials outlive the request that they came with: this says when they end.
final class Identity {
    /// How long before the end the client is told.
    static let warning = Duration.seconds(60)

    enum Action: Equatable {
        case none
        case warn(expires: Timestamp)
        case end
    }

    private(set) var principal: Principal
    private var isWarned = false
    /// What was asked for and is not granted, the latest; for ``Trace``.
    private(set) var refused: [GroupPattern] = []
    /// The most that are remembered.
    private static let maxRefused = 16

    /// Takes who has opened it; `nil` for anyone.
    init?(_ principal: Principal) {
        guard principal != .anyone else { return nil }
        self.principal = principal
    }

    /// Takes note of what is not granted.
    func refuse(_ patterns: [GroupPattern]) {
        refused.removeAll { patterns.contains($0) }
        refused = Array((refused + patterns).suffix(Self.maxRefused))
    }

    /// Takes new credentials in the place of the old.
    func renew(_ principal: Principal) {
        self.principal = principal
        isWarned = false
    }

    /// When ``timePassed(_:)`` is due; `nil` for never.
    var deadline: Timestamp? {
        principal.expires.map { isWarned ? $0 : $0 - Self.warning }
    }

    /// What is to be done now; an early call does no harm.
    func timePassed(_ now: Timestamp) -> Action {
        guard let expires = principal.expires else { return .none }
        if expires <= now { return .end }
        guard !isWarned, expires - Self.warning <= now else { return .none }
        isWarned = true
        return .warn(expires: expires)
    }
}

/// Why a client may not stay.
enum CredentialsEnd: String {
    case expired = "token_expired"
    case revoked = "revoked"
    /// They are good; who runs the hub wants the client gone.
    case byOperator = "ended_by_operator"
}

extension Worker {
    /// The loop's instant of a time of day, as far as the clock goes on as it does now.
    func instant(of moment: Timestamp) -> EventLoop.Instant {
        loop.now + max(.zero, moment - wallClock())
    }
}

extension Conversation {
    /// Nobody's: a request shows its credentials each time.
    var identity: Identity? { nil }

    func end(_ reason: CredentialsEnd) {}

    /// How its consumer's events travel; `nil` where it has none.
    var transport: ConnectionReport.Transport? { nil }
}

extension Connection {
    /// Ends what a key that was revoked has opened, or nobody on a hub that was open.
    func endIfRevoked(_ gatekeeper: Gatekeeper) {
        guard isOpen, let conversation,
            conversation.identity.map({ !gatekeeper.isGood($0.principal) }) ?? !gatekeeper.isOpen
        else { return }
        conversation.end(.revoked)
        wakeInTime()
    }
}
