/// How many of something each client has; nothing is kept of who has none.
struct ClientCounts<Client: Hashable & Sendable>: Sendable {
    private var counts: [Client: Int] = [:]

    /// How many clients have some.
    var clients: Int { counts.count }

    /// Counts one more, unless a client has as many as it may.
    ///
    /// - Parameters:
    ///   - client: Whose it is.
    ///   - most: How many it may have.
    /// - Returns: Whether it was counted, and so is to be given back by ``remove(_:)``.
    mutating func add(_ client: Client, upTo most: Int) -> Bool {
        let count = counts[client, default: 0]
        guard count < most else { return false }
        counts[client] = count + 1
        return true
    }

    /// Gives back one that was counted.
    mutating func remove(_ client: Client) {
        guard let count = counts[client] else { return }
        counts[client] = count > 1 ? count - 1 : nil
    }
}
