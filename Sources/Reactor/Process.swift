import CLinux
import Glibc

/// What the kernel lets this process have, and what it has.
public enum Process {
    /// Raises the soft limit of open descriptors to the hard one (`RLIMIT_NOFILE`).
    ///
    /// - Returns: The most descriptors that may now be open.
    /// - Throws: `setrlimit`.
    @discardableResult
    public static func raiseDescriptorLimit() throws(SystemError) -> Int {
        let limit = clinux_raise_descriptor_limit()
        guard limit >= 0 else { throw SystemError("setrlimit", code: Int32(-limit)) }
        return Int(limit)
    }

    /// Makes the process keep its secrets: no core dumps, no privileges gained by a program that
    /// it starts, and files that only its user can read.
    ///
    /// - Throws: `prctl`.
    public static func harden() throws(SystemError) {
        try SystemError.check("prctl", clinux_harden())
    }

    /// Becomes another user for good, with that user's groups; all threads do.
    ///
    /// - Parameter user: The name.
    /// - Throws: `setuid`; with `ENOENT` where there is no such user.
    public static func become(_ user: String) throws(SystemError) {
        try SystemError.check("setuid", unsafe clinux_become(user))
    }

    /// Makes writes to a closed pipe or socket fail with `EPIPE` instead of ending the process.
    public static func ignoreBrokenPipes() {
        _ = signal(SIGPIPE, SIG_IGN)
    }

    /// The memory that is in RAM for this process, in bytes (`/proc/self/statm`); 0 if the
    /// system does not say.
    public static func residentBytes() -> Int {
        let descriptor = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        let file = FileDescriptor(owning: descriptor)
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = unsafe read(file.rawValue, &bytes, bytes.count)
        guard count > 0 else { return 0 }
        // "size resident shared …", in pages.
        let words = bytes[..<count].split(separator: UInt8(ascii: " "))
        guard words.count > 1 else { return 0 }
        let pages = words[1].reduce(0) { $0 * 10 + Int($1 &- UInt8(ascii: "0")) }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// Gives memory that was freed back to the system, where the allocator still holds it.
    ///
    /// It takes milliseconds; for after a burst, not for each turn.
    public static func trimMemory() {
        _ = malloc_trim(0)
    }
}
