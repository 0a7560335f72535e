import Audit
import Crypto
import Glibc
import Reactor

/// The file of the audit log and its chain; for one thread.
final class AuditFile {
    private let path: String
    private var descriptor: FileDescriptor
    private var appender: Appender
    /// How it was found: `new`, `continued` or `torn`.
    let found: String

    /// The last line that stands in it.
    var last: Link { appender.last }

    /// Opens a file, and goes on where it ends.
    ///
    /// - Parameter path: It is made where it does not exist.
    /// - Throws: Why it cannot be used.
    init(_ path: String) throws(StartFault) {
        self.path = path
        descriptor = try Self.open(path)
        let (tail, isAll) = try Self.tail(of: descriptor, path)
        guard let recovery = Recovery(tail: tail, isAll: isAll, digest: SHA256.hash) else {
            throw StartFault(
                "audit: \"\(path)\" does not end in a line of an audit log; move it away")
        }
        found = recovery.torn.isEmpty ? (tail.isEmpty ? "new" : "continued") : "torn"
        appender = Appender(after: recovery, digest: SHA256.hash)
    }

    /// Writes entries.
    ///
    /// - Parameter entries: In their order.
    /// - Returns: How many stand in the file, from the first on; and why not all, from `errno`.
    func append(_ entries: [Entry]) -> (count: Int, errorCode: Int32) {
        guard !appender.isBeyondRepair else { return (0, EFBIG) }
        let output = appender.lines(of: entries)
        var offset = 0
        var errorCode: Int32 = 0
        while offset < output.count {
            let count = unsafe output.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    descriptor.rawValue, buffer.baseAddress.unsafelyUnwrapped + offset,
                    buffer.count - offset)
            }
            if count > 0 {
                offset += count
            } else if errno != EINTR {
                errorCode = errno
                break
            }
        }
        return (appender.wrote(offset), errorCode)
    }

    /// Makes what was written outlive the machine; 0, or `errno`.
    func sync() -> Int32 { fdatasync(descriptor.rawValue) == 0 ? 0 : errno }

    /// Goes on in a new file of the same name, where the old one was moved away.
    ///
    /// - Returns: Whether it was.
    /// - Throws: Why there can be no new one; the old one stays in use.
    func reopen() throws(StartFault) -> Bool {
        var there = stat()
        var own = stat()
        if unsafe stat(path, &there) == 0, unsafe fstat(descriptor.rawValue, &own) == 0,
            there.st_ino == own.st_ino, there.st_dev == own.st_dev
        {
            return false
        }
        let new = try Self.open(path)
        guard try Self.tail(of: new, path).bytes.isEmpty else {
            throw StartFault("audit: there is another file at \"\(path)\"; move it away")
        }
        descriptor = new
        appender.beginFile()
        return true
    }

    private static func open(_ path: String) throws(StartFault) -> FileDescriptor {
        let number = unsafe Glibc.open(
            path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0o600 as mode_t)
        guard number >= 0 else { throw fault(path) }
        let descriptor = FileDescriptor(owning: number)
        var status = stat()
        guard unsafe fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw StartFault("audit: \"\(path)\" is no file")
        }
        if status.st_mode & 0o077 != 0, fchmod(number, 0o600) != 0 { throw fault(path) }
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else {
            throw StartFault("audit: another hub writes to \"\(path)\"")
        }
        return descriptor
    }

    private static func tail(
        of descriptor: borrowing FileDescriptor, _ path: String
    ) throws(StartFault) -> (bytes: [UInt8], isAll: Bool) {
        let size = lseek(descriptor.rawValue, 0, SEEK_END)
        guard size >= 0 else { throw fault(path) }
        let start = max(0, size - Recovery.maxTailBytes)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while start + bytes.count < size {
            let count = unsafe pread(
                descriptor.rawValue, &buffer, min(buffer.count, size - start - bytes.count),
                start + bytes.count)
            guard count > 0 else { throw fault(path) }
            bytes += buffer[..<count]
        }
        return (bytes, start == 0)
    }

    private static func fault(_ path: String) -> StartFault {
        StartFault(
            "audit: cannot use \"\(path)\": \(SystemError("open", code: errno).reason)")
    }
}
