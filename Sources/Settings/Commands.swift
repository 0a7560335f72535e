extension Command {
    /// The one list of the companion's commands.
    ///
    /// `--help`, the manual page and docs/campana.md are read from it, in this order.
    public static let all: [Command] =
        [
            tail, publish, listTasks, addTask, completeTask, removeTask, importFile, synchroniseERP,
        ] + webhooks + insight + [ping, status, verify, help, version]

    private static let tail = Command(
        "tail", "GROUP…", "print the events of groups as they happen", initial: ClientAction.Tail(),
        options: [
            option(
                "since", \.since, ValueKind.text.named("WHEN").optional(),
                "begin at a cursor, 'now', 'earliest', a duration ago (10m) or an RFC 3339 time"),
            option(
                "state", \.state, .stateFile,
                "file that keeps the cursor, so that a restart goes on where this one ended"),
            Option(
                switch: "no-state", \.state, to: .none, section: "Options",
                help: "keep no cursor: begin at --since, or now"),
            Option(
                switch: "json", \.format, to: .json, section: "Options",
                help: "print each event as one line of JSON, as the hub sent it"),
            Option(
                switch: "pretty", \.format, to: .pretty, section: "Options",
                help: "print events for people; the default on a terminal"),
            option(
                "exec", \.exec, ValueKind.text.named("CMD").optional(),
                "run this command of the shell for each event, which it reads on standard input"),
            option(
                "count", \.count, ValueKind.count(1...(1 << 53)).optional(),
                "end after so many events"),
            option("timeout", \.timeout, ValueKind.duration.optional(), "end after so long"),
        ],
        examples: [
            Example("campana tail tasks", "what happens to tasks, from now on"),
            Example(
                "campana tail 'stock:*' alertas --since 10m",
                "several groups, and the last 10 minutes"),
            Example(
                "campana tail tasks --json --no-state --count 1", "the next event, for a script"),
            Example("campana tail tasks --exec './on-task.sh'", "run a command for each event"),
        ]
    ) { request, groups in
        var request = request
        request.groups = groups
        return .tail(request)
    }

    private static let publish = Command(
        "publish", "GROUP [DATA|-]", "publish an event", initial: ClientAction.Publish(),
        options: [
            option(
                "type", \.type, ValueKind.text.named("TYPE").optional(),
                "type of the event; 'message' where it is not given"),
            option(
                "key", \.key, ValueKind.text.named("KEY").optional(),
                "idempotency key: the same key publishes once, however often it is sent"),
        ],
        examples: [
            Example("campana publish avisos '{\"texto\":\"hola\"}'", "JSON, or any text"),
            Example("date | campana publish avisos -", "what stands on standard input"),
            Example(
                "campana publish avisos hola --type saludo --key 42", "with a type, and only once"),
        ]
    ) { request, operands throws(SettingsError) in
        if request.key?.hasPrefix("sk_") == true {
            throw SettingsError(
                place: "--key",
                fault: "is the event's idempotency key; show the hub's by --key-file FILE, "
                    + "or in \(ClientInvocation.keyVariable)")
        }
        var request = request
        request.group = operands[0]
        if operands.count > 1, operands[1] != "-" { request.data = .literal(operands[1]) }
        return .publish(request)
    }

    private static let listTasks = Command(
        "tasks list", "", "list the tasks", initial: (),
        examples: [Example("campana tasks list", "all tasks")]
    ) { _, _ in .listTasks }

    private static let addTask = Command(
        "tasks add", "TITLE", "create a task", initial: ClientAction.NewTask(),
        options: [
            option(
                "description", \.description, ValueKind.text.optional(), "what the task is about")
        ],
        examples: [Example("campana tasks add 'Comprar pan'", "a task with a title")]
    ) { request, operands in
        var request = request
        request.title = operands[0]
        return .addTask(request)
    }

    private static let completeTask = Command(
        "tasks done", "ID", "mark a task as completed", initial: (),
        examples: [Example("campana tasks done 0198c5a2-…", "the id is the one that list shows")]
    ) { _, operands in .completeTask(id: operands[0]) }

    private static let removeTask = Command(
        "tasks rm", "ID", "delete a task", initial: (),
        examples: [Example("campana tasks rm 0198c5a2-…", "the id is the one that list shows")]
    ) { _, operands in .removeTask(id: operands[0]) }

    private static let ping = Command(
        "ping", "[URL]", "measure the way to a hub and back", initial: ClientAction.Ping(),
        options: [
            Option(
                "timeout", \.timeout, .duration, section: "Options", places: .flag,
                default: ClientAction.Ping(), help: "give up after so long")
        ],
        examples: [
            Example(
                "campana ping ws://localhost:8765", "a WebSocket ping, and one of the application"),
            Example(
                "HEALTHCHECK CMD campana ping", "the health check of a container: exit code 0 or 1"),
        ]
    ) { request, operands in
        var request = request
        request.url = operands.first
        return .ping(request)
    }

    private static let status = Command(
        "status", "", "show what a hub is doing", initial: (),
        examples: [Example("campana status", "connections, groups, events, engine, loops")]
    ) { _, _ in .status }

    private static let verify = Command(
        "verify", "", "read the log and check that no event is missing", initial: [String](),
        options: [
            Option(
                "groups", each: \.self, ValueKind.text.named("GROUP,…"), section: "Options",
                places: .flag, default: [], help: "only these groups or patterns; all without it")
        ],
        examples: [
            Example("campana verify", "the whole log"),
            Example("campana verify --groups 'stock:*,tasks'", "some groups of it"),
        ]
    ) { groups, _ in .verify(groups: groups) }

    private static let help = Command(
        "help", "[COMMAND…]", "show how a command is used", initial: (),
        examples: [Example("campana help tail", "the same as campana tail --help")]
    ) { _, words throws(SettingsError) in
        guard !words.isEmpty else { return .help(nil) }
        guard let command = try find(words) else { throw incomplete(words) }
        return .help(command)
    }

    private static let version = Command(
        "version", "", "show which version this is", initial: (),
        examples: [Example("campana version", "the same as campana --version")]
    ) { _, _ in .version }

    static func option<Request: Initial, Value: Sendable>(
        _ name: String, _ path: WritableKeyPath<Request, Value> & Sendable,
        _ kind: ValueKind<Value>, _ help: String
    ) -> Option<Request> {
        Option(
            name, path, kind, section: "Options", places: .flag, default: Request(), help: help)
    }
}

/// A request that can be made without saying anything.
protocol Initial { init() }

extension ClientAction.Tail: Initial {}
extension ClientAction.Publish: Initial {}
extension ClientAction.NewTask: Initial {}

extension ValueKind where Value == ClientAction.State {
    /// The file of a cursor.
    fileprivate static let stateFile = ValueKind(
        "FILE", "the name of a file", read: { $0.isEmpty ? nil : .file($0) },
        show: { state in
            switch state {
            case .automatic: "one for each hub and set of groups, in $XDG_STATE_HOME/campana"
            case .file(let path): path
            case .none: ""
            }
        })
}
