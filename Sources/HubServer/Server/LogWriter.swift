import Glibc
import Reactor
import Telemetry

/// Writes log lines to standard error on a thread of its own, so that a pipe that nobody
/// reads never stops a loop; what it has no room for is dropped and counted.
public final class LogWriter: LogSink {
    private let lines = WorkQueue<[UInt8]>(capacity: maxWaitingLines)
    private let descriptor: Int32

    /// The most lines that wait to be written.
    static let maxWaitingLines = 8192

    /// Starts the thread.
    ///
    /// - Parameter descriptor: Where to write; it stays the caller's.
    /// - Throws: `pthread_create`.
    public init(descriptor: Int32 = STDERR_FILENO) throws(SystemError) {
        self.descriptor = descriptor
        let lines = lines
        thread = try Thread.start(name: "log") {
            while true {
                let batch = lines.receive()
                if batch.isEmpty { return }
                Self.write(batch.flatMap(\.self), to: descriptor)
            }
        }
    }

    private let thread: Thread

    public func write(_ line: [UInt8]) { _ = lines.send(line) }

    /// Writes what waits, and ends the thread.
    public func close() {
        lines.close()
        thread.join()
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    descriptor, buffer.baseAddress.unsafelyUnwrapped + offset,
                    buffer.count - offset)
            }
            if count > 0 { offset += count } else if errno != EINTR { return }
        }
    }
}
