import PubSub

/// A connection in the table of subscriptions, which neither keeps nor counts it.
///
/// `Unmanaged` is safe here: a consumer takes its connection out of the table in
/// ``Consumer/end()``, and the loop keeps a connection that it has let go of to the end of that
/// turn, so that a run under way still finds it.
@safe
struct Subscriber: TableMember {
    private let reference: Unmanaged<Connection>

    init(_ connection: Connection) { unsafe reference = .passUnretained(connection) }

    /// Lends the connection, without the retain that was two thirds of the cost of fan-out.
    @inline(__always)
    func with<Result>(_ body: (Connection) -> Result) -> Result {
        unsafe reference._withUnsafeGuaranteedRef(body)
    }

    var place: Int {
        get { with { Int($0.place) } }
        nonmutating set { with { $0.place = UInt32(truncatingIfNeeded: newValue) } }
    }

    static func == (left: Subscriber, right: Subscriber) -> Bool {
        unsafe left.reference.toOpaque() == right.reference.toOpaque()
    }

    func hash(into hasher: inout Hasher) {
        unsafe hasher.combine(reference.toOpaque())
    }
}
