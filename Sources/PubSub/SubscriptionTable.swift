import Log

/// Who can stand in a ``SubscriptionTable``.
public protocol TableMember: Hashable {
    /// Where it stands in the list that it was put into last: a hint, kept for the table.
    ///
    /// With it a member of one list is taken out without a search, so that ten thousand that
    /// leave at once do not search ten thousand each.
    var place: Int { get nonmutating set }
}

/// Who is to get the events of a group.
///
/// Exact names are looked up; patterns are walked by the segments of the group's name, so
/// that a match costs what the name is long, not how many subscriptions there are. A member
/// that several of its subscriptions match is listed once.
///
/// A table belongs to one thread.
public struct SubscriptionTable<Member: TableMember> {
    /// The members of one pattern; a member is in it as often as it was added.
    @usableFromInline typealias Members = ContiguousArray<Member>

    @usableFromInline var exact: [Group: Members] = [:]
    @usableFromInline var patterns = PatternNode<Member>()
    @usableFromInline var patternCount = 0
    /// The number of (member, pattern) pairs.
    public private(set) var count = 0

    public init() {}

    /// Adds `member` to all groups that `pattern` matches.
    public mutating func add(_ member: Member, to pattern: GroupPattern) {
        count += 1
        if let group = pattern.group {
            Self.append(member, to: &exact[group, default: []])
        } else {
            patternCount += 1
            patterns.add(member, at: pattern.segments[...])
        }
    }

    /// The same pattern, on the memory of an equal one that is here already: thousands of
    /// consumers of one group keep one copy of its name.
    public func sharing(_ pattern: GroupPattern) -> GroupPattern {
        guard let group = pattern.group, let index = exact.index(forKey: group) else {
            return pattern
        }
        return GroupPattern(exact.keys[index])
    }

    /// Takes `member` out of what it was added to with the same pattern; nothing happens
    /// where it was not.
    public mutating func remove(_ member: Member, from pattern: GroupPattern) {
        if let group = pattern.group {
            guard let index = exact.index(forKey: group),
                Self.remove(member, from: &exact.values[index])
            else { return }
            if exact.values[index].isEmpty { exact.remove(at: index) }
        } else {
            guard patterns.remove(member, at: pattern.segments[...]) else { return }
            patternCount -= 1
        }
        count -= 1
    }

    /// Everybody who is to get the events of `group`, each once, in no particular order.
    @inlinable
    public func members(of group: Group) -> ContiguousArray<Member> {
        guard patternCount > 0 else { return exact[group] ?? [] }
        var lists: [Members] = []
        patterns.collect(group.segments[...], isReserved: group.isReserved, into: &lists)
        if lists.isEmpty { return exact[group] ?? [] }
        if let list = exact[group] { lists.append(list) }
        return Self.union(of: lists)
    }

    @usableFromInline
    static func union(of lists: [Members]) -> Members {
        var seen = Set<Member>(minimumCapacity: lists.reduce(0) { $0 + $1.count })
        var union = Members()
        for list in lists {
            for member in list where seen.insert(member).inserted { union.append(member) }
        }
        return union
    }

    static func append(_ member: Member, to members: inout Members) {
        member.place = members.count
        members.append(member)
    }

    /// Removes one `member`; the last one takes its place.
    static func remove(_ member: Member, from members: inout Members) -> Bool {
        let place = member.place
        let isThere = members.indices.contains(place) && members[place] == member
        guard let index = isThere ? place : members.lastIndex(of: member) else { return false }
        let last = members.removeLast()
        guard index < members.count else { return true }
        members[index] = last
        last.place = index
        return true
    }
}

/// A node of the tree of patterns: what may follow the segments that led here.
@usableFromInline
struct PatternNode<Member: TableMember> {
    @usableFromInline typealias Members = SubscriptionTable<Member>.Members

    /// Patterns that end here.
    @usableFromInline var members: Members = []
    /// Patterns that end here with `**`.
    @usableFromInline var restMembers: Members = []
    @usableFromInline var literals: [Substring: PatternNode] = [:]
    /// What follows `*`; at most one, in an array since a struct cannot hold itself.
    @usableFromInline var wildcard: [PatternNode] = []

    @usableFromInline init() {}

    var isEmpty: Bool {
        members.isEmpty && restMembers.isEmpty && literals.isEmpty && wildcard.isEmpty
    }

    mutating func add(_ member: Member, at path: ArraySlice<GroupPattern.Segment>) {
        switch path.first {
        case nil: SubscriptionTable.append(member, to: &members)
        case .rest: SubscriptionTable.append(member, to: &restMembers)
        case .one:
            if wildcard.isEmpty { wildcard.append(PatternNode()) }
            wildcard[0].add(member, at: path.dropFirst())
        case .literal(let name):
            literals[name[...], default: PatternNode()].add(member, at: path.dropFirst())
        }
    }

    mutating func remove(_ member: Member, at path: ArraySlice<GroupPattern.Segment>) -> Bool {
        switch path.first {
        case nil: return SubscriptionTable.remove(member, from: &members)
        case .rest: return SubscriptionTable.remove(member, from: &restMembers)
        case .one:
            guard !wildcard.isEmpty, wildcard[0].remove(member, at: path.dropFirst()) else {
                return false
            }
            if wildcard[0].isEmpty { wildcard = [] }
            return true
        case .literal(let name):
            guard let index = literals.index(forKey: name[...]),
                literals.values[index].remove(member, at: path.dropFirst())
            else { return false }
            if literals.values[index].isEmpty { literals.remove(at: index) }
            return true
        }
    }

    @usableFromInline
    func collect(
        _ segments: ArraySlice<Substring>, isReserved: Bool = false, into lists: inout [Members]
    ) {
        guard let first = segments.first else {
            if !members.isEmpty { lists.append(members) }
            return
        }
        if let next = literals[first] { next.collect(segments.dropFirst(), into: &lists) }
        // The hub's own groups are named by whoever wants them: no leading wildcard gets them.
        guard !isReserved else { return }
        if !restMembers.isEmpty { lists.append(restMembers) }
        if let next = wildcard.first { next.collect(segments.dropFirst(), into: &lists) }
    }
}

extension GroupPattern {
    /// The one group that an exact pattern names; `nil` where it has a wildcard.
    var group: Group? { isExact ? try? Group(text) : nil }
}
