import Reactor
import Telemetry

/// Reads the operator's files again when SIGHUP asks for it, on a thread of its own.
///
/// All of them are read before any is used: with a fault in one, all stays as it was, so that
/// what was changed together comes into use together, or not at all.
final class Reloader: Sendable {
    /// A file, or files that belong together.
    struct Source: Sendable {
        /// What the log calls it.
        let name: String
        let read: @Sendable () throws(StartFault) -> Fresh
    }

    /// What was read and found good, and is not used yet.
    struct Fresh: Sendable {
        /// What of it the log tells; no secret.
        let summary: String
        /// Puts it in the place of what was read before; on any thread.
        let use: @Sendable () -> Void

        init(_ summary: String, use: @escaping @Sendable () -> Void) {
            self.summary = summary
            self.use = use
        }
    }

    private let requests = WorkQueue<Void>(capacity: 1)  // several at once are one wish
    private let thread: Thread

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - sources: What there is to read.
    ///   - log: Where it is told.
    /// - Throws: `pthread_create`.
    init(_ sources: [Source], log: Logger) throws(SystemError) {
        let requests = requests
        thread = try Thread.start(name: "reload") {
            while !requests.receive().isEmpty { Self.reload(sources, log) }
        }
    }

    /// Asks for it; on any thread, at once.
    func reload() { requests.send(()) }

    /// Ends the thread, after what it is doing.
    func close() {
        requests.close()
        thread.join()
    }

    /// Reads everything, and uses all of it or nothing.
    static func reload(_ sources: [Source], _ log: Logger) {
        var read: [(name: String, fresh: Fresh)] = []
        for source in sources {
            do {
                read.append((source.name, try source.read()))
            } catch {
                log(
                    .error, "files not read again; all stays as it was",
                    ["what": .string(source.name), "error": .string("\(error)")])
            }
        }
        guard read.count == sources.count else { return }
        for (_, fresh) in read { fresh.use() }
        let what = read.map { "\($0.name): \($0.fresh.summary)" }.joined(separator: "; ")
        log(.notice, "files read again", ["what": .string(what)])
    }

    /// Warns of what could not be read now: it was when the hub began, as another user.
    static func rehearse(_ sources: [Source], _ log: Logger) {
        for source in sources {
            do {
                _ = try source.read()
            } catch {
                log(
                    .warning, "SIGHUP will find files that it cannot read again",
                    ["what": .string(source.name), "error": .string("\(error)")])
            }
        }
    }
}
