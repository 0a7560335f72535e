import Bytes
import Glibc
import Reactor

/// The command of `--exec`, run once for each event.
public struct ShellCommand: Equatable, Sendable {
    /// As `/bin/sh -c` takes it.
    public let text: String

    public init(_ text: String) { self.text = text }

    /// How a run ended.
    public enum Outcome: Equatable, Sendable {
        case exited(Int32)
        case killed(signal: Int32)
        case notStarted(SystemError)

        public var isSuccess: Bool { self == .exited(0) }

        /// How it ended, in words.
        public var message: String {
            switch self {
            case .exited(let status): "ended with status \(status)"
            case .killed(let signal): "was killed by signal \(signal)"
            case .notStarted(let error): "could not be started: \(error)"
            }
        }
    }

    /// The variables that tell a command of its event, beside those of this process.
    static func variables(_ event: EventLine) -> [String: String] {
        let time = String(
            decoding: event.json[event.timestamp].filter { $0 != ASCII.quote }, as: UTF8.self)
        let all = [
            "TYPE": event.type, "GROUP": event.group, "SEQ": "\(event.seq)",
            "CURSOR": event.cursor.text, "TIMESTAMP": time,
        ]
        return Dictionary(
            uniqueKeysWithValues: all.map { ("CAMPANA_EVENT_\($0)", $1.replacing("\0", with: "")) })
    }

    /// Runs the command with `event` on its standard input, and waits for its end.
    ///
    /// Blocks the thread until then. Its signals are as a shell's: none is blocked, and SIGPIPE ends it.
    public func run(_ event: EventLine) -> Outcome {
        do throws(SystemError) {
            return try Self.wait(for: try spawn(feeding: event))
        } catch {
            return .notStarted(error)
        }
    }

    /// Starts the command and writes the event, to the end of its input.
    private func spawn(feeding event: EventLine) throws(SystemError) -> pid_t {
        var ends: (input: Int32, feed: Int32) = (0, 0)
        let result = unsafe withUnsafeMutableBytes(of: &ends) {
            unsafe Glibc.pipe($0.bindMemory(to: Int32.self).baseAddress)
        }
        guard result == 0 else { throw SystemError("pipe", code: errno) }
        let feed = FileDescriptor(owning: ends.feed)
        _ = fcntl(feed.rawValue, F_SETFD, FD_CLOEXEC)
        let child = try spawn(
            input: FileDescriptor(owning: ends.input),
            Self.environment(with: Self.variables(event)))
        do throws(SystemError) {
            try Files.write(event.json + [ASCII.lf], to: feed.rawValue)
        } catch {
            // A command need not read its input; how it ends is what counts.
        }
        return child
    }

    private func spawn(
        input: consuming FileDescriptor, _ environment: [String]
    ) throws(SystemError) -> pid_t {
        _ = fcntl(input.rawValue, F_SETFD, FD_CLOEXEC)
        var attributes = posix_spawnattr_t()
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawnattr_init(&attributes)
        unsafe posix_spawn_file_actions_init(&actions)
        defer {
            unsafe posix_spawnattr_destroy(&attributes)
            unsafe posix_spawn_file_actions_destroy(&actions)
        }
        unsafe posix_spawn_file_actions_adddup2(&actions, input.rawValue, 0)
        var none = sigset_t()
        var pipeSignal = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigemptyset(&pipeSignal)
        unsafe sigaddset(&pipeSignal, SIGPIPE)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &pipeSignal)
        unsafe posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var child = pid_t()
        let code = unsafe Self.withStrings(["/bin/sh", "-c", text]) { arguments in
            unsafe Self.withStrings(environment) { environment in
                unsafe posix_spawn(
                    &child, "/bin/sh", &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else { throw SystemError("posix_spawn", code: code) }
        return child
    }

    /// The environment of this process, with `variables` over it.
    private static func environment(with variables: [String: String]) -> [String] {
        Files.environment().merging(variables) { _, new in new }.map { "\($0)=\($1)" }
    }

    /// Calls `body` with a list of C strings as exec(3) takes it.
    private static func withStrings(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Int32
    ) -> Int32 {
        var list = unsafe strings.map { unsafe strdup($0) } + [nil]
        defer { unsafe list.forEach { unsafe free($0) } }
        return unsafe list.withUnsafeMutableBufferPointer {
            unsafe body(UnsafePointer($0.baseAddress.unsafelyUnwrapped))
        }
    }

    private static func wait(for child: pid_t) throws(SystemError) -> Outcome {
        var status: Int32 = 0
        while unsafe waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw SystemError("waitpid", code: errno) }
        }
        // wait(2)'s macros, which are not imported: 7 bits of signal, then 8 of status.
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal)
    }
}
