import Testing

@testable import Settings

@Suite("The companion's command line")
struct ClientInvocationTests {
    @Test("tail takes groups and options in any order")
    func tail() throws {
        let invocation = try parse(
            "--url", "http://hub:1", "tail", "a", "--since=10m", "b:*", "--count", "3", "--exec",
            "cat",
            "--timeout", "5s", "--json", "--state", "f", "--color=never")
        var tail = ClientAction.Tail()
        tail.groups = ["a", "b:*"]
        tail.since = "10m"
        tail.count = 3
        tail.exec = "cat"
        tail.timeout = .seconds(5)
        tail.format = .json
        tail.state = .file("f")
        #expect(invocation.action == .tail(tail))
        #expect(invocation.url == "http://hub:1")
        #expect(invocation.color == .never)
    }

    @Test(
        "a key stands in a file or a variable: the flag before all, the key before the file's name",
        arguments: [
            ([:], [], nil, nil),
            (["CAMPANA_KEY_FILE": "f"], [], "f", nil),
            (["CAMPANA_KEY": "k"], [], nil, "k"),
            (["CAMPANA_KEY": "k", "CAMPANA_KEY_FILE": "f"], [], nil, "k"),
            (["CAMPANA_KEY": "k", "CAMPANA_KEY_FILE": "f"], ["--key-file", "g"], "g", nil),
            (["CAMPANA_KEY": ""], [], nil, ""),
            ([:], ["--key-file", "-"], "-", nil),
        ] as [([String: String], [String], String?, String?)])
    func keys(
        _ environment: [String: String], _ flags: [String], _ file: String?, _ key: String?
    ) throws {
        let invocation = try ClientInvocation.parse(
            arguments: ["status"] + flags, environment: environment)
        #expect(invocation.keyFile == file && invocation.key == key)
    }

    @Test("a key on the command line is refused with the mend", arguments: ["--key", "--token"])
    func keyFlag(_ flag: String) throws {
        let error = #expect(throws: SettingsError.self) { try parse("status", flag, "sk_a") }
        #expect(error?.place == flag && error?.fault.contains("--key-file") == true)
        let publish = #expect(throws: SettingsError.self) {
            try parse("publish", "g", "x", "--key", "sk_secret")
        }
        #expect(publish?.fault.contains("CAMPANA_KEY") == true)
        #expect(publish?.fault.contains("secret") == false)
    }

    @Test("the daemon knows the companion's variables, and a slip of one is a slip")
    func keyVariables() throws {
        #expect(throws: Never.self) {
            try HubInvocation.parse(
                arguments: [], environment: ["CAMPANA_KEY": "k", "CAMPANA_KEY_FILE": "f"]
            ) { _ throws(UnreadableFile) in "" }
        }
        #expect(throws: SettingsError.self) {
            try ClientInvocation.parse(
                arguments: ["status"], environment: ["CAMPANA_KEYFILE": "f"])
        }
    }

    @Test("groups may stand together with commas between; a field may have commas in it")
    func commas() throws {
        let invocation = try parse(
            "webhooks", "create", "a", "http://a", "--groups", "a,b", "--groups", "c",
            "--header", "Accept: a, b", "--header=X-B:c")
        guard case .webhooks(.create(let draft)) = invocation.action else {
            Issue.record("\(invocation.action)")
            return
        }
        #expect(draft.groups == ["a", "b", "c"])
        #expect(draft.headers == ["Accept: a, b", "X-B:c"])
    }

    @Test("of two switches for one thing the last counts")
    func switches() throws {
        let invocation = try parse("tail", "a", "--state", "f", "--no-state", "--json", "--pretty")
        guard case .tail(let tail) = invocation.action else {
            Issue.record("\(invocation.action)")
            return
        }
        #expect(tail.state == .none)
        #expect(tail.format == .pretty)
    }

    @Test(
        "each command, in its shortest form",
        arguments: [
            (["tasks", "list"], .listTasks),
            (["tasks", "add", "Comprar pan"], .addTask(task("Comprar pan"))),
            (["tasks", "add", "a", "--description", "b"], .addTask(task("a", "b"))),
            (["tasks", "done", "7"], .completeTask(id: "7")),
            (["tasks", "rm", "7"], .removeTask(id: "7")),
            (["publish", "g"], .publish(publish("g", .standardInput))),
            (["publish", "g", "-"], .publish(publish("g", .standardInput))),
            (["publish", "g", "--", "-5"], .publish(publish("g", .literal("-5")))),
            (["publish", "g", "hola"], .publish(publish("g", .literal("hola")))),
            (["publish", "g", ""], .publish(publish("g", .literal("")))),
            (["ping"], .ping(ClientAction.Ping())),
            (["connections"], .listConnections(ClientAction.Connections())),
            (["connections", "end", "0-17"], .endConnection(id: "0-17")),
            (["connections", "--url", "http://h:1", "end", "end"], .endConnection(id: "end")),
            (["groups"], .listGroups(ClientAction.Listing())),
            (["trace", "k-7"], .trace(trace("k-7"))),
            (["explain", "ana", "tasks"], .explain(explain("ana", "tasks"))),
            (["status"], .status),
            (["verify"], .verify(groups: [])),
            (["verify", "--groups", "a,b", "--groups", "c"], .verify(groups: ["a", "b", "c"])),
            (["version"], .version), (["--version"], .version),
            ([], .help(nil)), (["help"], .help(nil)), (["--help"], .help(nil)),
            (["tasks", "--help"], .help(nil)),
            (["--print", "man"], .print(.man)),
        ] as [([String], ClientAction)])
    func commands(_ arguments: [String], _ expected: ClientAction) throws {
        let invocation = try ClientInvocation.parse(arguments: arguments, environment: [:])
        #expect(invocation.action == expected)
    }

    @Test("campana connections takes filters, and a limit")
    func connections() throws {
        let invocation = try parse(
            "connections", "--principal", "ana", "--limit=5", "--group", "tasks", "--json")
        var request = ClientAction.Connections()
        (request.principal, request.group) = ("ana", "tasks")
        (request.listing.limit, request.listing.isJSON) = (5, true)
        #expect(invocation.action == .listConnections(request))
    }

    @Test("help is the same in both of its forms", arguments: Command.all)
    func help(_ command: Command) throws {
        let before = try ClientInvocation.parse(
            arguments: ["help"] + command.words, environment: [:])
        let after = try ClientInvocation.parse(
            arguments: command.words + ["--help"], environment: [:])
        #expect(before.action == .help(command))
        #expect(after.action == .help(command))
    }

    @Test(
        "what is wrong is told with what would be right",
        arguments: [
            (["tial"], "tial: there is no such command; did you mean tail?"),
            (["tasks"], "tasks: needs one of list, add, done, rm"),
            (["help", "tasks"], "tasks: needs one of list, add, done, rm"),
            (["tasks", "lst"], "tasks lst: there is no such command; did you mean tasks list?"),
            (["tail"], "tail: needs GROUP…, as in: campana tail tasks"),
            (["status", "x"], "status: \"x\" is too much: the command takes no operand"),
            (
                ["publish", "g", "d", "e"],
                "publish: \"e\" is too much: the command takes GROUP [DATA|-]"
            ),
            (
                ["tail", "a", "--sinse", "1m"],
                "--sinse: there is no such option; did you mean --since?"
            ),
            (
                ["connections", "--json", "end", "0-17"],
                "connections: \"end\" is too much: the command takes no operand"
            ),
            (
                ["connections", "ned", "0-17"],
                "connections: \"ned\" is too much: the command takes no operand"
            ),
            (["connections", "end", "--json", "1"], "--json: there is no such option"),
            (
                ["explain", "ana"],
                "explain: needs PRINCIPAL GROUP, as in: campana explain key:ana stock:norte"
            ),
            (
                ["trace", "k-7", "--limit", "1001"],
                "--limit: \"1001\" is not a whole number from 1 to 1000"
            ),
            (["status", "--since", "1m"], "--since: there is no such option"),
            (["tail", "a", "--json=1"], "--json: takes no value"),
            (
                ["tail", "a", "--count", "0"],
                "--count: \"0\" is not a whole number from 1 to 9007199254740992"
            ),
            (["--color", "blue"], "--color: \"blue\" is not one of auto, always, never"),
        ])
    func wrong(_ arguments: [String], _ expected: String) {
        var fault = ""
        do throws(SettingsError) {
            _ = try ClientInvocation.parse(arguments: arguments, environment: [:])
        } catch {
            fault = "\(error)"
        }
        #expect(fault == expected)
    }

    @Test(
        "a flag overrides CAMPANA_COLOR, and that NO_COLOR",
        arguments: [
            ([:], [], .auto),
            (["NO_COLOR": "1"], [], .never),
            (["NO_COLOR": ""], [], .auto),
            (["NO_COLOR": "1", "CAMPANA_COLOR": "always"], [], .always),
            (["NO_COLOR": "1"], ["--color", "always"], .always),
        ] as [([String: String], [String], ColorChoice)])
    func color(_ environment: [String: String], _ arguments: [String], _ expected: ColorChoice)
        throws
    {
        let invocation = try ClientInvocation.parse(arguments: arguments, environment: environment)
        #expect(invocation.color == expected)
    }

    @Test("the hub's variables do not disturb the companion")
    func variables() throws {
        let invocation = try ClientInvocation.parse(
            arguments: ["status"], environment: ["CAMPANA_URL": "ws://h:1", "CAMPANA_DATA": "/d"])
        #expect(invocation.url == "ws://h:1")
    }

    private func parse(_ arguments: String...) throws -> ClientInvocation {
        try ClientInvocation.parse(arguments: arguments, environment: [:])
    }

    private static func task(_ title: String, _ description: String? = nil) -> ClientAction.NewTask
    {
        var task = ClientAction.NewTask()
        task.title = title
        task.description = description
        return task
    }

    private static func trace(_ cursor: String) -> ClientAction.Trace {
        var trace = ClientAction.Trace()
        trace.cursor = cursor
        return trace
    }

    private static func explain(_ principal: String, _ group: String) -> ClientAction.Explain {
        var explain = ClientAction.Explain()
        (explain.principal, explain.group) = (principal, group)
        return explain
    }

    private static func publish(
        _ group: String, _ data: ClientAction.Source
    ) -> ClientAction.Publish {
        var publish = ClientAction.Publish()
        publish.group = group
        publish.data = data
        return publish
    }
}
