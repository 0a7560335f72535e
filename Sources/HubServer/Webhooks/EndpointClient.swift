import HTTP1
import Hub
import Log
import Reactor
import TLS
import Transport

/// What deliveries of one loop share; confined to it.
final class EndpointClient {
    let loop: EventLoop
    let addresses: AddressRules
    let ports: PortRanges
    /// How long an attempt may take, the name's resolution included.
    let timeout: Duration
    /// Whom endpoints that speak TLS are to prove to be known to.
    let connector: () -> Connector
    let wallClock: () -> Timestamp
    private lazy var resolvers = (0..<Self.resolverCount).map { _ in Resolver(loop: loop) }

    /// Names are resolved by so many threads, each started when it is needed: a name server that
    /// does not answer holds up the names of one of them.
    private static let resolverCount = 8

    init(
        loop: EventLoop, addresses: AddressRules, ports: PortRanges, timeout: Duration,
        connector: @escaping () -> Connector, wallClock: @escaping () -> Timestamp
    ) {
        self.loop = loop
        self.addresses = addresses
        self.ports = ports
        self.timeout = timeout
        self.connector = connector
        self.wallClock = wallClock
    }

    /// Resolves a name where the fewest others wait.
    func resolve(_ host: String, port: UInt16, _ completion: @escaping (Resolver.Answer) -> Void) {
        var least = resolvers[0]
        for resolver in resolvers where resolver.waitingCount < least.waitingCount {
            least = resolver
        }
        least.resolve(host, port: port, completion)
    }

    /// The addresses that may be connected to; or why there is none.
    func checked(_ answer: Resolver.Answer) -> Result<[SocketAddress], EndpointRefusal> {
        switch answer {
        case .failure(let error): return .failure(EndpointRefusal(reason: error.reason))
        case .success(let all):
            var kind = "unknown"
            let taken = all.filter { address in
                guard let refusal = addresses.refusal(of: address.ip) else { return true }
                kind = refusal
                return false
            }
            guard taken.isEmpty else { return .success(taken) }
            return .failure(
                EndpointRefusal(reason: "the host has an address that is \(kind): not connected"))
        }
    }
}

/// Why an endpoint is not connected to, in words for people.
struct EndpointRefusal: Error {
    let reason: String
}
