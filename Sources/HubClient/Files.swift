import Bytes
import Glibc
import Log
import Reactor

/// The calls of the kernel that a command line needs; all of them may block.
///
/// With `ShellCommand.swift` the only file of this module with `unsafe` in it.
public enum Files {
    /// Writes all of `bytes`, waiting as long as it takes.
    ///
    /// - Parameters:
    ///   - bytes: What to write.
    ///   - descriptor: Such as 1, the standard output.
    /// - Throws: `EPIPE` where whoever read has gone; `ENOSPC` and others.
    public static func write(_ bytes: [UInt8], to descriptor: Int32) throws(SystemError) {
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    descriptor, buffer.baseAddress.unsafelyUnwrapped + offset,
                    buffer.count - offset)
            }
            if count >= 0 {
                offset += count
            } else if errno == EAGAIN {
                waitUntilWritable(descriptor)  // another process made our output non-blocking
            } else if errno != EINTR {
                throw SystemError("write", code: errno)
            }
        }
    }

    private static func waitUntilWritable(_ descriptor: Int32) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        unsafe poll(&entry, 1, -1)
    }

    /// Reads a file or a pipe to its end.
    ///
    /// - Parameters:
    ///   - descriptor: Such as 0, the standard input.
    ///   - limit: More bytes are an error.
    /// - Returns: All of it.
    /// - Throws: `read`; `EFBIG` past the limit.
    public static func readAll(_ descriptor: Int32, limit: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count > 0 {
                bytes += chunk[..<count]
                guard bytes.count <= limit else { throw SystemError("read", code: EFBIG) }
            } else if errno != EINTR {
                throw SystemError("read", code: errno)
            }
        }
    }

    /// The content of the file at `path`; `nil` where there is none.
    ///
    /// - Parameters:
    ///   - path: Where it is.
    ///   - limit: More bytes are an error.
    /// - Returns: All of it.
    /// - Throws: `open` or `read`.
    public static func content(
        of path: String, limit: Int
    ) throws(SystemError) -> [UInt8]? {
        let number = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        if number < 0, errno == ENOENT { return nil }
        guard number >= 0 else { throw SystemError("open", code: errno) }
        let file = FileDescriptor(owning: number)
        return try readAll(file.rawValue, limit: limit)
    }

    /// The content of a file that holds a secret; `nil` where others than its owner can read it.
    ///
    /// - Parameters:
    ///   - path: A file, or a pipe.
    ///   - limit: More bytes are an error.
    /// - Returns: All of it.
    /// - Throws: `open`, `fstat` or `read`.
    public static func secret(_ path: String, limit: Int) throws(SystemError) -> [UInt8]? {
        let file = try open(reading: path)
        var status = stat()
        guard unsafe fstat(file.rawValue, &status) == 0 else {
            throw SystemError("fstat", code: errno)
        }
        guard
            SecretMode.isPrivate(
                mode: status.st_mode, owner: status.st_uid, reader: geteuid())
        else { return nil }
        return try readAll(file.rawValue, limit: limit)
    }

    /// Whether there is a plain file at `path`, and not a pipe or a device.
    public static func isPlainFile(_ path: String) throws(SystemError) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw SystemError("stat", code: errno) }
        return status.st_mode & S_IFMT == S_IFREG
    }

    /// Opens the file at `path` to read it.
    ///
    /// - Parameter path: Where it is.
    /// - Returns: The file.
    /// - Throws: `open`.
    public static func open(reading path: String) throws(SystemError) -> FileDescriptor {
        let number = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard number >= 0 else { throw SystemError("open", code: errno) }
        return FileDescriptor(owning: number)
    }

    /// Reads once into `buffer`.
    ///
    /// - Parameters:
    ///   - descriptor: A file or a pipe.
    ///   - buffer: Filled from its front.
    /// - Returns: How many bytes were read; 0 at the end.
    /// - Throws: `read`.
    public static func read(
        _ descriptor: Int32, into buffer: inout [UInt8]
    ) throws(SystemError) -> Int {
        while true {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            if count >= 0 { return count }
            guard errno == EINTR else { throw SystemError("read", code: errno) }
        }
    }

    /// Goes back to the front of a file.
    public static func rewind(_ descriptor: Int32) throws(SystemError) {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw SystemError("lseek", code: errno) }
    }

    /// How long a file is, in bytes; `nil` for what is no plain file.
    public static func size(_ descriptor: Int32) -> Int? {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        return status.st_size
    }

    /// What the wall clock says.
    public static func now() -> Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Blocks the thread for so long; a signal may end it before.
    public static func pause(_ span: Duration) {
        poll(nil, 0, Int32(clamping: Int64(max(span, .zero) / .milliseconds(1))))
    }

    /// Puts `content` in the place of the file at `path`.
    ///
    /// Whoever reads it, after a crash of the machine too, finds the old content or the new,
    /// never a part.
    ///
    /// - Parameters:
    ///   - path: Where it is; `path` with `.new` behind it is used on the way.
    ///   - content: What the file is to hold.
    /// - Throws: `open`, `write`, `fsync` or `rename`.
    public static func replace(
        _ path: String, with content: [UInt8]
    ) throws(SystemError) {
        let new = path + ".new"
        let number = unsafe Glibc.open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw SystemError("open", code: errno) }
        let file = FileDescriptor(owning: number)
        try write(content, to: file.rawValue)
        guard fsync(file.rawValue) == 0 else { throw SystemError("fsync", code: errno) }
        guard unsafe rename(new, path) == 0 else { throw SystemError("rename", code: errno) }
    }

    /// Locks the file at `path`, which is made where it is missing, until the lock goes.
    ///
    /// - Parameter path: The file.
    /// - Returns: The lock; `nil` where another process has it.
    /// - Throws: `open` or `flock`.
    public static func lock(_ path: String) throws(SystemError) -> FileDescriptor? {
        let number = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw SystemError("open", code: errno) }
        let file = FileDescriptor(owning: number)
        guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            guard code == EWOULDBLOCK else { throw SystemError("flock", code: code) }
            return nil
        }
        return file
    }

    /// Makes the directory at `path`, and those above it, for this user alone.
    ///
    /// - Parameter path: An absolute path.
    /// - Throws: `mkdir`.
    public static func makeDirectory(_ path: String) throws(SystemError) {
        guard unsafe mkdir(path, 0o700) != 0 else { return }
        switch errno {
        case EEXIST: return
        case ENOENT where path.contains("/"):
            try makeDirectory(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
            guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
                throw SystemError("mkdir", code: errno)
            }
        case let code: throw SystemError("mkdir", code: code)
        }
    }

    /// Ends the process.
    public static func exit(_ status: Int32) -> Never { Glibc.exit(status) }

    /// Whether `descriptor` is a terminal.
    public static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// How many columns the terminal has; 80 where it does not say.
    public static func columns(_ descriptor: Int32) -> Int {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return 80
        }
        return Int(size.ws_col)
    }

    /// All variables of the environment.
    public static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let variable = unsafe String(cString: text)
            let name = variable.prefix { $0 != "=" }
            variables[String(name)] = String(variable.dropFirst(name.count + 1))
            unsafe entry += 1
        }
        return variables
    }
}
