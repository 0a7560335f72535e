import Trust

/// What the rules need to decide who may, and to make what others show.
public struct Access: Sendable {
    public var primitives: Primitives
    /// Random bytes, good for keys.
    public var makeSecret: @Sendable (_ count: Int) -> [UInt8]
    /// The services that sign what they send, as they are now; `nil` where none are taken.
    public var sources: (@Sendable () -> Sources)?
    /// Whether `/metrics` and `/status` answer everybody.
    public var areMetricsOpen: Bool

    public init(
        primitives: Primitives, makeSecret: @escaping @Sendable (_ count: Int) -> [UInt8],
        sources: (@Sendable () -> Sources)? = nil,
        areMetricsOpen: Bool = false
    ) {
        self.primitives = primitives
        self.makeSecret = makeSecret
        self.sources = sources
        self.areMetricsOpen = areMetricsOpen
    }
}
