/// What `campanad keys` was asked to do with the API keys of a data directory.
public struct KeysRequest: Equatable, Sendable {
    public enum Action: Equatable, Sendable {
        case create
        case list
        /// By id, prefix or name.
        case revoke(String)
    }

    public var action = Action.list
    public var data = HubSettings().data
    public var name: String?
    public var system: String?
    /// As they were written: `publish,subscribe:stock:**`.
    public var grants: [String] = []
    /// How long a new key is good: `365d`; `nil` for ever.
    public var expires: String?

    /// How it is called.
    public static let usage = """
        Usage: campanad keys create --name NAME --grant GRANT… [--system TEXT] [--expires 365d] [--data DIR]
               campanad keys list [--data DIR]
               campanad keys revoke ID|NAME [--data DIR]

        A grant is actions (publish, subscribe, write, admin, or all), a colon, and a group or pattern:
        publish,subscribe:stock:**. The hub's own groups are named by themselves: admin:$sys:keys.
        It works while the hub runs on the directory, and while it does not.

        """

    /// Reads what follows `keys`.
    ///
    /// - Parameters:
    ///   - arguments: Behind the word.
    ///   - environment: All variables of the process; `CAMPANA_DATA` names the directory.
    /// - Returns: What to do; `nil` where help was asked for.
    /// - Throws: The first argument that cannot be taken.
    static func parse(
        _ arguments: [String], environment: [String: String]
    ) throws(SettingsError) -> KeysRequest? {
        var request = KeysRequest()
        request.data = environment["CAMPANA_DATA"] ?? request.data
        var words: [String] = []
        var scanner = ArgumentScanner(arguments)
        while let item = try scanner.next(options.map(\.face)) {
            switch item {
            case .operand(let word): words.append(word)
            // A grant has commas of its own, so it is no list of the options' kind.
            case .assignment(let flag) where flag.name == "grant": request.grants.append(flag.value)
            case .assignment(let flag): try options.apply([flag], to: &request)
            case .help, .version: return nil
            }
        }
        switch (words.first, words.count) {
        case ("create", 1): request.action = .create
        case ("list", 1): request.action = .list
        case ("revoke", 2): request.action = .revoke(words[1])
        default:
            throw SettingsError(
                place: "keys", fault: "takes create, list, or revoke ID; see campanad keys --help")
        }
        guard request.action != .create || (request.name != nil && !request.grants.isEmpty) else {
            throw SettingsError(
                place: "keys create",
                fault: "needs --name and --grant, as in: campanad keys create --name reportes "
                    + "--grant 'subscribe:stock:**'")
        }
        return request
    }

    private static let options: [Option<KeysRequest>] = [
        option("data", \.data, ValueKind.text.named("DIR"), "directory of the log"),
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
