extension ClientAction {
    /// What `campana import` needs.
    public struct Import: Equatable, Sendable {
        /// What the rows of a file are.
        public enum Kind: String, CaseIterable, Sendable {
            case articles = "articulos"
            case stock
        }

        /// What becomes of a file of which a row is at fault.
        public enum Mode: String, CaseIterable, Sendable {
            /// Nothing of it is imported.
            case all
            /// The other rows are.
            case skip
        }

        /// How the file's characters are written.
        public enum Encoding: String, CaseIterable, Sendable {
            case auto
            case utf8 = "utf-8"
            case latin1
        }

        /// What stands between its fields.
        public enum Separator: String, CaseIterable, Sendable {
            case auto
            case comma
            case semicolon
            case tab
        }

        public var kind = Kind.articles
        /// `nil` for standard input.
        public var path: String?
        public var isDryRun = false
        public var mode = Mode.all
        public var encoding = Encoding.auto
        public var separator = Separator.auto
        /// The most rows of one request.
        public var batchRows = 1000
        /// Sets this import apart from an earlier one of the same file.
        public var key: String?

        public init() {}
    }

    /// What `campana erp-sync` needs.
    public struct ERPSync: Equatable, Sendable {
        /// Where the ERP is.
        public var erp = ""
        /// The file that holds its key; `nil` for the variable.
        public var keyFile: String?
        /// How often; `nil` for once.
        public var every: Duration?
        /// Where it is kept how far it has come.
        public var state: String?
        /// What the ERP is called in the hub's log.
        public var system = "ERP"

        public init() {}
    }
}
