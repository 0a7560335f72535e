import Synchronization

/// Bounds the writes that wait for the engine, over all loops: their number, for the last of
/// them waits for all, and their bytes, for a number of large ones is more than a machine has.
final class WriteBudget: Sendable {
    /// What all that waits may weigh: some thousand of the largest events.
    static let defaultLimitBytes = 256 << 20
    /// What a write weighs beside its content: its closure, its place in queues, its answer.
    static let overheadBytes = 1024

    private let limitWrites: Int
    private let limitBytes: Int
    private let waitingWrites = Atomic(0)
    private let waitingBytes = Atomic(0)

    init(limitWrites: Int = .max, limitBytes: Int = defaultLimitBytes) {
        self.limitWrites = limitWrites
        self.limitBytes = limitBytes
    }

    /// Takes a write in; from any thread.
    ///
    /// - Parameter contentBytes: What it carries.
    /// - Returns: Whether there is room; if not, it is to be refused, and not given back.
    func admit(_ contentBytes: Int) -> Bool {
        let weight = contentBytes + Self.overheadBytes
        let count = waitingWrites.wrappingAdd(1, ordering: .relaxed).newValue
        let sum = waitingBytes.wrappingAdd(weight, ordering: .relaxed).newValue
        if count <= limitWrites, sum <= limitBytes { return true }
        release(contentBytes)
        return false
    }

    /// Gives the room of writes back that were answered; from any thread.
    ///
    /// - Parameters:
    ///   - contentBytes: What they carried, all together.
    ///   - writes: How many they were.
    func release(_ contentBytes: Int, writes: Int = 1) {
        waitingWrites.wrappingSubtract(writes, ordering: .relaxed)
        waitingBytes.wrappingSubtract(
            contentBytes + writes * Self.overheadBytes, ordering: .relaxed)
    }
}
