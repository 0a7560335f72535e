import Hub
import Log
import Reactor
import WebSocket

// What depends on who the client is.
extension WebSocketConversation {
    var principal: Principal { identity?.principal ?? .anyone }

    /// Holds a write to what is granted, and to what can be audited.
    func requireWrite(
        _ action: Action, on group: Group, _ did: String, ref: [UInt8]?
    ) throws(MessageFault) {
        do {
            try principal.require(action, on: group, ref: ref)
            try connection.audit?.requireWritable(ref: ref)
        } catch {
            connection.audit?.post(
                principal.name, did, on: group.name, outcome: error.failure.rawValue)
            throw error
        }
    }

    /// Subscribes to what is granted of it; the rest is an error each.
    func subscribe(_ request: SubscribeRequest) {
        guard let identity else {
            consumer?.subscribe(request)
            return
        }
        consumer?.subscribe(identity.principal.allowed(request))
    }

    /// Publishes what is granted.
    func publishIfGranted(_ request: PublishRequest, ref: [UInt8]?) throws(MessageFault) {
        try requireWrite(.publish, on: request.group, "publish", ref: ref)
        var request = request
        request.key?.owner = principal.keyOwner
        publish(request, ref: ref)
    }

    /// Renews the credentials: the connection goes on, with what they grant.
    func renew(_ token: String, ref: [UInt8]?) throws(MessageFault) {
        guard let identity else {
            say(.authenticated(expires: nil, ref: ref))
            return
        }
        let renewed: Principal
        do {
            renewed = try worker.shared.gatekeeper.principal(
                token: token, now: worker.wallClock())
        } catch {
            connection.audit?.post(
                principal.name, "auth", on: "", outcome: error.failure.rawValue)
            throw MessageFault(failure: error.failure, detail: error.detail, ref: ref)
        }
        if let refusal = worker.reseat(connection, as: renewed) {
            connection.audit?.post(
                principal.name, "auth", on: "", outcome: refusal.failure.rawValue)
            throw MessageFault(failure: refusal.failure, detail: refusal.detail, ref: ref)
        }
        identity.renew(renewed)
        connection.audit?.post(renewed.name, "auth", on: "", outcome: "granted")
        say(.authenticated(expires: renewed.expires, ref: ref))
        endForbidden(renewed)
        connection.wakeInTime()
    }

    /// Ends the subscriptions that are granted no more, with an error each.
    private func endForbidden(_ principal: Principal) {
        guard let consumer else { return }
        let patterns = consumer.subscriptions.flatMap(\.subscription.patterns)
        let forbidden = patterns.filter { !principal.may(.subscribe, all: $0) }
        guard !forbidden.isEmpty else { return }
        consumer.unsubscribe(forbidden, ref: nil)
        for pattern in forbidden { say(.forbidden(pattern, ref: nil)) }
    }

    /// Tells the client that its credentials end, or ends them.
    func checkIdentity() {
        guard let identity else { return }
        switch identity.timePassed(worker.wallClock()) {
        case .none: break
        case .warn(let expires): say(.authExpiring(expires))
        case .end: end(.expired)
        }
    }

    func end(_ reason: CredentialsEnd) {
        say(.goodbye(reason: reason.rawValue, reconnectInMilliseconds: 0))
        perform(closing.handle(.closeRequested(reason == .expired ? .tokenExpired : .forbidden)))
    }
}

extension CloseCode {
    /// The credentials have ended; come back with others (WIRE §4, "Closing").
    static let tokenExpired = CloseCode(rawValue: 4001)
    /// The key was revoked; do not come back with it.
    static let forbidden = CloseCode(rawValue: 4003)
    /// More was sent than may be, for too long.
    static let rate = CloseCode(rawValue: 4129)
    /// The client did not answer a ping.
    static let noPong = CloseCode(rawValue: 4201)
}
