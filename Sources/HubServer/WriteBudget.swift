import Synchronization

/// Bounds the memory of the writes that wait for the engine, over all loops.
///
/// The engine's queue is bounded by their number; a number of large ones would still be more
/// than a machine has.
final class WriteBudget: Sendable {
    /// What all that waits may weigh: some thousand of the largest events.
    static let defaultLimitBytes = 256 << 20
    /// What a write weighs beside its content: its closure, its place in queues, its answer.
    static let overheadBytes = 1024

    private let limitBytes: Int
    private let waitingBytes = Atomic(0)

    init(limitBytes: Int = defaultLimitBytes) { self.limitBytes = limitBytes }

    /// Takes a write in; from any thread.
    ///
    /// - Parameter contentBytes: What it carries.
    /// - Returns: Whether there is room; if not, it is to be refused, and not given back.
    func admit(_ contentBytes: Int) -> Bool {
        let weight = contentBytes + Self.overheadBytes
        let sum = waitingBytes.wrappingAdd(weight, ordering: .relaxed).newValue
        if sum <= limitBytes { return true }
        waitingBytes.wrappingSubtract(weight, ordering: .relaxed)
        return false
    }

    /// Gives the room of a write back that was answered; from any thread.
    func release(_ contentBytes: Int) {
        waitingBytes.wrappingSubtract(contentBytes + Self.overheadBytes, ordering: .relaxed)
    }
}
