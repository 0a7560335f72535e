import CLinux
import Glibc
import Reactor

/// A unix socket that listens, and its file.
final class SocketFile: Sendable {
    let descriptor: FileDescriptor
    private let path: String
    private let device: UInt64
    private let inode: UInt64

    /// Binds and listens at `path`, in the place of a file at which nobody listens any more.
    ///
    /// The directory is locked meanwhile, so that two programs that start at the same instant
    /// do not take each other's new socket for an old one.
    init(listeningAt path: String, backlog: Int32, mode: mode_t) throws(ListenError.Reason) {
        let directory = Self.directory(of: path)
        let lock = FileDescriptor(
            owning: try Self.check("open", unsafe clinux_lock_directory(directory)))
        defer { withExtendedLifetime(lock) {} }
        try Self.removeStale(path)
        let descriptor = FileDescriptor(
            owning: try Self.check("bind", unsafe clinux_bind_unix(path, mode)))
        try Self.check("listen", clinux_listen(descriptor.rawValue, backlog))
        var (device, inode) = (UInt64(0), UInt64(0))
        try Self.check("lstat", unsafe clinux_socket_file(path, &device, &inode))
        self.descriptor = descriptor
        self.path = path
        self.device = device
        self.inode = inode
    }

    /// Removes the file, unless another program has put its own there.
    func remove() {
        var (device, inode) = (UInt64(0), UInt64(0))
        guard unsafe clinux_socket_file(path, &device, &inode) >= 0, device == self.device,
            inode == self.inode
        else { return }
        unsafe unlink(path)
    }

    private static func removeStale(_ path: String) throws(ListenError.Reason) {
        var (device, inode) = (UInt64(0), UInt64(0))
        switch unsafe -clinux_socket_file(path, &device, &inode) {
        case 0: break
        case ENOENT: return
        case EEXIST: throw .notASocket
        case let code: throw .system(SystemError("lstat", code: code))
        }
        let probe = unsafe clinux_connect_unix(path)
        // Whatever else it is, somebody may listen there: a full backlog is EAGAIN.
        guard probe == -ECONNREFUSED else {
            if probe >= 0 { _ = FileDescriptor(owning: probe) }
            throw .inUse
        }
        guard unsafe unlink(path) == 0 else { throw .system(SystemError("unlink", code: errno)) }
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    @discardableResult
    private static func check(
        _ call: StaticString, _ result: Int32
    ) throws(ListenError.Reason) -> Int32 {
        guard result >= 0 else { throw .system(SystemError(call, code: -result)) }
        return result
    }
}
