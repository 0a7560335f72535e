import Admission
import Log

/// The tickets that were not redeemed yet.
public struct Tickets: Sendable {
    /// The most of them at one time.
    public static let maxCount = 65_536
    /// The most that wait for one client, so that no client can take the room of all.
    public static let maxPerParty = 1000

    /// What became of a ticket.
    public enum Answer: Equatable, Sendable {
        case kept
        /// Its client has as many as it may; one of them ends then.
        case tooMany(until: Timestamp)
        case full
    }

    private struct Entry {
        var ticket: Ticket
        var party: Party?
    }

    private var entries: [[UInt8]: Entry] = [:]
    /// The digests of each client's, oldest first.
    private var waiting: [Party: [[UInt8]]] = [:]

    /// Makes an empty store.
    public init() {}

    /// How many there are, those that have ended among them.
    public var count: Int { entries.count }

    /// Keeps a ticket.
    ///
    /// - Parameters:
    ///   - ticket: What to keep.
    ///   - party: Who has asked for it; `nil` for whom no limit of one client holds.
    ///   - now: The time, at which others may have ended.
    /// - Returns: Whether there was room.
    public mutating func add(_ ticket: Ticket, of party: Party?, now: Timestamp) -> Answer {
        if let party, let oldest = oldest(of: party, now: now) { return .tooMany(until: oldest) }
        if entries.count >= Self.maxCount { removeEnded(now) }
        guard entries.count < Self.maxCount else { return .full }
        entries[ticket.digest] = Entry(ticket: ticket, party: party)
        if let party { waiting[party, default: []].append(ticket.digest) }
        return .kept
    }

    /// Takes a ticket, which is gone from then on.
    ///
    /// - Parameters:
    ///   - digest: Of its text. It is looked up by it: where a guess of a digest differs tells
    ///     nothing of a ticket.
    ///   - now: The time.
    /// - Returns: As whom its bearer is known; `nil` for a ticket that is not good.
    public mutating func redeem(_ digest: [UInt8], now: Timestamp) -> Principal? {
        guard let entry = entries.removeValue(forKey: digest) else { return nil }
        if let party = entry.party {
            waiting[party]?.removeAll { $0 == digest }
            if waiting[party]?.isEmpty ?? false { waiting[party] = nil }
        }
        return now < entry.ticket.expires ? entry.ticket.principal : nil
    }

    /// When the first of a client's tickets ends, if no more may wait for it.
    private mutating func oldest(of party: Party, now: Timestamp) -> Timestamp? {
        guard let digests = waiting[party], digests.count >= Self.maxPerParty else { return nil }
        let ended = digests.prefix { entries[$0].map { $0.ticket.expires <= now } ?? true }
        for digest in ended { entries[digest] = nil }
        waiting[party]?.removeFirst(ended.count)
        return ended.isEmpty ? digests.first.flatMap { entries[$0]?.ticket.expires } : nil
    }

    private mutating func removeEnded(_ now: Timestamp) {
        entries = entries.filter { $0.value.ticket.expires > now }
        waiting = waiting.compactMapValues { digests in
            let left = digests.filter { entries[$0] != nil }
            return left.isEmpty ? nil : left
        }
    }
}
