import Glibc
import Reactor

/// Why the hub cannot listen where it should.
public struct ListenError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Reason: Error, Equatable, Sendable {
        case unknownHost(String)
        case system(SystemError)
        /// A file that is no socket stands at the path.
        case notASocket
        /// A program listens on the socket file.
        case inUse
    }

    public let address: ListenAddress
    public let reason: Reason

    public var description: String { "cannot listen on \(address): \(explanation)" }

    private var explanation: String {
        switch reason {
        case .unknownHost(let text): "no such host: \(text)"
        case .notASocket: "a file that is not a socket is there; move it away"
        case .inUse: "another program listens there"
        case .system(let error):
            switch error.code {
            case EADDRINUSE: "another program listens there"
            case EADDRNOTAVAIL: "this machine has no such address"
            case EACCES: "not permitted; ports below 1024 and foreign directories need rights"
            case ENOENT: "its directory does not exist"
            default: error.description
            }
        }
    }
}
