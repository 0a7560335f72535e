import Hub
import Log

/// Where a consumer's events and messages go.
protocol Outlet: AnyObject {
    /// Whether nothing waits to be sent.
    var isDrained: Bool { get }

    /// The position up to which all that was fanned out has been sent.
    var sentThrough: UInt64 { get }

    /// Takes events that were read for this consumer alone, in log order: they must arrive.
    ///
    /// More is read only once nothing waits, so a page is all that this adds to a queue.
    func replay(_ events: [Event], through: UInt64)

    /// The same of a whole page, which others may be sent too.
    func replay(_ shared: SharedPage)

    /// Takes events that were fanned out, where it collects them (``Delivery/collected``).
    func deliver(_ events: ArraySlice<Event>, through: UInt64)

    /// Takes note that all that was fanned out up to `position` is no longer owed.
    func reached(_ position: UInt64)

    /// Takes a message that is no event, and must arrive.
    func say(_ message: ServerMessage)

    /// Takes the news that the consumer has caught up; dropped with the events before it.
    func sayCaughtUp(_ cursor: Cursor)

    /// Ends a consumer that reads too slowly, where the operator wants that.
    func giveUp(_ failure: Failure)
}

extension Outlet {
    func replay(_ shared: SharedPage) { replay(shared.page.events, through: shared.page.through) }
}
