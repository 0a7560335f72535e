import Bytes
import Crypto
import Log
import Reactor

/// The file that holds a tail's state, locked for as long as this lives.
public final class StateStore: Sendable {
    public let path: String
    /// What the file held when it was opened; `nil` where it is new.
    public let loaded: TailState?
    private let url: String
    private let groups: [String]
    private let lock: FileDescriptor

    /// Opens the file, or begins a new one.
    ///
    /// - Parameters:
    ///   - path: The file; `path` with `.lock` and `.new` behind it is used too.
    ///   - url: Is written into it for its reader.
    ///   - groups: Are written into it for its reader.
    /// - Throws: Why it can not be used, and what to do.
    public init(_ path: String, url: String, groups: [String]) throws(StateStoreError) {
        self.path = path
        self.url = url
        self.groups = groups
        lock = try Self.lock(path)
        loaded = try Self.load(path)
    }

    /// Where the state of a tail without `--state` is kept: one file for each hub and set of groups.
    ///
    /// - Parameters:
    ///   - url: The hub's address.
    ///   - groups: What is read; their order does not matter.
    ///   - environment: The variables of the process.
    /// - Returns: The directory and the file in it, below `$XDG_STATE_HOME` or `~/.local/state`;
    ///   `nil` without a home.
    public static func defaultPlace(
        url: String, groups: [String], environment: [String: String]
    ) -> (directory: String, path: String)? {
        let base: String
        if let directory = environment["XDG_STATE_HOME"], directory.hasPrefix("/") {
            base = directory
        } else if let home = environment["HOME"], home.hasPrefix("/") {
            base = home + "/.local/state"
        } else {
            return nil
        }
        let name = ([url] + groups.sorted()).joined(separator: "\n")
        var hex: [UInt8] = []
        hex.append(hex: SHA256.hash(Array(name.utf8)).prefix(8))
        let directory = base + "/campana"
        return (directory, "\(directory)/tail-\(String(lossyUTF8: hex)).json")
    }

    func store(_ cursor: Cursor, seqs: [String: UInt64]) throws(SystemError) {
        let state = TailState(url: url, groups: groups, cursor: cursor, seqs: seqs)
        try Files.replace(path, with: state.encode())
    }

    private static func lock(_ path: String) throws(StateStoreError) -> FileDescriptor {
        let lock: FileDescriptor?
        do throws(SystemError) {
            lock = try Files.lock(path + ".lock")
        } catch {
            throw .failed(path: path, error)
        }
        guard let lock else { throw .inUse(path: path) }
        return lock
    }

    private static func load(_ path: String) throws(StateStoreError) -> TailState? {
        let content: [UInt8]?
        do throws(SystemError) {
            content = try Files.content(of: path, limit: TailState.maxBytes)
        } catch {
            throw .failed(path: path, error)
        }
        guard let content else { return nil }
        do throws(StateFault) {
            return try TailState.decode(content)
        } catch {
            throw .unreadable(path: path, error)
        }
    }
}

/// Why a state file can not be used.
public enum StateStoreError: Error, Equatable, Sendable, CustomStringConvertible {
    case inUse(path: String)
    case failed(path: String, SystemError)
    case unreadable(path: String, StateFault)

    /// The file, what is wrong with it, and what to do.
    public var description: String {
        switch self {
        case .inUse(let path):
            "\(path): another campana uses this state; name another file by --state, "
                + "or use --no-state"
        case .failed(let path, let error):
            "\(path): \(error.reason); name another file by --state, or use --no-state"
        case .unreadable(let path, let fault):
            "\(path): \(fault.message); remove it to begin anew, or name another file by --state"
        }
    }
}
