/// How the programs end; the one table of exit codes.
public enum ExitStatus: Int32, CaseIterable, Sendable {
    case ok = 0
    case failure = 1
    case usage = 2
    case unreachable = 3
    case gap = 4
    case timeout = 5
    case unauthorized = 6
    case interrupted = 130

    public var name: String { "\(self)" }

    /// When a program ends this way.
    public var meaning: String {
        switch self {
        case .ok: "done; a daemon was asked to stop, and did"
        case .failure: "it could not be done; standard error says why"
        case .usage: "an option, a variable, a file or an operand is wrong"
        case .unreachable: "no hub answered"
        case .gap: "events are missing"
        case .timeout: "the time of --timeout was over"
        case .unauthorized: "the hub does not take the key, wants one, or it grants too little"
        case .interrupted: "SIGINT ended it"
        }
    }
}
