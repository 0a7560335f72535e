import Admission
import HTTP1
import Hub
import Log
import Reactor
import Synchronization

/// Who may, as all loops ask it: keys as they are now, tickets, and what verifies tokens.
///
/// Any thread may ask and change. Keys change only after their commit, and before the change is
/// answered, so that a key is good on every loop as soon as its owner has it. What verifies
/// tokens changes as a whole; who was let in by what is gone is ended by mail to their loop,
/// which comes after whatever the loop was doing with the old.
final class Gatekeeper: Sendable {
    private struct Trusted {
        var authenticator: Authenticator
        var keyring: Keyring
    }

    private let trusted: Locked<Trusted>
    private let tickets = Locked(Tickets())
    /// The hour in which each key was last used.
    private let uses = Locked<[String: Int64]>([:])
    /// Whether somebody has to say who they are: once true, it stays so until a restart, so that
    /// nobody opens a hub by revoking its last key.
    private let isClosed: Atomic<Bool>

    /// Takes what was read at the start.
    init(_ authenticator: Authenticator, keyring: Keyring) {
        isClosed = Atomic(authenticator.asks || !keyring.isEmpty)
        trusted = Locked(Trusted(authenticator: authenticator, keyring: keyring))
    }

    /// Whether everybody may do everything.
    var isOpen: Bool { !isClosed.load(ordering: .acquiring) }

    private var current: Trusted { trusted.withLock { $0 } }

    /// Who has a key; none on a hub that asks nobody.
    var principals: [Principal] { isOpen ? [] : current.keyring.principals }

    /// Who has sent a request.
    ///
    /// - Throws: 401, or 400 for credentials in a place where they get into logs.
    func principal(
        of head: RequestHead, certificate: String?, now: Timestamp
    ) throws(Problem) -> Principal {
        guard !isOpen else { return .anyone }
        let current = current
        return try current.authenticator.principal(
            of: head, certificate: certificate, keyring: current.keyring, now: now
        ) { digest in
            // A ticket does not outlive the key of who got it.
            tickets.withLock { $0.redeem(digest, now: now) }.flatMap { isGood($0) ? $0 : nil }
        }
    }

    /// Who has shown a token on a connection that is open.
    func principal(token: String, now: Timestamp) throws(Problem) -> Principal {
        let current = current
        return try current.authenticator.principal(
            token: token, keyring: current.keyring, now: now)
    }

    /// Whether what somebody came with is still good, but for its time.
    func isGood(_ principal: Principal) -> Bool {
        guard principal.keyID != nil || principal.tokenKey != nil else { return true }
        return trusted.withLock { trusted in
            principal.keyID.map(trusted.keyring.contains) ?? true
                && principal.tokenKey.map(trusted.authenticator.believes) ?? true
        }
    }

    /// Takes note of a change that is durable.
    ///
    /// - Returns: Whether connections may be good no more.
    func apply(_ change: KeyChange) -> Bool {
        trusted.withLock { change.apply(to: &$0.keyring) }
        let wasOpen = !isClosed.exchange(true, ordering: .acquiringAndReleasing)
        if case .removed(let id) = change {
            uses.withLock { $0[id] = nil }
            return true
        }
        return wasOpen
    }

    /// Takes what verifies tokens from now on; the keys stay.
    func replace(_ authenticator: Authenticator) {
        trusted.withLock { $0.authenticator = authenticator }
    }

    /// Keeps a ticket of a client, if there is room.
    func keep(_ ticket: Ticket, of party: Party?, now: Timestamp) -> Tickets.Answer {
        tickets.withLock { $0.add(ticket, of: party, now: now) }
    }

    /// Notes that a key was used; the hour, where it is the first use in it.
    func noteUse(of id: String, now: Timestamp) -> Int64? {
        let hour = KeyUse.hour(now)
        return uses.withLock { $0.updateValue(hour, forKey: id) == hour ? nil : hour }
    }
}

extension Principal {
    /// Whoever reaches the socket file in the data directory: its mode lets only the hub's own
    /// user in, who could as well read the files beside it.
    static let `operator` = Principal(name: "operator", grants: nil)
}

extension Worker {
    /// Finds out who has sent a request, and what is refused before anything is looked at.
    func admit(_ request: inout Hub.Request, on connection: Connection, isOperator: Bool) {
        if isOperator {
            request.principal = .operator
            return
        }
        locate(&request, on: connection)
        do {
            try shared.browserGate.check(request.head, isOpen: shared.gatekeeper.isOpen)
            request.principal = try shared.gatekeeper.principal(
                of: request.head, certificate: connection.peerName, now: request.now)
            noteUse(of: request.principal, now: request.now)
        } catch {
            request.refusal = error
            request.principal = .nobody
        }
    }

    /// Refuses a request that has waited for longer than its credentials were good.
    func readmit(_ request: inout Hub.Request) {
        let (gatekeeper, principal) = (shared.gatekeeper, request.principal)
        let isGone =
            principal == .anyone ? !gatekeeper.isOpen : !gatekeeper.isGood(principal)
        let isOver = principal.expires.map { $0 <= wallClock() } ?? false
        guard request.refusal == nil, isGone || isOver else { return }
        request.refusal = .unauthenticated("the credentials have ended while the request waited")
        request.principal = .nobody
    }

    /// Refuses a write that the audit log could not tell of, where the operator wants that.
    func holdToAudit(_ request: inout Hub.Request) {
        guard let audit = shared.audit, audit.refusesWrites, request.refusal == nil else { return }
        switch request.head.method {
        case .get, .head, .options: break
        default: request.refusal = AuditLog.refusal
        }
    }

    private func noteUse(of principal: Principal, now: Timestamp) {
        guard let id = principal.keyID, let hour = shared.gatekeeper.noteUse(of: id, now: now)
        else { return }
        transact(0, KeyUse.note(id, hour: hour)) { _ in }
    }

    /// Changes the keys, and lets all loops know before the change is answered.
    func changeKeys(
        _ change:
            @escaping @Sendable (any Transaction) throws(EngineError) -> Outcome<
                Result<KeyAnswer, Problem>
            >, for token: Registration, _ number: UInt64
    ) {
        let (mailbox, shared) = (mailbox, shared)
        transact(0, change) { result in
            if case .success(.success(let answer)) = result, let change = answer.change,
                shared.gatekeeper.apply(change)
            {
                shared.tellLoops(.credentialsRevoked)
            }
            mailbox.send(.answer(token, number, result.map { $0.map(\.response) }))
        }
    }

    /// Ends what was opened by keys that were revoked, or that are gone from their files.
    func credentialsRevoked() {
        for case let connection as Connection in loop.allHandlers {
            connection.endIfRevoked(shared.gatekeeper)
        }
    }
}
