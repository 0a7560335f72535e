/// Is told when its descriptor is ready.
public protocol EventHandler: AnyObject {
    /// Called on the loop's thread, at most once a turn.
    ///
    /// Level-triggered: what is not read comes again in the next turn. `.failed` and
    /// `.hungUp` come though nobody asked.
    func ready(_ readiness: Readiness)

    /// Called on the loop's thread once a time has come that ``EventLoop/wake(_:at:)`` was
    /// given; it may be one that is not wanted any more.
    func timePassed()
}

extension EventHandler {
    public func timePassed() {}
}

/// A descriptor that a loop watches; once it is deregistered it names nothing.
public struct Registration: Hashable, Sendable {
    /// `generation << 32 | slot`: what one loop gives out comes again after 2^32 others at least.
    public let token: UInt64

    /// Names what a loop has given out, if it is still registered there.
    public init(token: UInt64) { self.token = token }

    /// Where it stands among all that are registered with its loop.
    public var slot: Int { Int(token & 0xFFFF_FFFF) }

    /// Names nothing, and never will: no slot is of generation 0.
    public static let none = Registration(token: 0)
}
