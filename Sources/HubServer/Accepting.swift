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
        let count = shared.connections.wrappingAdd(1, ordering: .relaxed).newValue
        guard count <= settings.maxConnections, !isDraining else {
            shared.connections.wrappingSubtract(1, ordering: .relaxed)
            metrics.connectionsShed.add()
            if !isDraining { note(.overCapacity, by: "\(peer)") }
            guard !entrance.isSecure else { return }
            var refusal: [UInt8] = []
            Problem(
                .overCapacity, "come back later, or raise max-connections",
                fields: ["Retry-After": "5"]
            ).response(instance: "/").append(to: &refusal, for: .failed, common: commonFields())
            _ = socket.send(refusal)
            return
        }
        do {
            let layer = entrance.isSecure ? makeSecureLayer() : nil
            let client = entrance.isOperator ? .none : shared.addresses.key(ofPeer: peer.ip)
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
        } catch {
            shared.connections.wrappingSubtract(1, ordering: .relaxed)
            shared.log(.error, "connection not registered", ["error": .string("\(error)")])
        }
    }
}
