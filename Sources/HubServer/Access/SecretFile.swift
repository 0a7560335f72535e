import Glibc
import Reactor

/// Files of secrets, which nobody but their owner may read.
enum SecretFile {
    /// The largest that is read.
    static let maxBytes = 1 << 20

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: Where it is.
    ///   - option: The option that names it, for the error.
    ///   - isSecret: Whether others must not be able to read it.
    /// - Returns: What it holds.
    /// - Throws: Why it cannot be used.
    static func read(
        _ path: String, _ option: String, isSecret: Bool = true
    ) throws(StartFault) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else {
            throw StartFault(
                "\(option): cannot read \"\(path)\": \(unsafe String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw StartFault("\(option): \"\(path)\" is no file")
        }
        let isPrivate = SecretMode.isPrivate(
            mode: status.st_mode, owner: status.st_uid, reader: geteuid())
        guard !isSecret || isPrivate else {
            throw StartFault(
                "\(option): others can read the secrets in \"\(path)\"; chmod 600 \(path)")
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= maxBytes {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
        throw StartFault("\(option): \"\(path)\" is longer than \(maxBytes) bytes")
    }
}
