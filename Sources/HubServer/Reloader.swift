import Reactor
import Telemetry

/// Reads the operator's files again when SIGHUP asks for it, on a thread of its own.
///
/// What cannot be used is logged, and what was read before stays.
final class Reloader: Sendable {
    /// A file, or files that change together.
    struct Source: Sendable {
        /// What the log calls it.
        let name: String
        let readAgain: @Sendable () throws(StartFault) -> Void
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
            while !requests.receive().isEmpty {
                for source in sources { Self.reload(source, log) }
            }
        }
    }

    /// Asks for it; on any thread, at once.
    func reload() { requests.send(()) }

    /// Ends the thread, after what it is doing.
    func close() {
        requests.close()
        thread.join()
    }

    private static func reload(_ source: Source, _ log: Logger) {
        do {
            try source.readAgain()
            log(.notice, "files read again", ["what": .string(source.name)])
        } catch {
            log(
                .error, "files not read again; those of before stay in use",
                ["what": .string(source.name), "error": .string("\(error)")])
        }
    }
}
