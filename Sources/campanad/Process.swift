import Glibc
import Settings

/// All variables of the process.
func environment() -> [String: String] {
    var variables: [String: String] = [:]
    var entry = unsafe environ
    while let text = unsafe entry.pointee {
        let pair = unsafe String(cString: text).split(separator: "=", maxSplits: 1)
        if let name = pair.first {
            variables[String(name)] = String(pair.count == 2 ? pair[1] : "")
        }
        unsafe entry += 1
    }
    return variables
}

/// What a file holds, as text.
@Sendable func readFile(_ path: String) throws(UnreadableFile) -> String {
    guard let file = unsafe fopen(path, "r") else {
        throw UnreadableFile(reason: unsafe String(cString: strerror(errno)))
    }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = unsafe fread(&buffer, 1, buffer.count, file)
        if count == 0 { break }
        bytes += buffer[..<count]
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
        throw UnreadableFile(reason: "it is not UTF-8")
    }
    return text
}

/// Writes all of a text, or ends quietly where nobody reads.
func writeAll(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes {
            unsafe write(descriptor, $0.baseAddress, $0.count)
        }
        if count < 0, errno != EINTR { return }
        rest = rest.dropFirst(max(count, 0))
    }
}
