/// One row of the companion's table of commands.
public struct Command: Sendable {
    /// How it is called: `["tasks", "add"]`.
    public let words: [String]
    /// What follows its options, as `--help` shows it: `GROUP…`.
    public let operands: String
    /// What it does, in a few words without a full stop.
    public let summary: String
    public let examples: [Example]
    /// Its own options; ``ClientInvocation/options`` may stand with every command.
    public let options: [OptionFace]
    let read:
        @Sendable (_ flags: [Assignment], _ operands: [String]) throws(SettingsError) ->
            ClientAction

    /// A line to paste, and what it does.
    public struct Example: Equatable, Sendable {
        public let line: String
        public let does: String

        init(_ line: String, _ does: String) {
            self.line = line
            self.does = does
        }
    }

    /// The command's name: `tasks add`.
    public var name: String { words.joined(separator: " ") }

    /// Makes a command whose options and operands fill a request.
    ///
    /// - Parameters:
    ///   - words: How it is called.
    ///   - operands: What follows its options: `GROUP`, `[DATA|-]`, `GROUP…`, in that order.
    ///   - summary: What it does.
    ///   - initial: The request as no option has touched it.
    ///   - options: Its own options.
    ///   - examples: Lines to paste.
    ///   - finish: Puts the operands, which are as many as may be, into the request.
    init<Request: Sendable>(
        _ words: String, _ operands: String = "", _ summary: String, initial: Request,
        options: [Option<Request>] = [], examples: [Example],
        finish: @escaping @Sendable (Request, [String]) throws(SettingsError) -> ClientAction
    ) {
        let name = words
        self.words = words.split(separator: " ").map(String.init)
        self.operands = operands
        self.summary = summary
        self.examples = examples
        self.options = options.map(\.face)
        let allowed = Operands(operands)
        read = { flags, given throws(SettingsError) in
            try allowed.check(given, of: name, examples: examples)
            var request = initial
            try options.apply(flags, to: &request)
            return try finish(request, given)
        }
    }
}

extension Command: Equatable {
    /// Commands are rows of one table: their names tell them apart.
    public static func == (left: Command, right: Command) -> Bool { left.words == right.words }
}

/// How many operands a command takes, read from the way in which `--help` shows them.
struct Operands {
    private let text: String
    private let least: Int
    private let most: Int

    init(_ text: String) {
        let words = text.split(separator: " ")
        self.text = text
        least = words.count { !$0.hasPrefix("[") }
        most = words.contains { $0.contains("…") } ? .max : words.count
    }

    func check(
        _ given: [String], of command: String, examples: [Command.Example]
    ) throws(SettingsError) {
        guard given.count < least || given.count > most else { return }
        let fault =
            if most == 0 {
                "\"\(given[0])\" is too much: the command takes no operand"
            } else if given.count > most {
                "\"\(given[most])\" is too much: the command takes \(text)"
            } else {
                "needs \(text), as in: \(examples.first?.line ?? "")"
            }
        throw SettingsError(place: command, fault: fault)
    }
}
