extension GroupPattern {
    /// Whether every group that `other` stands for, this pattern stands for too.
    ///
    /// So a grant on this pattern allows a subscription to the other.
    ///
    /// - Parameter other: What is asked for.
    /// - Returns: Whether it lies within this pattern.
    public func covers(_ other: GroupPattern) -> Bool {
        let (mine, theirs) = (segments[...], other.segments[...])
        // A wildcard in front does not reach the hub's own groups.
        if case .literal(let name)? = theirs.first, name.hasPrefix("$") {
            guard case .literal(name)? = mine.first else { return false }
        }
        return Self.covers(mine, theirs)
    }

    private static func covers(
        _ mine: ArraySlice<Segment>, _ theirs: ArraySlice<Segment>
    ) -> Bool {
        guard let first = mine.first, let other = theirs.first else {
            return mine.isEmpty && theirs.isEmpty
        }
        switch (first, other) {
        case (.rest, _): return true  // each of their segments stands for one at least
        case (.one, .one), (.one, .literal):
            return covers(mine.dropFirst(), theirs.dropFirst())
        case (.literal(let name), .literal(let wanted)):
            return name == wanted && covers(mine.dropFirst(), theirs.dropFirst())
        case (.one, .rest), (.literal, .one), (.literal, .rest): return false
        }
    }
}
