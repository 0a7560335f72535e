/// Why the engine did not start; nothing was overwritten.
public enum StartError: Error, Equatable, Sendable {
    /// The directory cannot be made or opened.
    case directoryUnusable(path: String, reason: String)
    /// The directory, or a file in it, cannot be written.
    case notWritable(path: String, reason: String)
    /// Another process works with this directory; its id where it is known.
    case locked(path: String, process: Int32?)
    /// The file is not a database of SQLite's.
    case notADatabase(path: String)
    /// It is a database, but another program's.
    case foreignDatabase(path: String)
    /// A newer version of this program has written it.
    case newerSchema(path: String, found: Int64, known: Int64)
    /// The file contradicts itself.
    case corrupt(path: String, reason: String)
    /// There is no room to start.
    case full(path: String)
    /// Anything else that the system refused.
    case failed(path: String, reason: String)

    /// What is wrong, where, and what to do about it; for the operator.
    public var message: String {
        switch self {
        case .directoryUnusable(let path, let reason):
            "\(path): cannot be used as the data directory: \(reason); name another by --data"
        case .notWritable(let path, let reason):
            "\(path): cannot be written: \(reason); give this user the right to write it and its"
                + " directory, or name another directory by --data"
        case .locked(let path, let process):
            "\(path): in use by " + (process.map { "process \($0)" } ?? "another process")
                + "; stop that one first, or name another directory by --data"
        case .notADatabase(let path):
            "\(path): not a database; move it away to start afresh, or restore a backup"
        case .foreignDatabase(let path):
            "\(path): a database of another program; name another directory by --data"
        case .newerSchema(let path, let found, let known):
            "\(path): written by a newer version (schema \(found), this one knows \(known));"
                + " start that version, or restore a backup from before it"
        case .corrupt(let path, let reason):
            "\(path): damaged: \(reason); restore a backup, or save what is left by"
                + " `sqlite3 FILE .recover` and move the file away"
        case .full(let path):
            "\(path): no room left on its disk; make some and start again"
        case .failed(let path, let reason):
            "\(path): \(reason)"
        }
    }
}
