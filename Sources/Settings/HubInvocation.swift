/// What the daemon was asked to do.
public enum HubInvocation: Equatable, Sendable {
    case run(HubSettings)
    /// Print ``Manual/help`` of ``Manual/hub`` on standard output.
    case help
    case version
    /// Make, list or revoke API keys; `nil` to say how.
    case keys(KeysRequest?)
    /// Verify an audit log; `nil` to say how.
    case audit(AuditRequest?)
    /// Print a page of the documentation; for `make docs`.
    case print(Page)

    /// A page that is printed from a table.
    public enum Page: String, CaseIterable, Sendable {
        /// docs/configuration.md
        case markdown
        /// docs/man/campanad.8
        case man
        /// docs/metrics.md
        case metrics
        /// docs/limits.md
        case limits
    }

    /// Reads what was asked for: file, then variables, then flags, each overriding the last.
    ///
    /// - Parameters:
    ///   - arguments: Without the program's name.
    ///   - environment: All variables of the process.
    ///   - readFile: Gives what a file holds.
    /// - Returns: What to do.
    /// - Throws: The first setting that cannot be taken.
    public static func parse(
        arguments: [String], environment: [String: String],
        readFile: (_ path: String) throws(UnreadableFile) -> String
    ) throws(SettingsError) -> HubInvocation {
        if arguments.first == "keys" {
            let rest = Array(arguments.dropFirst())
            return .keys(
                try KeysRequest.parse(rest, environment: environment, readFile: readFile))
        }
        if arguments.first == "audit" {
            return .audit(try AuditRequest.parse(Array(arguments.dropFirst())))
        }
        var request = Request()
        let options = HubSettings.options.map(\.face)
        let faces = options + Request.options.map(\.face)
        var flags: [Assignment] = []
        var scanner = ArgumentScanner(arguments)
        while let item = try scanner.next(faces) {
            switch item {
            case .assignment(let assignment): flags.append(assignment)
            case .operand(let operand):
                // What names a command comes first, and stands alone.
                throw .unknown(operand, "command", operand, among: ["keys", "audit"])
            case .help: return .help
            case .version: return .version
            }
        }
        try Request.options.apply(flags, to: &request)
        if let page = request.print { return .print(page) }
        return .run(try settings(flags, environment, readFile))
    }

    /// Reads the hub's settings: file, then variables, then flags.
    static func settings(
        _ flags: [Assignment], _ environment: [String: String],
        _ readFile: (_ path: String) throws(UnreadableFile) -> String
    ) throws(SettingsError) -> HubSettings {
        let options = HubSettings.options
        let faces = options.map(\.face)
        let variables = try assignments(
            environment: environment, for: faces,
            alsoKnown: ClientInvocation.variables)

        var named = HubSettings()
        let configs = (variables + flags).filter { $0.name == "config" }
        try options.apply(configs, to: &named)

        var settings = HubSettings()
        if let path = named.config, let place = configs.last?.place {
            let text: String
            do throws(UnreadableFile) {
                text = try readFile(path)
            } catch {
                throw SettingsError(
                    place: place, fault: "cannot read \"\(path)\": \(error.reason)")
            }
            try options.apply(try assignments(file: text, path: path, for: faces), to: &settings)
        }
        try options.apply(variables, to: &settings)
        try options.apply(flags, to: &settings)
        return settings
    }

    /// What only the command line can ask for.
    private struct Request {
        var print: Page?

        static let options: [Option<Request>] = [
            Option(
                "print", \.print, ValueKind.choice.optional(), section: "", places: .flag,
                default: Request(), isHidden: true, help: "print a page of the documentation")
        ]
    }
}

/// A file that could not be read.
public struct UnreadableFile: Error, Equatable, Sendable {
    /// Why, in the words of the system: `No such file or directory`.
    public var reason: String

    public init(reason: String) { self.reason = reason }
}
