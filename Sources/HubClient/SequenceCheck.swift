/// Proves that no event of a group is missing: `seq` is contiguous in each (WIRE §3).
///
/// The first event seen of a group is believed; each later one must be its successor.
public struct SequenceCheck: Equatable, Sendable {
    /// What the next event of a group shows about those before it.
    public enum Finding: Equatable, Sendable {
        /// The first of its group, or the successor of the one before.
        case contiguous
        /// Events are missing between the last one seen and this.
        case missing(expected: UInt64, found: UInt64)
        /// The number was seen before: the hub gave one number to two events.
        case repeated(expected: UInt64, found: UInt64)
    }

    /// How many groups are followed at most, of some 100 bytes each; one more is not checked.
    public static let groupLimit = 100_000

    /// The last `seq` seen of each group.
    public private(set) var last: [String: UInt64]
    /// The first `seq` seen of each group, since this check was made.
    public private(set) var first: [String: UInt64] = [:]

    /// Makes a check that knows what an earlier one has seen.
    ///
    /// - Parameter last: The last `seq` seen of each group.
    public init(last: [String: UInt64] = [:]) {
        self.last = last
    }

    /// Takes the `seq` of the next event of `group`.
    public mutating func observe(_ seq: UInt64, of group: String) -> Finding {
        guard let previous = last[group] else {
            if last.count < Self.groupLimit {
                last[group] = seq
                first[group] = seq
            }
            return .contiguous
        }
        let expected = previous &+ 1
        if first[group] == nil { first[group] = seq }
        if seq == expected {
            last[group] = seq
            return .contiguous
        }
        guard seq > expected else { return .repeated(expected: expected, found: seq) }
        last[group] = seq
        return .missing(expected: expected, found: seq)
    }

    /// Believes the next event of `group` again: the hub has said that some before it are gone.
    public mutating func forget(_ group: String) {
        last[group] = nil
    }

    /// Believes every group's next event again: the hub has begun a new epoch.
    public mutating func forgetAll() {
        last.removeAll()
    }
}
