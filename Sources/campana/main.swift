import HubClient
import Settings

let environment = Files.environment()
do {
    let invocation = try ClientInvocation.parse(
        arguments: Array(CommandLine.arguments.dropFirst()), environment: environment)
    let companion = Companion(invocation, environment: environment, version: Release.version)
    Files.exit(companion.run().rawValue)
} catch {
    Console(color: .auto).tell(error.description)
    Files.exit(ExitStatus.usage.rawValue)
}
