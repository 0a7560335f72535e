/// What `campanad audit` was asked for: to verify the files of a chain.
public struct AuditRequest: Equatable, Sendable {
    /// Oldest first.
    public var files: [String]

    /// What is printed for `campanad audit --help`.
    public static let usage = """
        Usage: campanad audit verify FILE…

        Verifies the files of an audit log, oldest first: each line's hash, and that each line
        follows the one before it, over the ends of files too. Prints how many lines there are,
        and the last hash; or names the first line that is broken, and ends with 1.

          campanad audit verify /var/log/campana/audit.jsonl.1 /var/log/campana/audit.jsonl

        """

    /// Reads the arguments behind `audit`.
    ///
    /// - Parameter arguments: Without the word itself.
    /// - Returns: What to do; `nil` to say how it is used.
    /// - Throws: The first argument that cannot be taken.
    public static func parse(_ arguments: [String]) throws(SettingsError) -> AuditRequest? {
        if arguments.isEmpty || arguments.contains("--help") || arguments.contains("-h") {
            return nil
        }
        guard arguments[0] == "verify" else {
            throw SettingsError(
                place: "audit \(arguments[0])", fault: "campanad audit can only verify")
        }
        var files = Array(arguments.dropFirst())
        if files.first == "--" {
            files.removeFirst()
        } else if let option = files.first(where: { $0.hasPrefix("-") }) {
            throw SettingsError(place: option, fault: "campanad audit verify takes files only")
        }
        guard !files.isEmpty else {
            throw SettingsError(place: "audit verify", fault: "name a file, oldest first")
        }
        return AuditRequest(files: files)
    }
}
