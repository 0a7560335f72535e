/// What there is to say about a program or one of its commands, before it has a form.
///
/// It is gathered from the tables, and printed as `--help`, as a manual page, or as Markdown.
public struct Manual: Sendable {
    /// `campanad`, `campana`, or `campana tail`.
    let name: String
    let summary: String
    /// What follows the name: `[OPTION]…`.
    let usage: String
    let examples: [Command.Example]
    let commands: [Command]
    /// What a program does beside its main duty: how it is called, and what that does.
    var duties: [Command.Example] = []
    let options: [OptionFace]
    /// What is true of all options, as whole sentences.
    let notes: [String]
    let statuses: [ExitStatus]

    /// What `campanad` is and takes.
    public static let hub = Manual(
        name: "campanad",
        summary: "a WebSocket notification hub with a durable log",
        usage: "[OPTION]…",
        examples: [
            .init(
                "campanad",
                "on http://localhost:8001 and ws://localhost:8765, data in ./campana-data"),
            .init("campanad --data /var/lib/campana --config /etc/campana.conf", "as a service"),
            .init(
                "campanad --listen '[::1]:9000' --listen unix:/run/campana.sock",
                "on other addresses"),
            .init("CAMPANA_LOG_LEVEL=debug campanad", "any option as a variable"),
            .init(
                "campanad keys create --name reportes --grant 'subscribe:stock:**'",
                "a key for others; from then on the hub asks who they are"),
            .init("campanad audit verify audit.jsonl", "whether a file of --audit is whole"),
        ],
        commands: [],
        duties: [
            .init(
                "campanad keys create --name NAME --grant GRANT… [--expires 365d]",
                "makes an API key, and prints it this once"),
            .init(
                "campanad keys list", "lists the keys: prefix, name, system, grants, end, last use"),
            .init(
                "campanad keys revoke ID|NAME",
                "takes a key back; its connections are closed within a second"),
            .init(
                "campanad audit verify FILE…", "verifies the files of an audit log, oldest first"),
            .init(
                "campanad keys --help", "says more of keys, grants, and where they are kept"),
        ],
        options: HubSettings.options.map(\.face).filter { !$0.isHidden },
        notes: [
            "Every option is also a variable (--max-body-bytes is CAMPANA_MAX_BODY_BYTES) and,"
                + " --config excepted, a line of the file of --config (max_body_bytes=1MiB)."
                + " Flags override variables, and variables override the file.",
            "A repeatable option may be given again, or hold several values with commas between;"
                + " what one place says replaces what an earlier place said.",
            "Sizes are bytes, or end in KiB, MiB, GiB or TiB; durations end in ms, s, m, h or d.",
        ],
        statuses: [.ok, .failure, .usage])

    /// What `campana` is and takes.
    public static let client = Manual(
        name: "campana",
        summary: "the companion of campanad: tail, publish, tasks, probes",
        usage: "[OPTION]… COMMAND [ARGUMENT]…",
        examples: [
            .init("campana tail tasks", "print what happens to tasks, from now on"),
            .init("campana publish avisos hola", "publish an event to a group of your own"),
            .init("campana tasks add 'Comprar pan'", "create a task; the tail shows it"),
            .init("campana --url http://hub:8001 status", "ask another hub"),
            .init(
                "campana --url https://hub.example --key-file hub.key tail tasks",
                "one that asks who you are"),
        ],
        commands: Command.all,
        options: ClientInvocation.options.map(\.face),
        notes: [
            "An option of every command may stand before or after the command, and is also a"
                + " variable: CAMPANA_URL, CAMPANA_COLOR.",
            "The key or token for a hub that asks who you are stands in the file of --key-file, or"
                + " in the variable CAMPANA_KEY. It is shown to the hub of --url and to nobody"
                + " else. It has no flag, as anybody on the machine can list the arguments of a"
                + " process.",
            "A hub that was asked too much (429), or has too much to do and says for how long (503),"
                + " is asked again then, eight times in all; standard error says so.",
            "Data go to standard output, all else to standard error.",
        ],
        statuses: ExitStatus.allCases)

    /// What one command of `campana` takes.
    ///
    /// - Parameter command: A row of the table.
    /// - Returns: Its manual.
    static func command(_ command: Command) -> Manual {
        let usage = (command.options.isEmpty ? "" : "[OPTION]… ") + command.operands
        return Manual(
            name: "campana \(command.name)", summary: command.summary, usage: usage,
            examples: command.examples, commands: [],
            options: command.options + ClientInvocation.options.map(\.face), notes: [],
            statuses: [])
    }

    /// The text of `campana help`, or of `campana help COMMAND`.
    ///
    /// - Parameter command: A row of the table, or `nil` for all of them.
    /// - Returns: Lines for a terminal of 80 columns.
    public static func help(of command: Command?) -> String {
        command.map { Manual.command($0).help } ?? Manual.client.help
    }

    /// The options under their headings, in the order of the table.
    var sections: [(title: String, options: [OptionFace])] {
        var sections: [(title: String, options: [OptionFace])] = []
        for option in options {
            if sections.last?.title != option.section { sections.append((option.section, [])) }
            sections[sections.count - 1].options.append(option)
        }
        return sections
    }
}

extension OptionFace {
    /// The flag with its placeholder: `--max-body-bytes SIZE`.
    var usage: String { placeholder.map { "\(flag) \($0)" } ?? flag }

    /// What `--help` says: with the bound, the default, and whether it is repeatable.
    var helpWithDefault: String {
        help + (isRepeatable ? "; repeatable" : "") + (past.map { "; past it: \($0)" } ?? "")
            + (defaultText.isEmpty ? "" : " [\(defaultText)]")
    }
}
