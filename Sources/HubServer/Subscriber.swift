/// A consumer in the table of subscriptions, which neither keeps nor counts it.
///
/// `Unmanaged` is safe here: a consumer takes itself out of the table in ``Consumer/end()``,
/// and the worker keeps it to the end of that turn, so that a run under way still finds it.
@safe
struct Subscriber: Hashable {
    private let reference: Unmanaged<Consumer>

    init(_ consumer: Consumer) { unsafe reference = .passUnretained(consumer) }

    /// The consumer itself.
    var consumer: Consumer { unsafe reference.takeUnretainedValue() }

    static func == (left: Subscriber, right: Subscriber) -> Bool {
        unsafe left.reference.toOpaque() == right.reference.toOpaque()
    }

    func hash(into hasher: inout Hasher) {
        unsafe hasher.combine(reference.toOpaque())
    }
}
