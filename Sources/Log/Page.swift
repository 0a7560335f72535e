/// Which part of the log to read.
public struct PageQuery: Hashable, Sendable {
    /// Where a page begins.
    public enum Start: Hashable, Sendable {
        /// Behind that position.
        case after(UInt64)
        /// At the oldest event that is kept.
        case earliest
        /// At the oldest event that is not before that moment.
        case at(Timestamp)
    }

    public var start: Start
    /// An event is returned if one of them matches its group.
    public var patterns: [GroupPattern]
    public var maxEvents: Int
    /// The most that the events' JSON may be together; the first event comes however long it is.
    public var maxBytes: Int

    /// Asks for a page.
    ///
    /// - Parameters:
    ///   - start: Where it begins.
    ///   - patterns: The groups that are read.
    ///   - maxEvents: The most events to return, at least 1.
    ///   - maxBytes: The most that their JSON may be together, in bytes.
    public init(start: Start, patterns: [GroupPattern], maxEvents: Int, maxBytes: Int) {
        self.start = start
        self.patterns = patterns
        self.maxEvents = maxEvents
        self.maxBytes = maxBytes
    }
}

/// A part of the log, as a filter shows it.
///
/// The next page is asked for with `.after(through)`; the log has been read to its end when
/// `through` is `head`. A page may be empty and still advance.
public struct Page: Sendable {
    /// What matches, in the order of the log.
    public var events: [Event]
    /// What matched and is past retention; all of it stood before the first of ``events``.
    public var gaps: [Gap]
    /// Where the page began: the start that was asked for, as a position.
    ///
    /// It is greater than ``head`` if a position was that this log has not come to.
    public var after: UInt64
    /// All that matches and stands at or before this position has been returned; ``head`` at most.
    public var through: UInt64
    /// The newest position when the page was read.
    public var head: UInt64

    /// Puts together what was read.
    public init(events: [Event], gaps: [Gap], after: UInt64, through: UInt64, head: UInt64) {
        self.events = events
        self.gaps = gaps
        self.after = after
        self.through = through
        self.head = head
    }
}

/// Events of one group that are past retention.
public struct Gap: Hashable, Sendable {
    /// The group; a pattern where too many of its groups have gaps to name each.
    public var group: GroupPattern
    /// The position that was asked for: what is lost stood behind it; 0 if a time was.
    public var from: UInt64
    /// The position of the last event that is lost.
    public var to: UInt64
    /// How many events are lost; at least one, and never more than this.
    public var lostAtMost: UInt64

    /// Says what is missing.
    public init(group: GroupPattern, from: UInt64, to: UInt64, lostAtMost: UInt64) {
        self.group = group
        self.from = from
        self.to = to
        self.lostAtMost = lostAtMost
    }
}
