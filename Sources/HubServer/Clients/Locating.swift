import Bytes
import HTTP1
import Hub
import Reactor
import Settings
import Transport

// Where requests come from, where proxies stand between.
extension Worker {
    /// Finds out as whose a request counts.
    func locate(_ request: inout Hub.Request, on connection: Connection) {
        request.client = connection.client
        guard connection.client == .proxy else { return }
        request.forwarded = shared.addresses.client(of: request.head.fields)
        request.client = shared.addresses.key(of: request.forwarded ?? connection.peerIP)
    }
}

extension Connection {
    /// Where a request comes from, for people.
    func address(of request: Hub.Request) -> String {
        request.forwarded.map { "\($0)" } ?? address
    }

    /// The address of the other end, asked of the kernel; `nil` for a socket file.
    var peerIP: IPAddress? { try? PeerAddress(of: stream.rawValue).ip }
}

extension ClientAddresses {
    /// As the operator wants it.
    init(_ settings: HubSettings) {
        self.init(
            proxies: settings.trustedProxy.compactMap { proxy in
                if case .addresses(let block) = proxy { block } else { nil }
            },
            areSocketFilesProxies: settings.trustedProxy.contains(.socketFile),
            field: settings.proxyHeader == .forwarded ? .forwarded : .xForwardedFor,
            exempt: settings.limitExempt)
    }
}
