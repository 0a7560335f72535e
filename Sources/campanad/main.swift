import Glibc
import HubServer
import Log
import Settings
import Telemetry

/// Ends the process with a word for the operator.
func fail(_ text: String, _ status: ExitStatus) -> Never {
    writeAll("campanad: \(text)\n", to: STDERR_FILENO)
    exit(status.rawValue)
}

func invocation() -> HubInvocation {
    do {
        return try HubInvocation.parse(
            arguments: Array(CommandLine.arguments.dropFirst()), environment: environment(),
            readFile: readFile)
    } catch {
        fail("\(error)", .usage)
    }
}

switch invocation() {
case .help: writeAll(Manual.hub.help, to: STDOUT_FILENO)
case .version: writeAll("campanad \(Release.version)\n", to: STDOUT_FILENO)
case .print(.markdown): writeAll(Manual.hub.reference, to: STDOUT_FILENO)
case .print(.man): writeAll(Manual.hub.page(section: 8), to: STDOUT_FILENO)
case .print(.metrics): writeAll(HubMetrics.reference, to: STDOUT_FILENO)
case .print(.limits): writeAll(Manual.hub.limits, to: STDOUT_FILENO)
case .keys(nil): writeAll(KeysRequest.usage, to: STDOUT_FILENO)
case .keys(let request?):
    do {
        let done = try KeysCommand.run(request, isForPeople: isatty(STDOUT_FILENO) == 1)
        writeAll(done.output, to: STDOUT_FILENO)
        writeAll(done.note, to: STDERR_FILENO)
    } catch {
        fail("\(error)", .failure)
    }
case .audit(nil): writeAll(AuditRequest.usage, to: STDOUT_FILENO)
case .audit(let request?):
    do {
        writeAll(try AuditVerification.run(request.files), to: STDOUT_FILENO)
    } catch {
        fail("\(error)", .failure)
    }
case .run(let settings):
    do {
        try serve(settings, version: Release.version)
    } catch {
        fail("\(error)", .failure)
    }
}
