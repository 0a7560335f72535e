import Glibc
import HubServer
import Log
import Settings
import Telemetry

/// Runs a hub until a signal ends it.
///
/// - Parameters:
///   - settings: What the operator wants.
///   - version: The program's version.
/// - Throws: Why it cannot start.
func serve(_ settings: HubSettings, version: String) throws(StartFault) {
    try Server.prepareProcess()
    let writer: LogWriter
    do {
        writer = try LogWriter()
    } catch {
        throw StartFault("the log's thread cannot be started: \(error)")
    }
    let isTerminal = isatty(STDERR_FILENO) == 1
    let format: LogFormat =
        switch settings.logFormat {
        case .human: .human
        case .json: .json
        case .auto: isTerminal ? .human : .json
        }
    let log = Logger(
        level: settings.logLevel, format: format, clock: WallClock.now, sink: writer)
    let server = try Server(
        settings: settings, version: version, log: log, readFile: readFile)
    for url in server.urls { writeAll("listening on \(url)\n", to: STDOUT_FILENO) }
    try server.run()
    log(.notice, "hub stopped")
    writer.close()
}
