import Bytes
import HTTP1

/// Where requests come from, as limits, the audit log and the log take it.
///
/// A request comes from the other end of its connection, unless that is a trusted proxy: then
/// from whom the proxy says.
public struct ClientAddresses: Sendable {
    private let proxies: [AddressBlock]
    private let areSocketFilesProxies: Bool
    private let field: ForwardingField
    private let exempt: [AddressBlock]

    /// Sets it up.
    ///
    /// - Parameters:
    ///   - proxies: Those who are believed.
    ///   - areSocketFilesProxies: Whether who comes by a socket file is one too.
    ///   - field: The one field in which they are.
    ///   - exempt: Whom limits by address leave alone.
    public init(
        proxies: [AddressBlock], areSocketFilesProxies: Bool, field: ForwardingField,
        exempt: [AddressBlock]
    ) {
        self.proxies = proxies
        self.areSocketFilesProxies = areSocketFilesProxies
        self.field = field
        self.exempt = exempt
    }

    /// As whose a connection counts.
    ///
    /// - Parameter peer: The other end; `nil` for a socket file.
    /// - Returns: ``AddressKey/proxy`` where each request has to be asked.
    public func key(ofPeer peer: IPAddress?) -> AddressKey {
        guard let peer = peer?.unmapped else { return areSocketFilesProxies ? .proxy : .none }
        return isTrusted(peer) ? .proxy : key(of: peer)
    }

    /// As whose a request counts that is known to come from an address.
    ///
    /// - Parameter address: `nil` where nobody says so.
    /// - Returns: ``AddressKey/none`` where limits leave it alone.
    public func key(of address: IPAddress?) -> AddressKey {
        guard let address = address?.unmapped, !exempt.contains(where: { $0.contains(address) })
        else { return .none }
        return AddressKey(address)
    }

    /// Whom a trusted proxy says that a request comes from (RFC 7239 §5.2).
    ///
    /// The nearest that is not itself a trusted proxy, or the farthest that is said before
    /// something hidden or malformed: what stands beyond is only what the client says.
    ///
    /// - Parameter fields: The request's.
    /// - Returns: `nil` where the proxy says nothing that can be used.
    public func client(of fields: Fields) -> IPAddress? {
        var client: IPAddress?
        for node in fields.forwardedNodes(in: field) {
            guard case .address(let address) = node else { break }
            client = address
            guard isTrusted(address) else { break }
        }
        return client
    }

    private func isTrusted(_ address: IPAddress) -> Bool {
        proxies.contains { $0.contains(address) }
    }
}
