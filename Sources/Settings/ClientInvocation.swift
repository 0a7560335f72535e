/// What the companion was asked to do, and with which hub.
public struct ClientInvocation: Equatable, Sendable {
    /// The hub's address, as it was written.
    public var url = "http://127.0.0.1:8001"
    public var color = ColorChoice.auto
    /// The file of those whose signature makes the hub's certificate good; `nil` for the system's.
    public var cacert: String?
    /// The files of a certificate to show, and of its key.
    public var clientCert: String?
    public var clientKey: String?
    /// Whether the hub's certificate is not checked.
    public var isInsecure = false
    /// The file of the key or token that is shown to the hub; `-` is standard input.
    public var keyFile: String?
    /// The key or token itself, as a variable holds it; `nil` where a file is named instead.
    public var key: String?
    /// Whether the key may cross a network without TLS.
    public var isKeyInClear = false
    public var action = ClientAction.help(nil)

    public init() {}

    /// The options that may stand before and after every command.
    public static let options: [Option<ClientInvocation>] = [
        Option(
            "url", \.url, ValueKind.text.named("URL"), section: "Options of every command",
            places: .variableAndFlag, default: ClientInvocation(),
            help:
                "where the hub is: http://HOST:PORT, https://HOST:PORT, ws://, wss:// or unix:/PATH"
        ),
        Option(
            "color", \.color, .choice, section: "Options of every command",
            places: .variableAndFlag, default: ClientInvocation(),
            help: "when to use colours; NO_COLOR turns them off as well"),
        file(
            "cacert", \.cacert,
            "who may have signed the hub's certificate, in PEM form, in place of whom the system trusts"
        ),
        file(
            "client-cert", \.clientCert,
            "certificate to show to a hub that asks for one, in PEM form"),
        file("client-key", \.clientKey, "private key of --client-cert, in PEM form"),
        Option(
            switch: "insecure", \.isInsecure, to: true, section: "Options of every command",
            help: "do not check the hub's certificate: whoever stands between reads and changes all"
        ),
        file(
            "key-file", \.keyFile,
            "file of the key or token to show to the hub, in its first line and for you alone"
                + " (chmod 600); - is standard input"),
        Option(
            switch: "key-in-clear", \.isKeyInClear, to: true, section: "Options of every command",
            help: "show the key over http:// to another machine too, where the network can read it"
        ),
    ]

    /// The variable that holds a key or token.
    ///
    /// There is no flag for it: whoever lists the processes of a machine sees their arguments.
    public static let keyVariable = "CAMPANA_KEY"

    /// All variables that say something to the companion, and nothing to the daemon.
    static var variables: [String] { options.map(\.face.variable) + [keyVariable] }

    private static func file(
        _ name: String, _ path: WritableKeyPath<ClientInvocation, String?> & Sendable,
        _ help: String
    ) -> Option<ClientInvocation> {
        Option(
            name, path, ValueKind.text.named("FILE").optional(),
            section: "Options of every command", places: .variableAndFlag,
            default: ClientInvocation(), help: help)
    }

    /// Reads what was asked for: variables, then flags, each overriding the last.
    ///
    /// - Parameters:
    ///   - arguments: Without the program's name.
    ///   - environment: All variables of the process.
    /// - Returns: What to do.
    /// - Throws: The first thing that cannot be taken.
    public static func parse(
        arguments: [String], environment: [String: String]
    ) throws(SettingsError) -> ClientInvocation {
        var invocation = ClientInvocation()
        // no-color.org: "when present and not an empty string (regardless of its value)".
        if environment["NO_COLOR", default: ""] != "" { invocation.color = .never }
        let variables = try assignments(
            environment: environment, for: options.map(\.face),
            alsoKnown: HubSettings.options.map(\.face.variable))
        try options.apply(variables, to: &invocation)

        var line = CommandLine(arguments)
        let request = try line.read()
        try options.apply(line.flags, to: &invocation)
        // A flag overrides both variables; of these the key itself says more than a file's name.
        if !line.flags.contains(where: { $0.name == "key-file" }),
            let key = environment[keyVariable]
        {
            invocation.keyFile = nil
            invocation.key = key
        }
        invocation.action = request
        return invocation
    }

    /// A command line on its way to an action.
    private struct CommandLine {
        private var scanner: ArgumentScanner
        private(set) var flags: [Assignment] = []

        init(_ arguments: [String]) { scanner = ArgumentScanner(arguments) }

        /// Reads all of it.
        mutating func read() throws(SettingsError) -> ClientAction {
            var words: [String] = []
            var command: Command?
            var operands: [String] = []
            var isNamed = false
            while let item = try next(of: command) {
                switch item {
                case .help: return .help(command)
                case .version: return .version
                case .assignment(let assignment):
                    flags.append(assignment)
                    // An option of the command's own ends its name.
                    isNamed = isNamed || command?.has(assignment) == true
                case .operand(let word) where isNamed || !Command.begins(words + [word], command):
                    operands.append(word)
                    isNamed = true
                case .operand(let word):
                    words.append(word)
                    command = try Command.find(words)
                }
            }
            if let page = try page() { return .print(page) }
            guard let command else {
                guard words.isEmpty else { throw Command.incomplete(words) }
                return .help(nil)
            }
            return try command.read(flags, operands)
        }

        private mutating func next(
            of command: Command?
        ) throws(SettingsError) -> ArgumentScanner.Item? {
            do throws(SettingsError) {
                return try scanner.next(faces(of: command))
            } catch {
                guard ["--key", "--token", "--api-key"].contains(error.place) else { throw error }
                // Many programs have such a flag, and so much is typed by heart.
                throw SettingsError(
                    place: error.place,
                    fault: "a key on a command line is seen by all who list processes; "
                        + "write --key-file FILE, or set \(ClientInvocation.keyVariable)")
            }
        }

        private func faces(of command: Command?) -> [OptionFace] {
            (command?.options ?? []) + ClientInvocation.options.map(\.face)
                + PageRequest.options.map(\.face)
        }

        private func page() throws(SettingsError) -> ClientAction.Page? {
            var request = PageRequest()
            try PageRequest.options.apply(flags, to: &request)
            return request.print
        }
    }

    /// What `make docs` asks for.
    private struct PageRequest {
        var print: ClientAction.Page?

        static let options: [Option<PageRequest>] = [
            Option(
                "print", \.print, ValueKind.choice.optional(), section: "", places: .flag,
                default: PageRequest(), isHidden: true, help: "print a page of the documentation")
        ]
    }
}

extension Command {
    /// The command of that name; `nil` while the words only begin one.
    ///
    /// - Parameter words: The words of its name, or the first of them.
    /// - Returns: The command, if the name is whole.
    /// - Throws: No command begins so; the error names the nearest.
    static func find(_ words: [String]) throws(SettingsError) -> Command? {
        if let command = all.first(where: { $0.words == words }) { return command }
        guard continuations(of: words).isEmpty else { return nil }
        let name = words.joined(separator: " ")
        throw .unknown(name, "command", name, among: all.map(\.name))
    }

    /// Whether the words may be a command's name: while none is known, or to name one that
    /// begins with the one that is, as `connections end` does with `connections`.
    fileprivate static func begins(_ words: [String], _ known: Command?) -> Bool {
        known == nil || all.contains { $0.words == words }
    }

    /// Whether it is one of the command's own options.
    fileprivate func has(_ assignment: Assignment) -> Bool {
        options.contains { $0.name == assignment.name }
    }

    /// The error of a name that is not whole.
    static func incomplete(_ words: [String]) -> SettingsError {
        SettingsError(
            place: words.joined(separator: " "),
            fault: "needs one of \(continuations(of: words).joined(separator: ", "))")
    }

    private static func continuations(of words: [String]) -> [String] {
        all.filter { $0.words.starts(with: words) }.map { $0.words[words.count] }
    }
}
