import Bytes
import Glibc
import Reactor

/// The directory of one engine, and the lock that keeps a second one out.
///
/// The lock is `flock(2)` on a file of its own: the kernel drops it with the process, however that
/// ends, and nothing stale is left to clear away.
final class DataDirectory: Sendable {
    let path: String
    private let lock: FileDescriptor

    var databasePath: String { path + "/campana.db" }
    private var markPath: String { path + "/campana.mark" }

    /// Makes the directory if there is none, and locks it.
    ///
    /// - Parameter path: Its parent must exist.
    /// - Throws: `directoryUnusable`, `notWritable`, `locked` or `full`.
    init(path: String) throws(StartError) {
        self.path = path
        if unsafe mkdir(path, 0o700) != 0, errno != EEXIST {
            throw DataDirectory.failure(path, errno)
        }
        let lockPath = path + "/campana.lock"
        let descriptor = unsafe open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw DataDirectory.failure(path, errno) }
        lock = FileDescriptor(owning: descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = DataDirectory.read(lockPath).flatMap { parseDecimal($0.utf8.dropLast()) }
            throw .locked(path: path, process: holder.flatMap { Int32(exactly: $0) })
        }
        // For the message of the next who comes; that it fails on a full disk does not matter.
        _ = ftruncate(descriptor, 0)
        _ = DataDirectory.write("\(getpid())\n", to: descriptor)
    }

    /// Lets another engine in; the last call.
    func unlock() { _ = flock(lock.rawValue, LOCK_UN) }

    /// The mark; `nil` if there is none yet.
    func readMark() throws(StartError) -> HighWaterMark? {
        guard let line = DataDirectory.read(markPath) else {
            // A mark that is there but cannot be read is no reason to go on without it.
            guard errno == ENOENT else {
                throw .notWritable(path: markPath, reason: SystemError("read", code: errno).reason)
            }
            return nil
        }
        guard let mark = HighWaterMark(line: line) else {
            throw .corrupt(path: markPath, reason: "not a mark of campanad's")
        }
        return mark
    }

    /// Puts `mark` in the place of the old one, durably and as a whole.
    ///
    /// - Throws: The call that failed; the old mark still stands.
    func write(_ mark: HighWaterMark) throws(SystemError) {
        let temporary = markPath + ".new"
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("open", code: errno) }
        let file = FileDescriptor(owning: descriptor)
        guard DataDirectory.write(mark.line, to: file.rawValue) else {
            throw SystemError("write", code: errno)
        }
        guard fdatasync(file.rawValue) == 0 else { throw SystemError("fdatasync", code: errno) }
        file.close()
        guard unsafe rename(temporary, markPath) == 0 else {
            throw SystemError("rename", code: errno)
        }
    }

    private static func failure(_ path: String, _ code: Int32) -> StartError {
        let reason = SystemError("open", code: code).reason
        return switch code {
        case EACCES, EPERM, EROFS: .notWritable(path: path, reason: reason)
        case ENOSPC, EDQUOT: .full(path: path)
        default: .directoryUnusable(path: path, reason: reason)
        }
    }

    /// The text of a file of less than 200 bytes; `nil` if it cannot be read.
    private static func read(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        let file = FileDescriptor(owning: descriptor)
        var bytes = [UInt8](repeating: 0, count: 200)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe Glibc.read(file.rawValue, $0.baseAddress, $0.count)
        }
        return count < 0 ? nil : String(lossyUTF8: bytes.prefix(count))
    }

    private static func write(_ text: String, to descriptor: Int32) -> Bool {
        let bytes = Array(text.utf8)
        let count = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
        return count == bytes.count
    }
}
