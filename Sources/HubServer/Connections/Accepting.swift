import Bytes
import HTTP1
import Hub
import Reactor
import Telemetry
import Transport

// How connections come in.
extension Worker {
    /// Begins to accept.
    func listen(on entrances: [Entrance]) throws(SystemError) {
        let log = shared.log
        for entrance in entrances {
            let listener = try Listener(
                entrance.socket, on: loop,
                report: { [metrics] shortage in
                    metrics.connectionsShed.add(shortage.shed)
                    log(
                        .error, "connections shed",
                        ["shed": LogValue(shortage.shed), "error": .string("\(shortage.error)")])
                },
                accept: { [unowned self] socket, peer in accept(socket, peer, entrance) })
            listeners.append(listener)
        }
    }

    private func accept(_ socket: consuming Socket, _ peer: PeerAddress, _ entrance: Entrance) {
        let client = entrance.isOperator ? .none : shared.addresses.key(ofPeer: peer.ip)
        if let problem = admit(client, peer) {
            if !entrance.isSecure { refuse(socket, problem) }
            return
        }
        do {
            try begin(socket, peer, client, entrance)
        } catch {
            shared.connections.wrappingSubtract(1, ordering: .relaxed)
            shared.limits.leave(client)
            shared.log(.error, "connection not registered", ["error": .string("\(error)")])
        }
    }

    /// Counts a newcomer; why it may not come in.
    private func admit(_ client: AddressKey, _ peer: PeerAddress) -> Problem? {
        let count = shared.connections.wrappingAdd(1, ordering: .relaxed).newValue
        if count <= settings.maxConnections, !isDraining {
            if shared.limits.enter(client) { return nil }
            shared.connections.wrappingSubtract(1, ordering: .relaxed)
            return tooMany(from: peer.host, isForwarded: false)
        }
        shared.connections.wrappingSubtract(1, ordering: .relaxed)
        metrics.connectionsShed.add()
        if !isDraining { note(.overCapacity, by: "\(peer)") }
        return Problem(
            .overCapacity, "come back later, or raise max-connections",
            fields: ["Retry-After": "5"])
    }

    private func refuse(_ socket: borrowing Socket, _ problem: Problem) {
        var refusal: [UInt8] = []
        problem.response(instance: "/").append(to: &refusal, for: .failed, common: commonFields())
        _ = socket.send(refusal)
    }

    private func begin(
        _ socket: consuming Socket, _ peer: PeerAddress, _ client: AddressKey, _ entrance: Entrance
    ) throws(SystemError) {
        let layer = entrance.isSecure ? makeSecureLayer() : nil
        let connection = Connection(self, ByteStream(socket, layer: layer), from: client)
        try connection.open()
        if let audit = shared.audit {
            connection.audit = AuditTrail(audit, from: "\(peer)", now: loop.now)
        }
        if let layer {
            connection.begin(TLSHandshake(connection, layer, peer))
        } else {
            connection.beginHTTP(isOperator: entrance.isOperator)
        }
        connectionCount += 1
        metrics.connectionsAccepted.add()
    }
}
