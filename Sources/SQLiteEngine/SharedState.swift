import Log
import Reactor

/// What the engine's threads share, and how they wake the housekeeper.
final class SharedState: Sendable {
    /// As of the last commit; `queued` is the queue's to say.
    let status = Locked(EngineStatus())
    /// Chores are few: one of each kind waits at most.
    let chores = WorkQueue<Housekeeper.Chore>(capacity: 16)
    private let newest = Locked<Place?>(nil)
    private let isCheckpointWanted = Locked(false)

    /// A committed event that the mark may be set to.
    struct Place: Sendable {
        var cursor: Cursor
        var json: [UInt8]
    }

    /// Notes the newest event that is durable.
    func advanceMark(to cursor: Cursor, json: [UInt8]) {
        let isFirst = newest.withLock { newest in
            defer { newest = Place(cursor: cursor, json: json) }
            return newest == nil
        }
        if isFirst { chores.send(.mark) }
    }

    /// The newest event since the last call.
    func takeMark() -> Place? {
        newest.withLock { newest in
            defer { newest = nil }
            return newest
        }
    }

    /// Asks for the write-ahead log to be copied, unless that is under way.
    func requestCheckpoint() {
        let isFirst = isCheckpointWanted.withLock { isWanted in
            defer { isWanted = true }
            return !isWanted
        }
        if isFirst { chores.send(.checkpoint) }
    }

    /// Notes that it was copied.
    func checkpointEnded() { isCheckpointWanted.withLock { $0 = false } }
}
