/// What `campanad keys` was asked to do with the API keys of a data directory.
public struct KeysRequest: Equatable, Sendable {
    public enum Action: Equatable, Sendable {
        case create
        case list
        /// By id, prefix or name.
        case revoke(String)
    }

    public var action = Action.list
    /// The hub's own settings, as its file, variables and the flags here say: where the directory
    /// is, and, for when no hub runs on it, whose it is and where lines of the audit log go.
    public var hub = HubSettings()
    public var name: String?
    public var system: String?
    /// As they were written: `publish,subscribe:stock:**`.
    public var grants: [String] = []
    /// How long a new key is good: `365d`; `nil` for ever.
    public var expires: String?

    /// How it is called.
    public static let usage = """
        Usage: campanad keys create --name NAME --grant GRANT… [--system TEXT] [--expires 365d]
               campanad keys list
               campanad keys revoke ID|NAME

        Examples:
          umask 077; campanad keys create --name admin --grant 'all:**' --grant 'all:$sys:**' >admin.key
              the first key; from now on the hub asks everybody who they are
          campanad keys create --name reportes --grant 'publish,subscribe:stock:**' --expires 365d
              a key is printed this once: only its digest is kept
          campanad keys list
              prefix, name, system, grants, end, and the hour of the last use
          campanad keys revoke reportes
              its connections are closed within a second
          curl -H "Authorization: Bearer $(cat admin.key)" http://127.0.0.1:8001/tasks
          campana --key-file admin.key tail tasks
              how a key is used

        A grant is actions (publish, subscribe, write, admin, or all), a colon, and a group or pattern.
        The hub's own groups are named by themselves: admin:$sys:keys.

        It works while the hub runs on the directory of --data, which is then asked by its operator.sock,
        and while it does not. For then --audit FILE names the audit log that gets a line of it, and
        --user NAME who is to own the directory. All three may stand in the file of --config, as for the
        hub, and in CAMPANA_DATA, CAMPANA_AUDIT, CAMPANA_USER and CAMPANA_CONFIG.

        """

    /// Reads what follows `keys`.
    ///
    /// - Parameters:
    ///   - arguments: Behind the word.
    ///   - environment: All variables of the process.
    ///   - readFile: Gives what the file of `--config` holds.
    /// - Returns: What to do; `nil` where help was asked for.
    /// - Throws: The first argument that cannot be taken.
    static func parse(
        _ arguments: [String], environment: [String: String],
        readFile: (_ path: String) throws(UnreadableFile) -> String
    ) throws(SettingsError) -> KeysRequest? {
        var request = KeysRequest()
        var words: [String] = []
        var flags: [Assignment] = []
        var scanner = ArgumentScanner(arguments)
        while let item = try scanner.next(options.map(\.face) + ofTheHub) {
            switch item {
            case .operand("help") where words.isEmpty: return nil
            case .operand(let word): words.append(word)
            // A grant has commas of its own, so it is no list of the options' kind.
            case .assignment(let flag) where flag.name == "grant": request.grants.append(flag.value)
            case .assignment(let flag): flags.append(flag)
            case .help, .version: return nil
            }
        }
        try options.apply(flags, to: &request)
        request.hub = try HubInvocation.settings(
            flags.filter { flag in ofTheHub.contains { $0.name == flag.name } }, environment,
            readFile)
        request.action = try action(words)
        guard request.action != .create || (request.name != nil && !request.grants.isEmpty) else {
            throw SettingsError(
                place: "keys create",
                fault: "needs --name and --grant, as in: campanad keys create --name reportes "
                    + "--grant 'subscribe:stock:**'")
        }
        return request
    }

    private static func action(_ words: [String]) throws(SettingsError) -> Action {
        switch (words.first, words.count) {
        case ("create", 1): return .create
        case ("list", 1): return .list
        case ("revoke", 2): return .revoke(words[1])
        case ("create", _), ("list", _):
            throw SettingsError(
                place: "keys \(words[0])",
                fault: "\"\(words[1])\" is too much; see campanad keys --help")
        case ("revoke", _):
            throw SettingsError(
                place: "keys revoke",
                fault: "takes one ID or name, as campanad keys list shows them")
        default:
            throw SettingsError(
                place: "keys", fault: "takes create, list, or revoke ID; see campanad keys --help")
        }
    }

    /// The options of the hub that say where its things are.
    private static var ofTheHub: [OptionFace] {
        HubSettings.options.map(\.face).filter {
            ["data", "config", "audit", "user"].contains($0.name)
        }
    }

    private static let options: [Option<KeysRequest>] = [
        option("name", \.name, ValueKind.text.optional(), "what the key is called"),
        option("system", \.system, ValueKind.text.optional(), "the system that uses it"),
        option(
            "grant", \.expires, ValueKind.text.named("GRANT").optional(), "what it grants"),
        option(
            "expires", \.expires, ValueKind.text.named("DURATION").optional(),
            "how long it is good"),
    ]

    private static func option<Value: Sendable>(
        _ name: String, _ path: WritableKeyPath<KeysRequest, Value> & Sendable,
        _ kind: ValueKind<Value>, _ help: String
    ) -> Option<KeysRequest> {
        Option(
            name, path, kind, section: "Keys", places: .flag, default: KeysRequest(), help: help)
    }
}
