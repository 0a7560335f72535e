/// What the companion was asked to do, each with what it needs to do it.
public enum ClientAction: Equatable, Sendable {
    case tail(Tail)
    case publish(Publish)
    case listTasks
    case addTask(NewTask)
    /// Marks the task of that id as completed.
    case completeTask(id: String)
    case removeTask(id: String)
    case importFile(Import)
    case synchroniseERP(ERPSync)
    case ping(Ping)
    case webhooks(Webhooks)
    case listConnections(Connections)
    /// Ends the connection of that id.
    case endConnection(id: String)
    case listGroups(Listing)
    case trace(Trace)
    case explain(Explain)
    case status
    /// Reads the log of these groups, or of all, and checks that no `seq` is missing.
    case verify(groups: [String])
    /// Print ``Manual/help(of:)`` of a command, or of the program, on standard output.
    case help(Command?)
    case version
    /// Print a page of the documentation; for `make docs`.
    case print(Page)

    /// What `campana tail` needs.
    public struct Tail: Equatable, Sendable {
        public var groups: [String] = []
        /// As it was written: a cursor, `now`, `earliest`, a duration or an RFC 3339 time.
        public var since: String?
        public var state = State.automatic
        public var format = Format.automatic
        /// A command of the shell, run once for each event.
        public var exec: String?
        public var count: Int?
        public var timeout: Duration?

        public init() {}
    }

    /// Where a tail keeps its cursor.
    public enum State: Equatable, Sendable {
        /// A file of its own for each hub and set of groups, in the user's state directory.
        case automatic
        case file(String)
        case none
    }

    /// How events are printed.
    public enum Format: Equatable, Sendable {
        /// Pretty on a terminal, JSON lines elsewhere.
        case automatic
        case json
        case pretty
    }

    /// What `campana publish` needs.
    public struct Publish: Equatable, Sendable {
        public var group = ""
        public var data = Source.standardInput
        public var type: String?
        /// The idempotency key.
        public var key: String?

        public init() {}
    }

    /// Where the data of an event come from.
    public enum Source: Equatable, Sendable {
        case literal(String)
        case standardInput
    }

    /// What `campana tasks add` needs.
    public struct NewTask: Equatable, Sendable {
        public var title = ""
        public var description: String?

        public init() {}
    }

    /// What `campana ping` needs.
    public struct Ping: Equatable, Sendable {
        /// Where to; `nil` for the hub of `--url`.
        public var url: String?
        public var timeout = Duration.seconds(5)

        public init() {}
    }

    /// A page that is printed from the table of commands.
    public enum Page: String, CaseIterable, Sendable {
        /// docs/campana.md
        case markdown
        /// docs/man/campana.1
        case man
    }
}

/// When colours are used.
public enum ColorChoice: String, CaseIterable, Sendable {
    /// On a terminal, unless `NO_COLOR` is set.
    case auto
    case always
    case never
}
