import Bytes
import Hub
import Reactor
import Settings

/// What is counted of each client, over all loops; any thread may ask.
///
/// Nothing is counted, and no lock taken, where there is no limit.
final class ClientLimits: Sendable {
    let connectionsPerAddress: Int?
    let connectionsPerPrincipal: Int?
    private let addresses = Locked(ClientCounts<AddressKey>())
    private let principals = Locked(ClientCounts<String>())

    init(_ settings: HubSettings) {
        connectionsPerAddress = settings.maxConnectionsPerAddress
        connectionsPerPrincipal = settings.maxConnectionsPerPrincipal
    }

    /// Counts one more; whether it may be, and is to be given back by ``leave(_:)``.
    func enter(_ address: AddressKey) -> Bool {
        guard let connectionsPerAddress, address.isCounted else { return true }
        return addresses.withLock { $0.add(address, upTo: connectionsPerAddress) }
    }

    func leave(_ address: AddressKey) {
        guard connectionsPerAddress != nil, address.isCounted else { return }
        addresses.withLock { $0.remove(address) }
    }

    /// As whom somebody counts; `nil` who has not said who they are, the operator, and everybody
    /// where there is no limit.
    func name(of principal: Principal) -> String? {
        connectionsPerPrincipal == nil || principal == .operator ? nil : principal.keyOwner
    }

    /// Counts one more of somebody; as ``enter(_:)``.
    func enter(_ name: String) -> Bool {
        guard let connectionsPerPrincipal else { return true }
        return principals.withLock { $0.add(name, upTo: connectionsPerPrincipal) }
    }

    func leave(_ name: String) { principals.withLock { $0.remove(name) } }
}
