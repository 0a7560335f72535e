import Audit
import Log
import Reactor
import Telemetry

/// Writes the lines of the audit log; on its thread, which nobody waits for.
final class AuditWriter {
    private let options: AuditLog.Options
    private let queue: AuditQueue
    private let log: Logger
    private let file: AuditFile
    /// What opens the file or this run, as long as it does not stand there.
    private var opening: Entry?
    /// Entries that were lost, and that no line tells of yet.
    private var lost = 0
    private var isFailing = false

    /// The most entries that are written at once.
    private static let maxBatch = 512

    init(_ options: AuditLog.Options, queue: AuditQueue, log: Logger) throws(StartFault) {
        self.options = options
        self.queue = queue
        self.log = log
        file = try AuditFile(options.path)
        open(file.found)
        guard opening == nil else {
            throw StartFault("audit: cannot write to \"\(options.path)\"")
        }
    }

    /// Writes what comes, until the queue is closed.
    func run() {
        while true {
            let messages = queue.receive()
            if messages.isEmpty { break }
            var entries: [Entry] = []
            for message in messages {
                switch message {
                case .entry(let entry):
                    entries.append(entry)
                    if entries.count == Self.maxBatch { write(&entries) }
                case .reopen:
                    write(&entries)
                    reopen()
                }
            }
            write(&entries)
            sync()
        }
        var last = [own("close", "stopped")]
        write(&last)
        sync()
        tell("audit log closed")
    }

    private func own(_ did: String, _ outcome: String) -> Entry {
        Entry(hub: did, at: options.clock(), on: "campanad \(options.version)", outcome: outcome)
    }

    /// Writes the line that a file or a run begins with.
    private func open(_ outcome: String) {
        opening = own(Entry.opening, outcome)
        var none: [Entry] = []
        write(&none)
        sync()
        tell("audit log opened")
    }

    /// What was lost before stands before what comes now.
    private func write(_ entries: inout [Entry]) {
        defer { entries = [] }
        lost += queue.takeDropped()
        var all: [Entry] = []
        if let opening { all.append(opening) }
        if lost > 0 { all.append(own("lost", "\(lost)")) }
        let ownCount = all.count
        all += entries
        guard !all.isEmpty else { return }
        let (count, errorCode) = file.append(all)
        if count > 0 { opening = nil }
        if count >= ownCount { lost = 0 }
        let missing = min(entries.count, all.count - count)
        lost += missing
        queue.count(written: count, lost: missing)
        failed(errorCode)
    }

    private func sync() {
        guard options.isSynced, !isFailing else { return }
        failed(file.sync())
    }

    /// Takes note of how it went, and says so where that has changed.
    private func failed(_ errorCode: Int32) {
        queue.isFailing = errorCode != 0
        guard isFailing != (errorCode != 0) else { return }
        isFailing = errorCode != 0
        if isFailing {
            let error = SystemError("write", code: errorCode).reason
            log(.error, "audit log not written", ["error": .string(error)])
        } else {
            log(.notice, "audit log written again")
        }
    }

    private func reopen() {
        sync()
        let last = file.last
        do {
            guard try file.reopen() else {
                log(.notice, "audit log not moved; it stays in use")
                return
            }
            tell("audit log rotated", last)
            open("rotated")
        } catch {
            log(
                .error, "audit log not opened again; the old file stays in use",
                ["error": .string(error.description)])
        }
    }

    /// Leaves a hash outside the file, by which anybody can tell whether it was made anew.
    private func tell(_ event: StaticString, _ link: Link? = nil) {
        let link = link ?? file.last
        log(
            .notice, event,
            [
                "file": .string(options.path), "n": LogValue(Int(clamping: link.number)),
                "hash": .string(link.hash),
            ])
    }
}
