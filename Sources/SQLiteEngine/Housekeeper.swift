import Log
import Reactor
import SQLite

/// The thread for what must not delay an acknowledgement: checkpoints and the high-water mark.
final class Housekeeper {
    enum Chore: Sendable { case checkpoint, mark }

    /// How long the mark may stay behind the log.
    private static let markInterval = Duration.seconds(1)

    private let directory: DataDirectory
    private let database: Database
    private let shared: SharedState
    private var markDue: ContinuousClock.Instant?
    private var markWritten = ContinuousClock.now - markInterval

    init(
        _ directory: DataDirectory, options: EngineOptions, shared: SharedState
    ) throws(SQLiteError) {
        self.directory = directory
        self.shared = shared
        database = try Database(path: directory.databasePath, vfs: options.vfs)
        try Schema.configure(database)
    }

    /// Does chores until the queue is closed and empty, then sets the mark for good.
    func run() {
        while true {
            let chores =
                markDue.map { shared.chores.receive(within: $0 - .now) } ?? shared.chores.receive()
            if chores.isEmpty, shared.chores.isAtEnd { break }
            for chore in chores { perform(chore) }
            if let due = markDue, due <= .now { writeMark() }
        }
        writeMark()
    }

    private func perform(_ chore: Chore) {
        switch chore {
        case .mark: markDue = markDue ?? markWritten + Housekeeper.markInterval
        case .checkpoint:
            // A full disk or a busy log: the writer asks again as the log grows.
            do throws(SQLiteError) { try database.checkpoint() } catch {}
            shared.checkpointEnded()
        }
    }

    private func writeMark() {
        markDue = nil
        guard let place = shared.takeMark() else { return }
        // Not written, on a full disk: the old mark stands, which is behind the log too.
        do throws(SystemError) {
            try directory.write(HighWaterMark(place.cursor, json: place.json))
        } catch {}
        markWritten = .now
    }
}

/// When the writer asks for a checkpoint, and when it makes one itself.
///
/// The housekeeper copies while the writer goes on, so under load the log is never copied to its
/// end, and could not begin anew. Once it is several times as long as it should be, the writer
/// copies the little that is left between two commits.
struct CheckpointSchedule {
    private let pages: Int
    private var next: Int
    private var last = 0

    init(pages: Int) {
        self.pages = pages
        next = pages
    }

    /// Takes note of a commit.
    mutating func committed(_ database: Database, _ shared: SharedState) {
        let now = database.walPages
        if now < last { next = pages }  // it has begun anew
        last = now
        guard now >= next else { return }
        next = now + pages
        guard now >= pages * 4 else { return shared.requestCheckpoint() }
        // Busy while the housekeeper is at it: the next commit tries again.
        do throws(SQLiteError) { try database.checkpoint() } catch {}
    }
}
