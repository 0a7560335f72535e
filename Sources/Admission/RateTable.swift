import Bytes
import Time

/// Whose traffic is counted together.
public enum Party: Hashable, Sendable {
    /// Who has said who they are, by name.
    case principal(String)
    /// An address, or a network that one client has to itself.
    case address(AddressKey)

    /// For the log: a name, an address or a network.
    public var text: String {
        switch self {
        case .principal(let name): name
        case .address(let key): "\(key)"
        }
    }
}

/// The buckets of all clients, in two generations: those who have asked lately, and those before.
///
/// When one is full the older is forgotten, so that there are never more than twice
/// ``maxClients``. Who is forgotten has full buckets again.
public struct RateTable: Sendable {
    /// The most clients of a generation.
    public static let maxClients = 65_536

    public let limits: RateLimits
    private let maxClients: Int
    private var recent: [Party: TokenBuckets] = [:]
    private var older: [Party: TokenBuckets] = [:]

    /// Makes an empty table.
    ///
    /// - Parameters:
    ///   - limits: What each client is held to.
    ///   - maxClients: The most of a generation, at least 1.
    public init(_ limits: RateLimits, maxClients: Int = maxClients) {
        self.limits = limits
        self.maxClients = max(1, maxClients)
    }

    /// How many clients are remembered.
    public var count: Int {
        recent.count + older.keys.count(where: { recent[$0] == nil })
    }

    /// Takes a token of each of a client's buckets, if each has one.
    ///
    /// - Parameters:
    ///   - party: The client.
    ///   - now: The time.
    /// - Returns: Whether there was room, and what is left.
    public mutating func take(for party: Party, now: Instant) -> RateVerdict {
        if var buckets = recent[party] {
            let verdict = buckets.take(limits, now: now)
            recent[party] = buckets
            return verdict
        }
        var buckets = older[party] ?? TokenBuckets()
        let verdict = buckets.take(limits, now: now)
        if recent.count == maxClients {
            swap(&older, &recent)
            recent.removeAll(keepingCapacity: true)
        }
        recent[party] = buckets
        return verdict
    }
}
